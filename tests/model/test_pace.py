"""No window of the configured length ever has one message more than its limit."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.pace import Rate, parse_rate, slots_from
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


@given(rate=RATES, ahead=st.floats(-5, 5), wait=st.floats(0, 3), used=st.integers(0, 9))
def test_a_late_slot_is_never_used(
    rate: Rate, ahead: float, wait: float, used: int
) -> None:
    next_at = MORNING + timedelta(seconds=ahead)
    run = slots_from(next_at, MORNING, rate.spacing, rate.tolerance)
    for _ in range(min(used, run.count)):
        run = run.without_first()

    left = run.without_late(now := MORNING + timedelta(seconds=wait))

    assert left.end_at == run.end_at
    assert not left.count or left.first_at + left.tolerance >= now
    if 0 < left.count < run.count:
        assert left.first_at - left.spacing + left.tolerance < now


@pytest.mark.parametrize("text", ["", "20", "20/sec", "0/s", "-1/s", "1.5/s", "20 / s"])
def test_a_rate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="per s, min, h or day"):
        parse_rate(text)


def test_slots_are_not_taken_far_ahead() -> None:
    rate = parse_rate("1/min")

    assert slots_from(None, MORNING, rate.spacing, rate.tolerance).count == 1
    ahead = MORNING + timedelta(seconds=30)
    assert slots_from(ahead, MORNING, rate.spacing, rate.tolerance).count == 0
