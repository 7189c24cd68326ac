"""Limits on sending, exact over every window (law 13).

A limit of N messages in a window W is kept by slots: moments at which one message may
go, each good for a tolerance t and at least (W + t) / N apart. The messages of any
window [x, x + W) have their slots in (x - t, x + W), where there is room for N of them
and never for one more, however late within its tolerance each is used. (This is the
generic cell rate algorithm of ITU-T I.371 without bursts.)
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

__all__ = ["APART", "HORIZON", "Moments", "Rate", "Run", "parse_rate", "slots_from"]

APART = timedelta(minutes=5)
"""How far the clocks of machines may be apart before limits are no longer exact."""

HORIZON = timedelta(seconds=1)
"""How far ahead slots are taken: one transaction pays for a second's messages, and a
process that dies with its slots wastes no more than that."""

MAX_TOLERANCE = timedelta(seconds=10)
MAX_SLOTS = 5000
TICK = timedelta(microseconds=1)

_RATE = re.compile(r"([1-9][0-9]{0,6})/(s|min|h|day)")
_WINDOWS = {
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "day": timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` messages in any window of this length."""

    count: int
    window: timedelta

    @property
    def tolerance(self) -> timedelta:
        """How long after its moment a slot may be used."""
        return min(self.window / 20, MAX_TOLERANCE)

    @property
    def spacing(self) -> timedelta:
        """The least time between two slots, rounded up."""
        return -(-(self.window + self.tolerance) // (self.count * TICK)) * TICK

    @property
    def written(self) -> str:
        """The rate as it stands in the configuration."""
        units = {window: unit for unit, window in _WINDOWS.items()}
        return f"{self.count}/{units.get(self.window, self.window)}"

    @property
    def per_second(self) -> float:
        """Messages per second in the long run."""
        return self.count / self.window.total_seconds()


def parse_rate(text: str) -> Rate:
    """Return the rate that "20/s", "600/min", "5000/h" or "20000/day" says.

    Raises ValueError.
    """
    found = _RATE.fullmatch(text)
    if found is None:
        msg = 'must be a number of messages per s, min, h or day, such as "20/s"'
        raise ValueError(msg)
    return Rate(int(found[1]), _WINDOWS[found[2]])


class Moments(NamedTuple):
    """From when until when a slot may be used; both belong to it."""

    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """Slots in a row: `count` of them, the first at `first_at`."""

    first_at: datetime
    spacing: timedelta
    tolerance: timedelta
    count: int

    @property
    def end_at(self) -> datetime:
        """The earliest moment of the slot after the last."""
        return self.first_at + self.spacing * self.count

    def moments(self) -> list[Moments]:
        """Return each of them, the soonest first."""
        firsts = (self.first_at + self.spacing * each for each in range(self.count))
        return [Moments(first_at, first_at + self.tolerance) for first_at in firsts]


def slots_from(
    next_at: datetime | None,
    now: datetime,
    spacing: timedelta,
    tolerance: timedelta,
    lead: timedelta = timedelta(0),
) -> Run:
    """Return the slots of the next second and `lead`, none before `next_at`."""
    first_at = now if next_at is None else max(next_at, now)
    room = now + HORIZON + lead - first_at
    count = min(room // spacing + 1, MAX_SLOTS) if room >= timedelta(0) else 0
    return Run(first_at, spacing, tolerance, count)
