"""Readers that send back what they hold never wait; all others wait exactly as told."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.politeness import Allowance, Given, judge
from tests.effort import effort

HOURLY = Allowance(repeats=30, span=timedelta(hours=1))
ALLOWANCES = st.builds(
    Allowance,
    st.integers(1, 50),
    st.timedeltas(timedelta(seconds=1), timedelta(days=1)),
)
PAUSES = st.lists(st.floats(0, 5000, allow_nan=False), max_size=60)


@dataclass
class Reader:
    """Asks for one document; what was held against it is kept here."""

    allowance: Allowance = HOURLY
    at: float = 0.0
    before: Given | None = None
    held: str = ""
    waits: list[timedelta] = field(default_factory=list)

    def is_given(self, state: str) -> bool:
        """Ask without validators."""
        self.before, wait = judge(self.before, state, self.at, self.allowance)
        self.waits.append(wait)
        if not wait:
            self.held = state
        return not wait

    def ask_politely(self, state: str) -> None:
        """Ask with the validators that came last; the present state is a 304."""
        if self.held != state:
            self.is_given(state)


@effort(200)
@given(ALLOWANCES, st.lists(st.tuples(st.floats(0, 5000), st.booleans()), max_size=80))
def test_who_sends_back_what_it_holds_never_waits(
    allowance: Allowance, history: list[tuple[float, bool]]
) -> None:
    reader = Reader(allowance)
    state = 0

    for pause, has_changed in history:
        reader.at += pause
        state += has_changed
        reader.ask_politely(str(state))

    assert not any(reader.waits)


@effort(200)
@given(ALLOWANCES, PAUSES)
def test_who_keeps_within_the_allowance_never_waits(
    allowance: Allowance, pauses: list[float]
) -> None:
    reader = Reader(allowance)

    for pause in pauses:
        reader.at += allowance.interval + pause
        reader.is_given("same")

    assert not any(reader.waits)


@effort(200)
@given(ALLOWANCES, st.integers(0, 100))
def test_as_many_as_allowed_come_in_a_row_and_not_one_more(
    allowance: Allowance, more: int
) -> None:
    reader = Reader(allowance)

    answered = [reader.is_given("same") for _ in range(allowance.repeats + 1 + more)]

    assert answered == [True] * (allowance.repeats + 1) + [False] * more


@effort(200)
@given(ALLOWANCES, PAUSES)
def test_who_waits_as_long_as_it_is_told_is_answered(
    allowance: Allowance, pauses: list[float]
) -> None:
    reader = Reader(allowance)

    for pause in pauses:
        reader.at += pause
        if not reader.is_given("same"):
            reader.at += reader.waits[-1].total_seconds()
            assert reader.is_given("same")


@effort(200)
@given(ALLOWANCES, PAUSES)
def test_asking_too_early_makes_no_wait_longer(
    allowance: Allowance, pauses: list[float]
) -> None:
    reader = Reader(allowance)
    while reader.is_given("same"):
        pass
    free_at = reader.at + reader.waits[-1].total_seconds()

    for pause in sorted(pauses):
        reader.at = min(pause, free_at - 0.001)
        assert not reader.is_given("same")

    reader.at = free_at
    assert reader.is_given("same")


@effort(100)
@given(ALLOWANCES, PAUSES)
def test_over_any_time_a_rude_reader_gets_no_more_than_is_stated(
    allowance: Allowance, pauses: list[float]
) -> None:
    reader = Reader(allowance)

    answered = 0
    for pause in pauses:
        reader.at += pause
        answered += reader.is_given("same")

    free = reader.at / allowance.interval
    assert answered <= 1 + allowance.repeats + free + 1e-6


def test_a_new_state_is_given_to_who_has_to_wait_for_the_old_one() -> None:
    reader = Reader()
    while reader.is_given("old"):
        pass

    assert reader.is_given("new")
    assert not reader.is_given("new")


@pytest.mark.parametrize(
    ("repeats", "span", "wait"),
    [
        (1, timedelta(hours=1), timedelta(hours=1)),
        (30, timedelta(hours=1), timedelta(minutes=2)),
        (60, timedelta(minutes=1), timedelta(seconds=1)),
    ],
)
def test_the_wait_is_until_the_next_repeat_is_free(
    repeats: int, span: timedelta, wait: timedelta
) -> None:
    reader = Reader(Allowance(repeats, span))
    while reader.is_given("same"):
        pass

    assert abs(reader.waits[-1] - wait) < timedelta(milliseconds=1)
