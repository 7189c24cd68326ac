"""Urgent mail goes first, and what has waited long enough goes before it."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.priority import Priority, in_turn
from publisher.model.timetable import Frequency
from tests.builders import MORNING
from tests.effort import effort

MINUTES = st.integers(0, 600).map(lambda count: MORNING + timedelta(minutes=count))


def test_what_is_ready_at_the_same_time_goes_by_urgency() -> None:
    order = in_turn(dict.fromkeys(reversed(Priority), MORNING))

    assert order == [Priority.INSTANT, Priority.DAILY, Priority.WEEKLY]


@pytest.mark.parametrize(
    ("frequency", "priority"),
    [
        (Frequency.INSTANT, Priority.INSTANT),
        (Frequency.DAILY, Priority.DAILY),
        (Frequency.WEEKDAYS, Priority.DAILY),
        (Frequency.WEEKLY, Priority.WEEKLY),
        (Frequency.MONTHLY, Priority.WEEKLY),
    ],
)
def test_the_oftener_a_digest_comes_the_more_urgent_it_is(
    frequency: Frequency, priority: Priority
) -> None:
    assert Priority.of(frequency) is priority


@effort(200)
@given(oldest=st.dictionaries(st.sampled_from(Priority), MINUTES))
def test_nobody_waits_for_what_became_ready_after_a_head_start(
    oldest: dict[Priority, object],
) -> None:
    order = in_turn(oldest)  # type: ignore[arg-type]

    assert sorted(order) == sorted(oldest)
    for earlier, later in pairwise(order):
        lead = earlier.head_start - later.head_start
        assert oldest[earlier] - oldest[later] <= lead  # type: ignore[operator]
