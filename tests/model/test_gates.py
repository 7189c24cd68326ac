"""Backing off, breaking and warming up: what one gate makes of what happened."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model import backoff, breaker
from publisher.model.gate import Answer, Feedback, Gate, Order, Tally, Terms
from publisher.model.pace import parse_rate
from publisher.model.passage import answer, is_free
from tests.builders import MORNING

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
GATE = Gate(key="provider:gmail")
BACKS_OFF = Terms(backs_off=True)


def asked(gate: Gate, terms: Terms, feedback: Feedback, span: timedelta) -> Answer:
    order = Order(key=gate.key, terms=terms, feedback=feedback, wants_slots=True)
    return answer(gate, order, {}, MORNING + span)


def test_a_gate_without_limits_is_free_until_it_is_told_to_slow_down() -> None:
    assert is_free(GATE, BACKS_OFF)

    told = asked(GATE, BACKS_OFF, Feedback(passed=100, throttled=1), SECOND)

    assert not is_free(told.gate, BACKS_OFF)
    assert told.run is None
    assert told.gate.rest_until == MORNING + 2 * SECOND


def test_a_cut_goes_to_half_of_what_really_passed() -> None:
    gate = backoff.accepted(GATE, 300, MORNING)

    cut = backoff.cut(gate, MORNING + 3 * SECOND)

    assert (cut.ceiling, cut.level) == (100.0, 50.0)


def test_many_complaints_about_one_burst_are_one_cut() -> None:
    gate = backoff.cut(backoff.accepted(GATE, 100, MORNING), MORNING + SECOND)

    assert backoff.cut(gate, MORNING + 2 * SECOND) == gate


@given(
    events=st.lists(
        st.tuples(st.floats(0.01, 30), st.integers(0, 500), st.booleans()), max_size=40
    )
)
def test_a_level_is_never_above_its_ceiling_soon_after_a_cut_nor_ever_nothing(
    events: list[tuple[float, int, bool]],
) -> None:
    gate, now = GATE, MORNING
    for gap, passed, is_throttled in events:
        now += timedelta(seconds=gap)
        feedback = Feedback(passed=passed, throttled=int(is_throttled))
        order = Order(key=gate.key, terms=BACKS_OFF, feedback=feedback)
        gate = answer(gate, order, {}, now).gate
        if gate.level is None or gate.cut_at is None:
            continue
        assert gate.level >= backoff.LEAST
        if now - gate.cut_at < 30 * SECOND:
            assert gate.level <= gate.ceiling


def test_a_level_is_forgotten_after_ten_calm_minutes() -> None:
    gate = backoff.cut(backoff.accepted(GATE, 100, MORNING), MORNING + SECOND)

    calm = asked(gate, BACKS_OFF, Feedback(passed=1), timedelta(minutes=11))

    assert is_free(calm.gate, BACKS_OFF)


@pytest.mark.parametrize(
    ("span", "tally", "trips"),
    [
        (DAY, Tally(passed=1000, complained=5), True),
        (DAY, Tally(passed=999, complained=5), False),
        (DAY, Tally(passed=1000, complained=4), False),
        (DAY, Tally(passed=10_000, complained=29), False),
        (DAY, Tally(passed=10_000, complained=30), True),
        (timedelta(hours=1), Tally(passed=180, bounced=20), True),
        (timedelta(hours=1), Tally(passed=179, bounced=20), False),
        (timedelta(hours=1), Tally(passed=0, bounced=200), True),
        (timedelta(hours=1), Tally(passed=1000, bounced=99), False),
        (timedelta(minutes=10), Tally(blocked=20), True),
        (timedelta(minutes=10), Tally(blocked=19), False),
    ],
)
def test_a_breaker_needs_a_share_and_least_numbers(
    span: timedelta,
    tally: Tally,
    trips: bool,  # noqa: FBT001 (the expectation)
) -> None:
    assert bool(breaker.judge({span: tally})) is trips


def test_a_broken_provider_is_tried_by_one_message_and_then_goes_on() -> None:
    gate = breaker.tripped(GATE, "20 messages blocked", MORNING, is_relay=False)
    terms = Terms(breaks=True)
    rest = 15 * 60 * SECOND

    during = asked(gate, terms, Feedback(), rest - SECOND)
    probe = asked(during.gate, terms, Feedback(), rest)
    second = asked(probe.gate, terms, Feedback(), rest + SECOND)
    passed = asked(second.gate, terms, Feedback(passed=1), rest + 2 * SECOND)

    assert during.run is None
    assert probe.run is not None
    assert probe.run.count == 1
    assert second.run is None
    assert is_free(passed.gate, terms)


def test_a_probe_that_fails_doubles_the_rest() -> None:
    gate = breaker.tripped(GATE, "blocked", MORNING, is_relay=False)
    terms, rest = Terms(breaks=True), 15 * 60 * SECOND

    probe = asked(gate, terms, Feedback(), rest)
    failed = asked(probe.gate, terms, Feedback(blocked=1), rest + SECOND)

    assert failed.gate.open_until == MORNING + rest + SECOND + 2 * rest


def test_a_probe_that_never_reports_is_followed_by_another() -> None:
    gate = breaker.tripped(GATE, "blocked", MORNING, is_relay=False)
    terms, rest = Terms(breaks=True), 15 * 60 * SECOND

    probe = asked(gate, terms, Feedback(), rest)
    later = asked(probe.gate, terms, Feedback(), rest + breaker.PROBE)

    assert later.run is not None


def test_a_relay_in_trouble_rests_seconds_first_and_minutes_at_most() -> None:
    gate, now, rests = GATE, MORNING, []
    for _ in range(9):
        gate = breaker.tripped(gate, "connect: refused", now, is_relay=True)
        assert gate.open_until is not None
        rests.append((gate.open_until - now).total_seconds())
        now = gate.open_until

    assert rests == [5, 10, 20, 40, 80, 160, 300, 300, 300]


PLAN = Terms(warm_up=(200, 500))


def test_a_new_sender_sends_no_more_a_day_than_the_plan_says() -> None:
    gate, given_out = GATE, 0
    for second in range(100):
        found = asked(gate, PLAN, Feedback(), second * SECOND)
        gate = found.gate
        given_out += found.run.count if found.run else 0

    assert given_out == 200


def test_the_plan_goes_on_only_after_a_day_that_went_well() -> None:
    first = replace(GATE, day_on=MORNING.date(), day_count=200)

    well = asked(first, PLAN, Feedback(), DAY).gate
    idle = asked(replace(first, day_count=0), PLAN, Feedback(), DAY).gate
    badly = asked(replace(first, day_trouble=5), PLAN, Feedback(), DAY).gate

    assert (well.stage, idle.stage, badly.stage) == (1, 0, 0)


def test_after_the_plan_a_sender_is_free() -> None:
    gate = replace(GATE, day_on=MORNING.date(), day_count=500, stage=1)

    assert is_free(asked(gate, PLAN, Feedback(), DAY).gate, PLAN)


@given(level=st.floats(0.05, 500), count=st.integers(1, 500))
def test_backing_off_never_goes_beyond_the_configured_rate(
    level: float, count: int
) -> None:
    terms = Terms(rate=parse_rate(f"{count}/s"), backs_off=True)
    gate = replace(GATE, level=level, ceiling=level, cut_at=MORNING, raised_at=MORNING)

    found = asked(gate, terms, Feedback(), SECOND)

    assert terms.rate is not None
    assert found.run is not None
    assert found.run.spacing >= terms.rate.spacing
    assert found.run.tolerance <= terms.rate.tolerance


def test_limits_hold_for_the_message_that_tries_as_well() -> None:
    terms = Terms(rate=parse_rate("10/h"), breaks=True)
    first = asked(GATE, terms, Feedback(), timedelta(0))
    broken = breaker.tripped(first.gate, "blocked", MORNING, is_relay=True)

    early = asked(broken, terms, Feedback(), 6 * SECOND)
    due = asked(early.gate, terms, Feedback(), timedelta(minutes=7))

    assert (early.run, early.gate.probe_until) == (None, None)
    assert due.run is not None
    assert due.run.count == 1
    assert due.gate.next_at == due.run.first_at + terms.rate.spacing  # type: ignore[union-attr]


def test_the_message_that_tries_may_be_late_and_counts_as_then() -> None:
    terms = Terms(rate=parse_rate("20/s"), breaks=True)
    broken = breaker.tripped(GATE, "blocked", MORNING, is_relay=True)

    probe = asked(broken, terms, Feedback(), 6 * SECOND)

    assert probe.run is not None
    (slot,) = probe.run.moments()
    assert slot.last_at - slot.first_at == 10 * SECOND
    assert probe.gate.next_at is not None
    # As if it had been used at the end of its time, within the tolerance of a slot.
    used = slot.last_at - terms.rate.tolerance  # type: ignore[union-attr]
    assert probe.gate.next_at == used + terms.rate.spacing  # type: ignore[union-attr]


def test_what_a_day_allows_is_not_used_the_next_day() -> None:
    terms = Terms(warm_up=(50, 100))
    evening = MORNING.replace(hour=23, minute=59)

    given = asked(GATE, terms, Feedback(), evening - MORNING)

    assert given.run is not None
    ends = {slot.last_at for slot in given.run.moments()}
    assert ends == {evening + timedelta(minutes=1)}


@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(days=400)])
def test_a_clock_that_is_far_ahead_keeps_nobody_from_sending(ahead: timedelta) -> None:
    terms = Terms(
        rate=parse_rate("20/s"), backs_off=True, breaks=True, warm_up=(500, 1000)
    )
    bad = Feedback(passed=10, throttled=1)
    gate = asked(GATE, terms, bad, ahead).gate
    gate = asked(gate, terms, Feedback(), ahead + 5 * SECOND).gate
    gate = breaker.tripped(gate, "blocked", MORNING + ahead, is_relay=False)

    gate = asked(gate, terms, Feedback(), timedelta(0)).gate
    gate = asked(gate, terms, Feedback(passed=1), SECOND).gate
    later = asked(gate, terms, Feedback(), 13 * SECOND)

    assert later.run is not None
    slower = asked(later.gate, terms, bad, timedelta(minutes=1)).gate
    assert slower.cut_at == MORNING + timedelta(minutes=1)


def test_a_clock_that_is_a_little_ahead_keeps_limits_exact() -> None:
    terms = Terms(rate=parse_rate("20/s"))
    gate = asked(GATE, terms, Feedback(), timedelta(minutes=2)).gate

    assert asked(gate, terms, Feedback(), timedelta(0)).run is None


def test_a_relay_that_turns_the_message_away_that_tries_is_left_alone_again() -> None:
    terms = Terms(backs_off=True)
    gate = breaker.tripped(GATE, "refused", MORNING, is_relay=True)
    probe = asked(gate, terms, Feedback(), 6 * SECOND)

    after = asked(probe.gate, terms, Feedback(throttled=1), 7 * SECOND).gate

    assert after.open_until is not None
    assert (after.open_until > MORNING + 7 * SECOND, after.trips) == (True, 2)


def test_a_relay_that_is_full_rests_only_where_nobodys_messages_pass() -> None:
    terms = Terms(backs_off=True)
    full = Feedback(crowded="greeting 421: too many connections")
    passing = asked(Gate(key="relay:a"), terms, Feedback(passed=3), timedelta(0)).gate

    assert asked(passing, terms, full, timedelta(seconds=20)).gate.open_until is None
    rests = asked(passing, terms, full, timedelta(seconds=40)).gate
    assert rests.open_until is not None
    assert rests.reason == full.crowded
    # The message that tries was turned away, whatever passed before.
    probing = breaker.probed(replace(rests, open_until=MORNING), MORNING)
    probing = replace(probing, passed_since=MORNING)
    again = asked(probing, terms, full, timedelta(seconds=1)).gate
    assert again.probe_until is None
    assert again.trips == 2
