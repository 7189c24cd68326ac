"""Every local day, week or month has exactly one slot, whatever clocks do (law 7)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.model.timetable import Frequency, Slot, Timetable
from tests.builders import a_timetable
from tests.effort import effort
from tests.zones import DAYS, SPRING, ZONES, days_that_were

HOURS = (time(0, 0), time(2, 30), time(23, 30))
DATE_LINE = date(2011, 3, 1)
DAY = timedelta(days=1)
ALMATY = ZoneInfo("Asia/Almaty")


def slots(timetable: Timetable, first: date, days: int = DAYS) -> list[Slot]:
    """Walk from slot to slot, as a scheduler does."""
    end = first + days * DAY
    at = datetime.combine(first, time(0, 0), ZoneInfo(timetable.zone)) - 2 * DAY
    found: list[Slot] = []
    while True:
        slot = timetable.next_slot(at)
        if slot.day >= end:
            return found
        if slot.day >= first:
            found.append(slot)
        at = slot.due_at


@pytest.mark.parametrize(
    ("zone", "first"),
    [*((zone, SPRING) for zone in ZONES), ("Pacific/Apia", DATE_LINE)],
)
def test_every_day_has_one_daily_slot(zone: str, first: date) -> None:
    days = days_that_were(zone, first)
    for at in HOURS:
        found = slots(a_timetable(at=at, zone=zone), first)

        assert [slot.day for slot in found] == days
        assert len({slot.key for slot in found}) == len(found)
        assert len({slot.period for slot in found}) == len(found)


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
def test_a_slot_is_due_when_local_clocks_first_show_or_have_passed_its_time(
    zone: str,
) -> None:
    local = ZoneInfo(zone)
    for at in HOURS:
        for slot in slots(a_timetable(at=at, zone=zone), SPRING):
            wall = datetime.combine(slot.day, at)
            before = slot.due_at - timedelta(seconds=1)

            assert slot.due_at.astimezone(local).replace(tzinfo=None) >= wall
            assert before.astimezone(local).replace(tzinfo=None) < wall
            assert slot.due_at.microsecond == 0


@pytest.mark.parametrize("zone", ZONES)
def test_every_week_has_one_weekly_slot_and_every_month_one_monthly(zone: str) -> None:
    weekly = a_timetable(Frequency.WEEKLY, zone=zone, weekdays=(4,))
    monthly = a_timetable(Frequency.MONTHLY, zone=zone, month_day=31)

    weeks = slots(weekly, SPRING)
    months = slots(monthly, SPRING)

    fridays = [day for day in days_that_were(zone, SPRING) if day.weekday() == 4]
    assert [slot.day for slot in weeks] == fridays
    assert len({slot.period for slot in weeks}) == len(weeks)
    assert [slot.period for slot in months] == [
        "2023-12",
        *(f"2024-{month:02}" for month in range(1, 13)),
    ]
    assert all((slot.day + DAY).day == 1 for slot in months)


MOMENTS = st.datetimes(
    datetime(2011, 6, 1),  # noqa: DTZ001 (bounds are naive by definition)
    datetime(2027, 6, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
TIMETABLES = st.builds(
    a_timetable,
    st.sampled_from(
        [Frequency.DAILY, Frequency.WEEKDAYS, Frequency.WEEKLY, Frequency.MONTHLY]
    ),
    at=st.sampled_from(HOURS),
    zone=st.sampled_from(ZONES),
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(lambda d: tuple(sorted(d))),
    month_day=st.integers(1, 31),
)


@effort(300)
@given(timetable=TIMETABLES, moment=MOMENTS)
@example(
    a_timetable(at=time(23, 30), zone="America/Nuuk"),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
)
def test_the_last_slot_and_the_next_have_nothing_between_them(
    timetable: Timetable, moment: datetime
) -> None:
    last, following = timetable.last_slot(moment), timetable.next_slot(moment)

    assert last.due_at <= moment < following.due_at
    assert timetable.next_slot(last.due_at) == following
    assert timetable.last_slot(following.due_at) == following
    assert timetable.last_slot(following.due_at - timedelta(seconds=1)) == last


def test_almaty_has_one_digest_in_the_night_its_clocks_went_back() -> None:
    found = slots(a_timetable(at=time(23, 30)), date(2024, 2, 28), 4)

    assert [slot.key for slot in found] == [
        "2024-02-28T23:30",
        "2024-02-29T23:30",
        "2024-03-01T23:30",
        "2024-03-02T23:30",
    ]
    assert [slot.due_at.astimezone(ALMATY).utcoffset() for slot in found] == [
        *[timedelta(hours=6)] * 2,
        *[timedelta(hours=5)] * 2,
    ]
    assert found[2].due_at - found[1].due_at == timedelta(hours=25)


def test_samoa_has_no_digest_on_the_day_that_never_was() -> None:
    at_seven = a_timetable(zone="Pacific/Apia")

    found = slots(at_seven, date(2011, 12, 28), 5)

    assert [slot.day.day for slot in found] == [28, 29, 31, 1]
    assert at_seven.slot_on(date(2011, 12, 30)) is None


def test_a_week_or_month_whose_only_day_never_was_has_no_slot() -> None:
    """Nothing is lost: the next edition brings its articles."""
    weekly = a_timetable(Frequency.WEEKLY, zone="Pacific/Apia", weekdays=(4,))
    monthly = a_timetable(Frequency.MONTHLY, zone="Pacific/Apia", month_day=30)

    weeks = [slot.day for slot in slots(weekly, date(2011, 12, 19), 21)]
    months = [slot.period for slot in slots(monthly, date(2011, 11, 1), 130)]

    assert weeks == [date(2011, 12, 23), date(2012, 1, 6)]
    assert months == ["2011-11", "2012-01", "2012-02"]


def test_greenland_has_its_late_digest_at_midnight_when_it_cuts_the_last_hour() -> None:
    late = a_timetable(at=time(23, 30), zone="America/Nuuk")

    slot = late.slot_on(date(2026, 3, 28))

    assert slot is not None
    assert slot.key == "2026-03-28T23:30"
    assert slot.due_at.astimezone(ZoneInfo("America/Nuuk")).replace(
        tzinfo=None
    ) == datetime(2026, 3, 29, 0, 0)  # noqa: DTZ001 (a wall time)


def test_a_time_that_a_gap_swallowed_is_due_right_after_it() -> None:
    slot = a_timetable(at=time(2, 30), zone="Europe/Berlin").slot_on(date(2026, 3, 29))

    assert slot is not None
    assert (slot.key, slot.due_at) == (
        "2026-03-29T02:30",
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    )


def test_a_time_that_comes_twice_is_due_the_first_time() -> None:
    slot = a_timetable(at=time(2, 30), zone="Europe/Berlin").slot_on(date(2026, 10, 25))

    assert slot is not None
    assert slot.due_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("timetable", "days"),
    [
        (a_timetable(), [2, 3, 4, 5, 6, 7, 8]),
        (a_timetable(Frequency.WEEKDAYS, weekdays=(0, 2, 4)), [2, 4, 6]),
        (a_timetable(Frequency.WEEKLY, weekdays=(3,)), [5]),
        (a_timetable(Frequency.MONTHLY, month_day=8), [8]),
    ],
    ids=["daily", "weekdays", "weekly", "monthly"],
)
def test_a_digest_falls_on_the_days_its_readers_chose(
    timetable: Timetable, days: list[int]
) -> None:
    found = slots(timetable, date(2026, 3, 2), 7)

    assert [slot.day.day for slot in found] == days


def test_the_period_is_what_a_reader_gets_one_digest_of() -> None:
    day = date(2027, 1, 1)  # A Friday of the last week of 2026.
    periods = []
    for frequency in (Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY):
        slot = a_timetable(frequency, weekdays=(4,)).slot_on(day)
        assert slot is not None
        periods.append(slot.period)

    assert periods == ["2027-01-01", "2026-W53", "2027-01"]


def test_an_instant_digest_has_at_most_one_slot_a_minute() -> None:
    instant = a_timetable(Frequency.INSTANT, at=time(0, 0))
    moments = [
        datetime(2026, 3, 2, 20, 15, second, tzinfo=UTC) for second in (0, 30, 59)
    ]

    found = {instant.instant_slot(moment) for moment in moments}

    (slot,) = found
    assert slot.key == "2026-03-02T20:15Z"
    assert slot.day == date(2026, 3, 3)
    assert instant.is_instant


@pytest.mark.parametrize("frequency", [Frequency.INSTANT, Frequency.WEEKLY])
def test_a_timetable_that_never_has_a_slot_says_so(frequency: Frequency) -> None:
    never = a_timetable(frequency)

    with pytest.raises(ValueError, match=r'"utro": an? \w+ timetable has no slot'):
        never.next_slot(datetime(2026, 3, 2, tzinfo=UTC))
