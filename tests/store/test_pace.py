"""Gates hold across processes and restarts, on either database."""

import itertools
import multiprocessing
from collections.abc import MutableSequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from publisher.clock import SystemClock
from publisher.model.gate import Feedback, Order, Terms
from publisher.model.pace import Run, parse_rate
from publisher.model.places import LEASE, Need
from publisher.store import Store, Transaction, pace, places
from tests.builders import MORNING
from tests.store.databases import PostgresServer

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
GMAIL = "provider:gmail"
TWENTY = Terms(rate=parse_rate("20/s"))


def asked(store: Store, order: Order, now: datetime) -> Run | None:
    return store.transact(pace.consult, [order], now)[order.key].run


def moments(run: Run | None) -> list[datetime]:
    return [run.first_at + n * run.spacing for n in range(run.count)] if run else []


def test_slots_of_two_processes_never_come_closer_than_the_limit(store: Store) -> None:
    order = Order(key=GMAIL, terms=TWENTY, wants_slots=True)
    times: list[datetime] = []
    for tenth in range(100):
        times += moments(asked(store, order, MORNING + tenth * SECOND / 10))

    assert TWENTY.rate is not None
    assert all(
        later - earlier >= TWENTY.rate.spacing
        for earlier, later in itertools.pairwise(times)
    )
    assert len(times) >= 190


def test_a_gate_is_known_as_it_was_left(store: Store) -> None:
    feedback = Feedback(passed=50, throttled=1)
    terms = Terms(backs_off=True, rate=parse_rate("100/s"))
    order = Order(key=GMAIL, terms=terms, feedback=feedback)

    told = store.transact(pace.consult, [order], MORNING)[GMAIL].gate
    (kept,) = store.query(pace.list_gates)

    assert kept == told
    assert kept.level == 25


def test_gates_are_asked_together(store: Store) -> None:
    orders = [
        Order(key=key, terms=TWENTY, wants_slots=True)
        for key in ("relay:b", "all", "provider:z", "provider:a")
    ]

    answers = store.transact(pace.consult, orders, MORNING)

    assert set(answers) == {order.key for order in orders}
    assert all(answer.run and answer.run.count for answer in answers.values())


def test_blocks_of_one_provider_trip_only_its_own_gate(store: Store) -> None:
    terms = Terms(breaks=True)
    blocked = Order(key=GMAIL, terms=terms, feedback=Feedback(blocked=10))
    passed = Order(key="provider:mailru", terms=terms, feedback=Feedback(passed=10))
    for minute in (0, 6):
        now = MORNING + minute * 60 * SECOND
        store.transact(pace.consult, [blocked, passed], now)

    gates = {gate.key: gate for gate in store.query(pace.list_gates)}

    assert "20 messages blocked" in gates[GMAIL].reason
    assert gates["provider:mailru"].open_until is None


def test_what_is_long_past_or_was_paid_for_trips_nothing(store: Store) -> None:
    terms = Terms(breaks=True)
    blocked = Order(key=GMAIL, terms=terms, feedback=Feedback(blocked=19))
    late = replace(blocked, feedback=Feedback(blocked=1))

    store.transact(pace.consult, [blocked], MORNING)
    gate = store.transact(pace.consult, [late], MORNING + 1200 * SECOND)[GMAIL].gate

    assert gate.open_until is None


def test_an_operator_reopens_a_gate(store: Store) -> None:
    terms = Terms(breaks=True, backs_off=True)
    feedback = Feedback(blocked=25, throttled=1)
    order = Order(key=GMAIL, terms=terms, feedback=feedback)
    store.transact(pace.consult, [order], MORNING)

    was_there = store.transact(pace.reopen, GMAIL, MORNING + SECOND)
    again = store.transact(
        pace.consult,
        [replace(order, feedback=Feedback(blocked=1))],
        MORNING + 2 * SECOND,
    )

    assert was_there
    assert again[GMAIL].gate.open_until is None
    assert not store.transact(pace.reopen, "provider:nobody", MORNING)


