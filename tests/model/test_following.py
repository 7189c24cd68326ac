"""Who follows a digest whose hour or days are changed, and what comes next then."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.digest import CatchUp
from publisher.model.following import due_after_change, due_in_zone, followed
from publisher.model.timetable import Frequency, Timetable
from tests.builders import ALMATY, a_rule, a_timetable
from tests.effort import effort
from tests.zones import SPRING, ZONES, days_that_were

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WEEKLY, DAILY, INSTANT = Frequency.WEEKLY, Frequency.DAILY, Frequency.INSTANT
BEFORE = a_timetable(zone="")
NOON = datetime(2026, 3, 5, 12, 0, tzinfo=ZoneInfo(ALMATY))


@pytest.mark.parametrize(
    ("present", "after"),
    [
        (a_timetable(), a_timetable(at=time(8))),
        (a_timetable(zone="Asia/Aqtau"), a_timetable(at=time(8), zone="Asia/Aqtau")),
        (a_timetable(at=time(21)), a_timetable(at=time(21))),
        (
            a_timetable(WEEKLY, weekdays=(4,)),
            a_timetable(WEEKLY, weekdays=(4,), at=time(8)),
        ),
        (a_timetable(INSTANT, at=time(0)), a_timetable(INSTANT, at=time(0))),
    ],
    ids=["the digest's own", "in another zone", "own hour", "own days", "instant"],
)
def test_whoever_has_the_hour_of_the_digest_follows_it(
    present: Timetable, after: Timetable
) -> None:
    assert followed(BEFORE, a_rule(at=time(8)), present) == after


@pytest.mark.parametrize(
    ("present", "after"),
    [
        (a_timetable(), a_timetable(WEEKLY, weekdays=(4,))),
        (a_timetable(at=time(21)), a_timetable(WEEKLY, weekdays=(4,), at=time(21))),
        (a_timetable(WEEKLY, weekdays=(0,)), a_timetable(WEEKLY, weekdays=(0,))),
    ],
    ids=["the digest's own", "own hour", "own days"],
)
def test_whoever_has_the_days_of_the_digest_follows_them(
    present: Timetable, after: Timetable
) -> None:
    assert followed(BEFORE, a_rule(frequency=WEEKLY, weekdays=(4,)), present) == after


def test_who_had_everything_at_once_gets_the_hour_that_there_is_now() -> None:
    instant = a_timetable(INSTANT, at=time(0))

    assert followed(instant, a_rule(at=time(8)), instant) == a_timetable(at=time(8))


@pytest.mark.parametrize(
    ("hour", "last_on", "due_on", "catch_up"),
    [
        (8, 5, 6, CatchUp.LATEST),
        (18, 5, 6, CatchUp.LATEST),
        (18, 4, 5, CatchUp.LATEST),
        (8, 4, 5, CatchUp.LATEST),
        (8, 4, 6, CatchUp.NONE),
        (5, 4, 6, CatchUp.LATEST),
    ],
    ids=[
        "had, and the hour has passed",
        "had, and the hour is still to come",
        "not had, and the hour is still to come",
        "not had, and the hour has passed",
        "not had, and nothing may be late",
        "not had, and it is too late",
    ],
)
def test_a_day_has_one_edition_when_the_hour_is_changed_at_noon(
    hour: int, last_on: int, due_on: int, catch_up: CatchUp
) -> None:
    rule = a_rule(at=time(hour), catch_up=catch_up)
    after = a_timetable(at=time(hour))
    last_due_at = datetime(2026, 3, last_on, 7, 0, tzinfo=ZoneInfo(ALMATY))

    due_at = due_after_change(rule, a_timetable(), after, last_due_at, NOON)

    assert due_at == datetime(2026, 3, due_on, hour, tzinfo=ZoneInfo(ALMATY))


def test_a_day_reader_gets_the_weekly_edition_of_the_same_week() -> None:
    weekly = a_timetable(WEEKLY, weekdays=(4,))
    rule = a_rule(frequency=WEEKLY, weekdays=(4,))
    today = NOON.replace(hour=7)

    assert due_after_change(rule, a_timetable(), weekly, today, NOON) == today + DAY


def test_a_week_has_one_edition_when_its_day_is_changed() -> None:
    monday, friday = (a_timetable(WEEKLY, weekdays=(day,)) for day in (0, 4))
    rule = a_rule(frequency=WEEKLY, weekdays=(4,))
    last = NOON.replace(day=2, hour=7)

    due_at = due_after_change(rule, monday, friday, last, NOON)

    assert due_at == NOON.replace(day=13, hour=7)


def test_without_an_edition_yet_the_next_slot_is_due() -> None:
    rule, after = a_rule(at=time(8)), a_timetable(at=time(8))

    assert due_after_change(rule, a_timetable(), after, None, NOON) == (
        NOON.replace(hour=8) + DAY
    )


HOURS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))


@given(
    zone=st.sampled_from(ZONES),
    hours=st.lists(HOURS, min_size=2, max_size=5),
    changed=st.lists(st.integers(1, 60 * 24), min_size=4, max_size=4),
)
@effort(150)
def test_every_day_has_its_edition_however_often_the_hour_is_changed(
    zone: str, hours: list[time], changed: list[int]
) -> None:
    """The planner opens what is due at once, and every few days the hour is another."""
    now = datetime.combine(SPRING, time(0), UTC) + 88 * DAY
    opened: list[datetime] = []
    present = a_timetable(at=hours[0], zone=zone)
    due_at = present.next_slot(now).due_at
    for hour, minutes in zip([*hours[1:], hours[-1]], changed, strict=False):
        now += timedelta(minutes=minutes) + DAY
        while due_at <= now:
            opened.append(present.last_slot(due_at).due_at)
            due_at = present.next_slot(due_at).due_at
        after = a_timetable(at=hour, zone=zone)
        rule = a_rule(at=hour, max_lateness=DAY)
        last = opened[-1] if opened else None
        found = due_after_change(rule, present, after, last, now)
        assert found is not None
        present, due_at = after, found
        if due_at <= now:
            opened.append(due_at)
            due_at = present.next_slot(now).due_at
    days = Counter(each.astimezone(ZoneInfo(zone)).date() for each in opened)
    wanted = days_that_were(zone, min(days), (max(days) - min(days)).days + 1)
    assert dict(days) == dict.fromkeys(wanted, 1)


def test_what_was_reckoned_with_older_zone_data_is_due_by_the_clocks_of_now() -> None:
    """Almaty's clocks went back for good: 07:00 is an hour later than it was."""
    due_at = datetime(2024, 3, 1, 2, 0, tzinfo=UTC)

    early = due_in_zone(a_timetable(), due_at - HOUR, due_at - DAY)
    right = due_in_zone(a_timetable(), due_at, due_at - DAY)
    late = due_in_zone(a_timetable(), due_at + HOUR, due_at - DAY / 2)
    has_come = due_in_zone(a_timetable(), due_at + HOUR, due_at + HOUR / 12)

    assert (early, right, late) == (due_at - HOUR, due_at, due_at)
    assert has_come == due_at


def test_a_slot_that_was_decided_on_stands_whatever_is_before_it() -> None:
    due_at = NOON.replace(hour=7) + 3 * DAY

    assert due_in_zone(a_timetable(), due_at, NOON) == due_at
