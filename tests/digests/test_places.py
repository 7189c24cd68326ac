"""Histories of processes that ask, use, give back, die and sleep, over one gate."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.digests.places import FRESH, OwnPlaces, State
from publisher.model.places import LEASE, TURN, Claim, Places, assign
from tests.builders import MORNING

STEP = timedelta(milliseconds=500)


@dataclass
class Row:
    """What the store keeps of a gate."""

    claims: dict[str, Claim] = field(default_factory=dict)

    def ask(self, own: OwnPlaces, now: datetime) -> None:
        need = own.need()
        kept, given_places = assign(self.claims.values(), need, now)
        self.claims.pop(need.process, None)
        if kept is not None:
            self.claims[need.process] = kept
        own.take_in(given_places, now)


@dataclass
class Worker:
    """A process: its messages under way, by the moment at which they end."""

    row: Row
    own: OwnPlaces
    ends: list[datetime] = field(default_factory=list)
    overslept: int = 0
    asleep_until: datetime = MORNING
    is_dead: bool = False
    started_at: datetime = MORNING

    def lease_is_over(self, now: datetime) -> bool:
        claim = self.row.claims.get(self.own.process)
        return claim is None or claim.leased_until <= now

    def live(self, now: datetime, wanted: int, duration: timedelta) -> None:
        """End what is over, start what may, and renew, as `SharedPace` does."""
        while self.ends and self.ends[0] <= now:
            self.ends.pop(0)
            self.own.under_way -= 1
            self.overslept = max(self.overslept - 1, 0)
        for _ in range(wanted):
            state = self.own.state(now)
            if state is State.UNKNOWN:
                self.row.ask(self.own, now)
                state = self.own.state(now)
            if state is not State.OPEN:
                break
            self.own.under_way += 1
            self.ends = sorted([*self.ends, now + duration])
            self.started_at = now
        if self.own.is_kept and self.own.is_stale(now):
            self.row.ask(self.own, now)

    def pass_over(self, now: datetime) -> None:
        """Stand still; what is under way when the lease lapses nobody can count."""
        if self.lease_is_over(now):
            self.overslept = self.own.under_way


def workers_at(limit: int, number: int) -> list[Worker]:
    row = Row()
    return [
        Worker(row, OwnPlaces(process=str(each), name="gmail", limit=limit))
        for each in range(number)
    ]


events = st.lists(
    st.tuples(
        st.integers(0, 3),  # which process
        st.sampled_from(["works", "works", "works", "sleeps", "dies"]),
        st.integers(0, 6),  # messages it has
        st.integers(0, 60),  # how long they are under way, or it sleeps: in seconds
    ),
    min_size=5,
    max_size=40,
)


@settings(max_examples=80)
@given(st.integers(1, 5), events)
def test_no_more_are_under_way_than_the_limit_whoever_dies_or_sleeps(
    limit: int, history: list[tuple[int, str, int, int]]
) -> None:
    workers = workers_at(limit, 4)
    now = MORNING
    for chosen, event, wanted, steps in history:
        for _ in range(5):
            now += FRESH
            for number, worker in enumerate(workers):
                if worker.is_dead or now < worker.asleep_until:
                    worker.pass_over(now)
                else:
                    mine = wanted if number == chosen else 0
                    worker.live(now, mine, steps * FRESH)
            # What a dead process had under way counts until its lease is over.
            counted = [worker.own.under_way - worker.overslept for worker in workers]
            assert sum(counted) <= limit
        if event == "sleeps":
            workers[chosen].asleep_until = now + steps * FRESH
        workers[chosen].is_dead |= event == "dies"


@pytest.mark.slow
@settings(max_examples=40)
@given(
    st.integers(1, 4),
    st.lists(st.integers(1, 12), min_size=2, max_size=5),
    st.booleans(),
)
def test_whoever_waits_gets_a_place_within_a_turn_of_all_before(
    limit: int,
    durations: list[int],
    first_dies: bool,  # noqa: FBT001 (hypothesis)
) -> None:
    workers = workers_at(limit, len(durations))
    longest = max(durations) * STEP
    bound = len(workers) * (TURN + longest + 3 * FRESH) + LEASE
    now, end = MORNING, MORNING + 3 * bound
    gaps = [timedelta(0)] * len(workers)
    while now < end:
        now += STEP
        for number, worker in enumerate(workers):
            if first_dies and number == 0 and now > MORNING + TURN:
                continue
            worker.live(now, 9, durations[number] * STEP)
            gaps[number] = max(gaps[number], now - worker.started_at)

    assert max(gaps) <= bound


@given(st.integers(1, 8), st.integers(2, 5))
def test_processes_that_want_all_end_up_with_even_shares(
    each: int, number: int
) -> None:
    workers = workers_at(each * number, number)
    now = MORNING
    for _ in range(30):
        now += STEP
        for worker in workers:
            worker.live(now, 99, STEP)

    assert [worker.own.under_way for worker in workers] == [each] * number


def test_a_process_that_slept_starts_nothing_before_it_asked() -> None:
    first, second = workers_at(2, 2)
    first.live(MORNING, 2, 500 * STEP)
    later = MORNING + LEASE
    second.live(later, 2, 500 * STEP)
    first.ends, first.own.under_way = [], 0

    assert second.own.under_way == 2
    assert first.own.state(later) is State.UNKNOWN
    first.live(later, 2, STEP)
    assert first.own.under_way == 0


def test_what_was_under_way_while_it_slept_keeps_the_others_from_starting() -> None:
    first, second = workers_at(2, 2)
    first.live(MORNING, 2, 2 * LEASE)
    later = MORNING + LEASE
    second.live(later, 2, STEP)
    first.live(later + STEP, 2, STEP)
    second.live(later + 2 * FRESH, 2, STEP)

    assert first.own.under_way == 2
    assert second.own.under_way == 0


def test_a_process_that_wants_little_leaves_the_rest_to_the_others() -> None:
    modest, busy = workers_at(8, 2)
    now = MORNING
    for _ in range(20):
        now += STEP
        modest.live(now, 1, STEP)
        busy.live(now, 9, STEP)

    assert busy.own.under_way == 6


def test_no_message_starts_after_a_lease_or_on_a_clock_that_was_set_back() -> None:
    own = OwnPlaces(process="a", name="gmail", limit=2)
    own.seek()
    own.need()
    own.take_in(Places(2, MORNING + STEP), MORNING)

    assert own.state(MORNING) is State.OPEN
    assert own.state(MORNING + STEP) is State.UNKNOWN
    assert own.state(MORNING - STEP) is State.UNKNOWN


def test_while_a_process_asks_it_starts_nothing_it_did_not_tell_of() -> None:
    own = OwnPlaces(process="a", name="gmail", limit=2)
    own.seek()
    own.need()
    own.take_in(Places(2, MORNING + LEASE), MORNING)

    own.need()
    assert own.state(MORNING) is State.UNKNOWN
    own.forget()
    assert own.state(MORNING) is State.UNKNOWN