def test_tallies_are_kept_for_two_days(store: Store) -> None:
    order = Order(
        key=GMAIL, terms=Terms(breaks=True), feedback=Feedback(passed=1, blocked=1)
    )
    for day in range(5):
        store.transact(pace.consult, [order], MORNING + day * DAY)

    assert store.query(count_tallies) == 3


def count_tallies(tx: Transaction) -> int:
    return int(tx.exec_driver_sql("SELECT count(*) FROM gate_tally").scalar_one())


def placed(
    store: Store, process: str, under_way: int, wanted: int, now: datetime
) -> int:
    need = Need(process=process, limit=4, under_way=under_way, wanted=wanted)
    order = Order(key=GMAIL, terms=Terms(), need=need)
    found = store.transact(pace.consult, [order], now)[GMAIL].places
    assert found is not None
    return found.count


def test_places_are_shared_kept_while_messages_are_under_way_and_given_back(
    store: Store,
) -> None:
    assert placed(store, "a", 0, 3, MORNING) == 3
    assert placed(store, "b", 0, 3, MORNING) == 1
    assert placed(store, "a", 3, 3, MORNING + SECOND) == 2
    assert placed(store, "b", 1, 3, MORNING + SECOND) == 1
    assert placed(store, "a", 2, 3, MORNING + 2 * SECOND) == 2
    assert placed(store, "b", 1, 3, MORNING + 2 * SECOND) == 2
    assert placed(store, "a", 0, 0, MORNING + 3 * SECOND) == 0

    (claim,) = store.query(places.list_claims, MORNING + 3 * SECOND)[GMAIL]
    assert (claim.process, claim.places, claim.wanted) == ("b", 2, 3)
    assert placed(store, "b", 2, 9, MORNING + 4 * SECOND) == 4


def test_what_a_dead_process_held_lapses_and_is_cleared_away(store: Store) -> None:
    placed(store, "dead", 4, 4, MORNING)
    assert placed(store, "b", 0, 4, MORNING + LEASE - SECOND) == 0

    assert placed(store, "b", 0, 4, MORNING + LEASE) == 4

    claims = store.query(places.list_claims, MORNING + SECOND)[GMAIL]
    assert [claim.process for claim in claims] == ["b"]


def test_gates_without_a_limit_keep_no_places(store: Store) -> None:
    order = Order(key=GMAIL, terms=TWENTY, wants_slots=True)

    answer = store.transact(pace.consult, [order], MORNING)[GMAIL]

    assert answer.places is None
    assert store.query(places.list_claims, MORNING) == {}


def take_for_a_while(url: str, found: MutableSequence[float]) -> None:
    """Ask for slots as a process does, for a second and a half."""
    store, clock = Store(url), SystemClock()
    order = Order(key=GMAIL, terms=Terms(rate=parse_rate("200/s")), wants_slots=True)
    end = clock.now() + 1.5 * SECOND
    while clock.now() < end:
        run = asked(store, order, clock.now())
        found.extend([moment.timestamp() for moment in moments(run)])
    store.close()


def most_at_once(url: str) -> tuple[int, int]:
    """Return how many slots three processes got, and the most in any second."""
    spawn = multiprocessing.get_context("spawn")
    with spawn.Manager() as manager:
        found = manager.list()
        workers = [
            spawn.Process(target=take_for_a_while, args=(url, found)) for _ in range(3)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        times = sorted(datetime.fromtimestamp(each, UTC) for each in found)
    most = start = 0
    for end, time in enumerate(times):
        while time - times[start] >= SECOND:
            start += 1
        most = max(most, end - start + 1)
    return len(times), most


@pytest.mark.slow
def test_processes_share_a_limit_on_sqlite(sqlite_url: str) -> None:
    count, most = most_at_once(sqlite_url)

    assert count > 200
    assert most <= 200


@pytest.mark.slow
@pytest.mark.postgres
def test_processes_share_a_limit_on_postgresql(postgres: PostgresServer) -> None:
    with postgres.database(is_migrated=True) as url:
        count, most = most_at_once(url)

    assert count > 200
    assert most <= 200
