"""Four hundred days in the hardest zones: one edition a local period, none twice.

Two planners take turns and look at odd times; now and then the clock is set back.
Summer times begin and end meanwhile, and Almaty moves to another offset for good.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle

import pytest

from publisher.clock import SteppedClock
from publisher.model.timetable import Frequency, Timetable
from publisher.store import Store, editions
from publisher.store.editions import EditionRow
from publisher.store.timetables import keep_timetable
from tests.builders import a_choice, a_rule, a_timetable
from tests.store.desk import Desk
from tests.store.mailroom import Mailroom
from tests.store.newsroom import Newsroom
from tests.zones import DAYS, SPRING, days_that_were

HOURS = (time(0, 0), time(2, 30), time(7, 0), time(23, 30))
SPANS = (timedelta(hours=5, minutes=30), timedelta(hours=3), timedelta(hours=5))
LATEST = max(SPANS) + timedelta(hours=1)
DAY = timedelta(days=1)
HARDEST = ("Asia/Almaty", "Africa/Casablanca", "Australia/Lord_Howe", "America/Nuuk")
"""The others are tried in tests/model/test_catching_up.py, without a store."""
PARTS = 2


def rhythms(zones: tuple[str, ...]) -> list[Timetable]:
    """Return a daily, a weekly and a monthly timetable in each zone."""
    hours = cycle(HOURS)
    return [
        timetable
        for zone in zones
        for timetable in (
            a_timetable(at=next(hours), zone=zone),
            a_timetable(Frequency.WEEKLY, at=time(2, 30), zone=zone, weekdays=(6,)),
            a_timetable(Frequency.MONTHLY, at=time(2, 30), zone=zone, month_day=31),
        )
    ]


def live(store: Store, timetables: list[Timetable]) -> dict[int, list[EditionRow]]:
    """Let the days pass, and return the editions of each timetable in their order."""
    clock = SteppedClock(datetime.combine(SPRING, time(0, 0), UTC) - 2 * DAY)
    newsroom = Newsroom(store, clock)
    mailroom = Mailroom(newsroom)
    planners = cycle(Desk(mailroom, a_rule()).planner for _ in range(2))
    found: dict[int, list[EditionRow]] = {}
    for number, timetable in enumerate(timetables):
        choice = replace(a_choice(), timetable=timetable)
        newsroom.join(f"r{number}@reader.example", choice)
        found[store.transact(keep_timetable, timetable, clock.now())] = []
    spans = cycle(SPANS)
    end = clock.now() + (DAYS + 4) * DAY
    while clock.now() < end:
        now = clock.move(next(spans))
        next(planners).sweep()
        if now.day % 10 == 0:  # Somebody sets the clock, and sets it right again.
            clock.move_to(now - timedelta(hours=1))
            next(planners).sweep()
            clock.move_to(now)
    for row in reversed(store.query(editions.list_editions, 100_000)):
        found[row.timetable_id].append(row)
    return found


def periods(timetable: Timetable, days: list[date]) -> list[date]:
    """Return the days on which a digest is due, as one would say by the calendar."""
    match timetable.frequency:
        case Frequency.WEEKLY:
            return [day for day in days if day.isoweekday() == 7]
        case Frequency.MONTHLY:
            return [day for day in days if (day + DAY).day == 1]
        case _:
            return days


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_every_local_period_has_exactly_one_edition(
    sqlite_store: Store, part: int
) -> None:
    zones = HARDEST[part::PARTS]
    timetables = rhythms(zones)

    found = live(sqlite_store, timetables)

    for timetable, rows in zip(timetables, found.values(), strict=True):
        days = days_that_were(timetable.zone, SPRING)
        dated = [row.dated for row in rows if days[0] <= row.dated <= days[-1]]
        assert dated == periods(timetable, days)
        assert {row.state for row in rows} == {"closed"}
        assert all(
            timedelta(0) <= row.composed_at - row.due_at <= LATEST for row in rows
        )
