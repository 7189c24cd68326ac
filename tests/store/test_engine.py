"""A transaction happens whole or not at all, and is tried again when it may be."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from publisher.store import Store, Transaction
from publisher.store.schema.readers import suppression
from publisher.store.schema.turns import turn
from tests.builders import MORNING


class ChangedItsMindError(Exception):
    pass


class Meeting:
    """Lets each of some threads wait for the others, the first time it gets there."""

    def __init__(self, threads: int) -> None:
        self._barrier = threading.Barrier(threads)
        self._met: set[str] = set()

    def once(self, name: str) -> None:
        if name not in self._met:
            self._met.add(name)
            self._barrier.wait(10)


def suppress(tx: Transaction, address: str) -> None:
    row = {"address_key": address, "reason": "", "at": MORNING}
    tx.execute(suppression.insert().values(**row))


def addresses(tx: Transaction) -> set[str]:
    return set(tx.execute(select(suppression.c.address_key)).scalars())


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    def fail(tx: Transaction) -> None:
        suppress(tx, "a@reader.example")
        raise ChangedItsMindError

    with pytest.raises(ChangedItsMindError):
        store.transact(fail)

    assert store.query(addresses) == set()


def test_what_was_committed_is_there_for_the_next_to_open_it(store: Store) -> None:
    store.transact(suppress, "a@reader.example")

    other = Store(store.engine.url.render_as_string(hide_password=False))
    found = other.query(addresses)
    other.close()

    assert found == {"a@reader.example"}


def test_reading_and_then_writing_never_fails_for_another_writer(store: Store) -> None:
    def read_and_write(tx: Transaction, name: str) -> None:
        addresses(tx)
        suppress(tx, name)

    names = [f"{number}@reader.example" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: store.transact(read_and_write, name), names))

    assert store.query(addresses) == set(names)


def test_a_reader_sees_the_store_as_it_was_while_somebody_writes(store: Store) -> None:
    has_written, may_commit = threading.Event(), threading.Event()

    def write_slowly(tx: Transaction) -> None:
        suppress(tx, "a@reader.example")
        has_written.set()
        may_commit.wait(10)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(store.transact, write_slowly)
        has_written.wait(10)
        meanwhile = store.query(addresses)
        may_commit.set()
        writing.result()

    assert meanwhile == set()
    assert store.query(addresses) == {"a@reader.example"}


async def test_blocking_work_runs_in_the_store_s_own_threads(store: Store) -> None:
    def name_of_thread() -> str:
        return threading.current_thread().name

    assert (await store.run(name_of_thread)).startswith("store")


@pytest.mark.postgres
@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_a_transaction_that_the_database_gave_up_runs_again(
    postgres_store: Store, code: str
) -> None:
    tries = 0

    def give_up_twice(tx: Transaction) -> int:
        nonlocal tries
        tries += 1
        suppress(tx, f"{tries}@reader.example")
        if tries < 3:
            raise_error(tx, code)
        return tries

    assert postgres_store.transact(give_up_twice) == 3
    assert postgres_store.query(addresses) == {"3@reader.example"}


@pytest.mark.postgres
@pytest.mark.parametrize(("code", "expected"), [("40001", 5), ("22012", 1)])
def test_a_transaction_that_never_works_is_given_up(
    postgres_store: Store, code: str, expected: int
) -> None:
    tries = 0

    def never_work(tx: Transaction) -> None:
        nonlocal tries
        tries += 1
        raise_error(tx, code)

    with pytest.raises(DBAPIError):
        postgres_store.transact(never_work)

    assert tries == expected


def raise_error(tx: Transaction, code: str) -> None:
    statement = f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$"
    tx.execute(text(statement))


@pytest.mark.postgres
def test_who_came_second_with_a_unique_key_finds_what_the_first_one_wrote(
    postgres_store: Store,
) -> None:
    meet = Meeting(2)

    def find_or_write(tx: Transaction, name: str) -> str:
        if addresses(tx):
            return "found"
        meet.once(name)
        suppress(tx, "a@reader.example")
        return "written"

    with ThreadPoolExecutor(2) as pool:
        tasks = [
            pool.submit(postgres_store.transact, find_or_write, name) for name in "ab"
        ]
        results = sorted(task.result() for task in tasks)

    assert results == ["found", "written"]


@pytest.mark.postgres
def test_two_that_wait_for_each_other_both_get_through(postgres_store: Store) -> None:
    meet = Meeting(2)

    def lock(tx: Transaction, names: tuple[str, str]) -> None:
        tx.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
        for name in names:
            tx.execute(turn.select().filter_by(name=name).with_for_update()).all()
            meet.once(names[0])

    postgres_store.transact(
        lambda tx: tx.execute(turn.insert(), [{"name": "a"}, {"name": "b"}])
    )
    with ThreadPoolExecutor(2) as pool:
        tasks = [
            pool.submit(postgres_store.transact, lock, names)
            for names in (("a", "b"), ("b", "a"))
        ]
        assert [task.result() for task in tasks] == [None, None]


def test_a_row_that_is_there_already_is_an_error_in_the_end(store: Store) -> None:
    store.transact(suppress, "a@reader.example")

    with pytest.raises(IntegrityError):
        store.transact(suppress, "a@reader.example")


def test_sqlite_commits_are_durable_and_references_are_checked(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'var' / 'publisher.db'}")

    def settings(tx: Transaction) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return {
            name: tx.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names
        }

    found = store.query(settings)
    store.close()

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL: durable when the commit returns (law 10).
        "foreign_keys": 1,
        "busy_timeout": 30000,
    }
