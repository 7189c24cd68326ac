"""When a digest is due: local wall-clock slots that survive gaps, folds and moves.

A slot is keyed on local wall time (law 7), so a zone that repeats an hour or changes
its offset still has exactly one slot per local day. A wall time that a gap swallowed is
due at the first instant after the gap; a repeated one is due at its first occurrence.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

__all__ = ["Frequency", "Slot", "Timetable", "day_begins"]

_FARTHEST = 800
"""Days to look ahead: more than any month or year can leave without a slot."""


class Frequency(StrEnum):
    """How often a digest comes; the most frequent stands first."""

    INSTANT = "instant"
    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKLY = "weekly"
    MONTHLY = "monthly"

    @property
    def longest_gap(self) -> timedelta:
        """The most that can pass between two slots, but for those of an instant one."""
        match self:
            case Frequency.MONTHLY:
                return timedelta(days=31)
            case Frequency.WEEKLY | Frequency.WEEKDAYS:
                return timedelta(days=7)
            case _:
                return timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """One due moment: `key` is the wall time, `due_at` the same in UTC.

    `period` names what a reader gets one digest of: a local day, ISO week or month.
    """

    key: str
    day: date
    due_at: datetime
    period: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """A digest's rhythm in one zone. Weekdays count from Monday = 0.

    `weekdays` matters for weekdays and weekly, `month_day` for monthly; a month without
    that day has its slot on its last day.
    """

    digest_key: str
    frequency: Frequency
    at: time
    zone: str
    weekdays: tuple[int, ...] = ()
    month_day: int = 1

    @property
    def is_instant(self) -> bool:
        """Whether it follows the articles and not the clock."""
        return self.frequency is Frequency.INSTANT

    def falls_on(self, day: date) -> bool:
        """Tell whether a local day has a slot."""
        match self.frequency:
            case Frequency.DAILY:
                return True
            case Frequency.WEEKDAYS | Frequency.WEEKLY:
                return day.weekday() in self.weekdays
            case Frequency.MONTHLY:
                last = calendar.monthrange(day.year, day.month)[1]
                return day.day == min(self.month_day, last)
            case Frequency.INSTANT:
                return False

    def slot_on(self, day: date) -> Slot | None:
        """Return the slot of a local day, or None where the day has or is none."""
        if not self.falls_on(day):
            return None
        zone = ZoneInfo(self.zone)
        due_at = _first_instant(datetime.combine(day, self.at), zone)
        if due_at.astimezone(zone).date() != day and not _exists(day, zone):
            return None  # The whole day was skipped by a move of the date line.
        return Slot(
            key=f"{day.isoformat()}T{self.at:%H:%M}",
            day=day,
            due_at=due_at,
            period=self.period_of(day),
        )

    def next_slot(self, after: datetime) -> Slot:
        """Return the first slot strictly later than an instant.

        Raises ValueError for an instant timetable and for one that never has a slot.
        """
        return self._search(after, step=1)

    def last_slot(self, until: datetime) -> Slot:
        """Return the newest slot not later than an instant; raises as next_slot."""
        return self._search(until, step=-1)

    def instant_slot(self, now: datetime) -> Slot:
        """Return the slot of an instant digest: the UTC minute, so at most one each."""
        minute = now.astimezone(UTC).replace(second=0, microsecond=0)
        key = f"{minute:%Y-%m-%dT%H:%M}Z"
        return Slot(key, now.astimezone(ZoneInfo(self.zone)).date(), minute, key)

    def _search(self, moment: datetime, *, step: int) -> Slot:
        day = moment.astimezone(ZoneInfo(self.zone)).date() - timedelta(days=step)
        for _ in range(_FARTHEST):
            slot = self.slot_on(day)
            if slot is not None and (slot.due_at > moment) == (step > 0):
                return slot
            day += timedelta(days=step)
        msg = f'digest "{self.digest_key}": a {self.frequency} timetable has no slot'
        raise ValueError(msg)

    def period_of(self, day: date) -> str:
        """Return the name of the local day, ISO week or month that a slot is for."""
        match self.frequency:
            case Frequency.WEEKLY:
                year, week, _ = day.isocalendar()
                return f"{year}-W{week:02}"
            case Frequency.MONTHLY:
                return f"{day:%Y-%m}"
            case _:
                return day.isoformat()


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a local day; of one that never was, what follows."""
    return _first_instant(datetime.combine(day, time(0, 0)), zone)


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Tell whether local clocks ever show a day; Greenland only cuts its last hour."""
    return day_begins(day, zone).astimezone(zone).date() == day


def _first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first UTC instant at which local clocks show or have passed a time."""
    early, late = sorted(
        wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)
    )
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    # In a gap: the two readings enclose the moment at which the clocks jumped.
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
