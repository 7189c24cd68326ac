"""Numbers come in commit order and without gaps (law 4, law 8).

Whoever sees a number sees everything that was committed under the smaller ones, so a
reader may remember one number instead of comparing times.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from publisher.store import Store, Transaction
from publisher.store.schema.readers import suppression
from publisher.store.upsert import last_number, take_number
from tests.builders import MORNING

WRITERS = 8
EACH = 12


class ChangedItsMindError(Exception):
    pass


def write_under_a_number(tx: Transaction, note: str) -> int:
    """Leave a row behind, and the number under which it was written."""
    number = take_number(tx, "test")
    row = {"address_key": f"{number}", "reason": note, "at": MORNING}
    tx.execute(suppression.insert().values(**row))
    return number


def seen(tx: Transaction) -> tuple[int, set[int]]:
    """Return the last number, and the numbers whose rows can be seen."""
    last = last_number(tx, "test")
    rows = tx.execute(select(suppression.c.address_key)).scalars()
    return last, {int(row) for row in rows}


def test_the_first_number_is_one_and_there_is_none_before(store: Store) -> None:
    before = store.query(last_number, "test")
    first = store.transact(take_number, "test")

    assert (before, first) == (0, 1)
    assert store.query(last_number, "test") == 1


def test_counters_do_not_know_each_other(store: Store) -> None:
    store.transact(take_number, "listing")
    store.transact(take_number, "listing")

    assert store.transact(take_number, "document") == 1


def test_a_change_that_is_rolled_back_leaves_no_gap(store: Store) -> None:
    def change_mind(tx: Transaction) -> None:
        write_under_a_number(tx, "never mind")
        raise ChangedItsMindError

    store.transact(write_under_a_number, "first")
    with pytest.raises(ChangedItsMindError):
        store.transact(change_mind)
    number = store.transact(write_under_a_number, "second")

    assert number == 2
    assert store.query(seen) == (2, {1, 2})


def test_numbers_of_many_writers_have_no_gap_and_hide_no_late_commit(
    store: Store,
) -> None:
    is_over = threading.Event()
    hidden: list[set[int]] = []

    def writer(name: int) -> list[int]:
        notes = (f"{name}-{step}" for step in range(EACH))
        return [store.transact(write_under_a_number, note) for note in notes]

    def reader() -> int:
        looks = 0
        while not is_over.is_set():
            last, rows = store.query(seen)
            if missing := set(range(1, last + 1)) - rows:
                hidden.append(missing)
            looks += 1
        return looks

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        looking = pool.submit(reader)
        try:
            taken = list(pool.map(writer, range(WRITERS)))
        finally:
            is_over.set()
        looks = looking.result()

    numbers = sorted(number for some in taken for number in some)
    assert numbers == list(range(1, WRITERS * EACH + 1))
    assert all(some == sorted(some) for some in taken)
    assert hidden == []
    assert looks > 0


@pytest.mark.postgres
def test_a_number_taken_first_and_committed_last_holds_the_others_back(
    postgres_store: Store,
) -> None:
    has_number, may_commit = threading.Event(), threading.Event()

    def slow(tx: Transaction) -> int:
        number = write_under_a_number(tx, "slow")
        has_number.set()
        may_commit.wait(10)
        return number

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(postgres_store.transact, slow)
        has_number.wait(10)
        second = pool.submit(postgres_store.transact, write_under_a_number, "quick")
        while_held = postgres_store.query(seen)
        is_waiting = not second.done()
        may_commit.set()
        numbers = first.result(), second.result()

    assert while_held == (0, set())
    assert is_waiting
    assert numbers == (1, 2)
