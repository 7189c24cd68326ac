"""What is opened for a slot that is found late, and what is never opened any more."""

from datetime import UTC, datetime, time, timedelta
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.catching_up import LastEdition, Step, next_step
from publisher.model.digest import CatchUp, DigestRule
from tests.builders import MORNING, a_rule, a_timetable
from tests.effort import effort
from tests.zones import DAYS, SPRING, ZONES, days_that_were

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DAILY = a_timetable()


def an_edition(
    due_at: datetime, *, opened_at: datetime | None = None, is_finished: bool = True
) -> LastEdition:
    return LastEdition(
        due_at=due_at, opened_at=opened_at or due_at, is_finished=is_finished
    )


def opened(rule: DigestRule, now: datetime, last: LastEdition | None) -> list[str]:
    """Follow the steps as a planner does whose editions are finished at once."""
    found: list[str] = []
    look_at = now
    while look_at <= now + HOUR:
        step = next_step(rule, DAILY, last, MORNING, look_at)
        slot = step.open or step.missed
        if slot is not None:
            found.append(f"{'' if step.open else 'not '}{slot.day}")
            last = an_edition(slot.due_at)
        look_at = step.look_at
    return found


@pytest.mark.parametrize(
    ("catch_up", "found"),
    [
        (CatchUp.LATEST, ["2026-03-06"]),
        (CatchUp.NONE, ["not 2026-03-06"]),
        (CatchUp.ALL, ["2026-03-04", "2026-03-05", "2026-03-06"]),
    ],
)
def test_a_policy_says_what_is_sent_after_a_stop(
    catch_up: CatchUp, found: list[str]
) -> None:
    rule = a_rule(catch_up=catch_up, max_lateness=3 * DAY)
    now = MORNING + 4 * DAY + HOUR

    assert opened(rule, now, an_edition(MORNING)) == found


@pytest.mark.parametrize("catch_up", CatchUp)
def test_whoever_is_there_in_time_opens_each_slot(catch_up: CatchUp) -> None:
    step = next_step(
        a_rule(catch_up=catch_up), DAILY, None, MORNING, MORNING + timedelta(minutes=9)
    )

    assert step.open == DAILY.last_slot(MORNING)
    assert not step.is_behind
    assert step.look_at == MORNING + DAY


def test_a_slot_that_is_caught_up_waits_for_the_one_before() -> None:
    rule = a_rule(catch_up=CatchUp.ALL, max_lateness=3 * DAY)
    now = MORNING + 2 * DAY + HOUR
    busy = an_edition(MORNING, opened_at=now - HOUR / 2, is_finished=False)
    stuck = an_edition(MORNING, opened_at=now - HOUR, is_finished=False)

    waiting = next_step(rule, DAILY, busy, MORNING, now)
    going_on = next_step(rule, DAILY, stuck, MORNING, now)

    assert waiting == Step(look_at=now + timedelta(minutes=1))
    assert going_on.open == DAILY.last_slot(MORNING + DAY)
    assert going_on.is_behind


@effort(300)
@given(
    catch_up=st.sampled_from(CatchUp),
    lateness=st.integers(1, 24 * 14),
    down=st.integers(0, 24 * 30 * 60),
)
def test_nothing_older_than_the_lateness_fires_by_itself(
    catch_up: CatchUp, lateness: int, down: int
) -> None:
    rule = a_rule(catch_up=catch_up, max_lateness=lateness * HOUR)
    now = MORNING + timedelta(minutes=down)
    last: LastEdition | None = None
    for _ in range(40):
        step = next_step(rule, DAILY, last, MORNING, now)
        slot = step.open or step.missed
        assert slot is not None
        assert last is None or slot.due_at > last.due_at
        assert step.look_at > now
        if step.open is not None:
            assert now < rule.expires_at(DAILY, slot)
            assert now < slot.due_at + lateness * HOUR
        last = an_edition(slot.due_at)
        if not step.is_behind:
            break

    assert last is not None
    assert last.due_at == DAILY.last_slot(now).due_at


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
def test_every_day_of_four_hundred_gets_one_edition(zone: str) -> None:
    """The service stands still for a day, when Almaty's clocks are put back.

    That costs the day's edition, or none where all are caught up.
    """
    days = days_that_were(zone, SPRING)
    stop = datetime(2024, 2, 29, 20, tzinfo=UTC)
    for catch_up, at in zip(CatchUp, (time(2, 30), time(0), time(23, 30)), strict=True):
        rule = a_rule(catch_up=catch_up, max_lateness=40 * HOUR)
        timetable = a_timetable(at=at, zone=zone)
        start = timetable.next_slot(
            datetime.combine(days[0], time(0), UTC) - 2 * DAY
        ).due_at
        now, look_at, last = start, start, None
        opened: list[object] = []
        spans = cycle((HOUR / 6, HOUR / 12, HOUR / 7))
        while now < start + (DAYS + 4) * DAY:
            now = max(now + next(spans), look_at)
            if stop < now < stop + DAY:
                now = stop + DAY
            if now < look_at:
                continue
            step = next_step(rule, timetable, last, start, now)
            slot, look_at = step.open or step.missed, step.look_at
            if slot is not None:
                last = an_edition(slot.due_at)
            if step.open is not None:
                opened.append(step.open.day)

        assert len(set(opened)) == len(opened)
        lost = [day for day in days if day not in opened]
        assert len(lost) <= (0 if catch_up is CatchUp.ALL else 1)
