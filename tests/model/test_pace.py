"""No window of the configured length ever has one message more than its limit."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.pace import HORIZON, Rate, parse_rate, slots_from
from tests.builders import MORNING

WINDOWS = st.sampled_from(["s", "min", "h", "day"])
RATES = st.builds(lambda n, w: parse_rate(f"{n}/{w}"), st.integers(1, 5000), WINDOWS)


def most_in_a_window(times: list[timedelta], rate: Rate) -> int:
    """Return the most messages in any window [x, x + W)."""
    most = start = 0
    for end, time in enumerate(times):
        while time - times[start] >= rate.window:
            start += 1
        most = max(most, end - start + 1)
    return most


@given(
    rate=RATES,
    gaps=st.lists(st.floats(0, 2.5), min_size=1, max_size=30),
    lateness=st.lists(st.floats(0, 1), min_size=1, max_size=7),
)
def test_no_window_has_more_than_the_limit_whenever_slots_are_asked_for_and_used(
    rate: Rate, gaps: list[float], lateness: list[float]
) -> None:
    now, next_at, used = MORNING, None, []
    for gap in gaps:
        now += gap * rate.window / 3
        run = slots_from(next_at, now, rate.spacing, rate.tolerance)
        for number in range(run.count):
            late = lateness[number % len(lateness)] * rate.tolerance
            used.append(run.first_at + number * run.spacing + late - MORNING)
        if run.count:
            next_at = run.end_at

    assert most_in_a_window(sorted(used), rate) <= rate.count


@given(rate=RATES)
def test_nearly_the_whole_limit_is_used(rate: Rate) -> None:
    assert rate.count * rate.spacing <= rate.window * 1.05 + timedelta(seconds=0.01)


@given(rate=RATES, ahead=st.floats(-5, 0.9), lead=st.floats(0, 0.9))
def test_slots_are_given_for_a_second_and_the_lead(
    rate: Rate, ahead: float, lead: float
) -> None:
    next_at = MORNING + timedelta(seconds=ahead)
    span = timedelta(seconds=lead)
    run = slots_from(next_at, MORNING, rate.spacing, rate.tolerance, span)

    slots = run.moments()

    assert len(slots) == run.count > 0
    assert slots[0].first_at == max(next_at, MORNING)
    assert slots[-1].first_at <= MORNING + HORIZON + span
    assert slots[-1].first_at + rate.spacing == run.end_at
    assert {slot.last_at - slot.first_at for slot in slots} == {rate.tolerance}


@pytest.mark.parametrize("text", ["", "20", "20/sec", "0/s", "-1/s", "1.5/s", "20 / s"])
def test_a_rate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="per s, min, h or day"):
        parse_rate(text)


def test_slots_are_not_taken_far_ahead() -> None:
    rate = parse_rate("1/min")

    assert slots_from(None, MORNING, rate.spacing, rate.tolerance).count == 1
    ahead = MORNING + timedelta(seconds=30)
    assert slots_from(ahead, MORNING, rate.spacing, rate.tolerance).count == 0
