"""The only place that reads the time; everything else is handed a clock."""

from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from typing import Protocol
from zoneinfo import available_timezones

__all__ = [
    "Clock",
    "SteppedClock",
    "SystemClock",
    "known_zones",
    "zone_meant",
    "zones_of_places",
]


class Clock(Protocol):
    """Tell the time as an aware UTC datetime."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


class SteppedClock:
    """A clock that moves only when told to: for tests and simulations."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            msg = f"a clock cannot start at the naive time {start.isoformat()}"
            raise ValueError(msg)
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant the clock was last moved to."""
        return self._now

    def move(self, span: timedelta) -> datetime:
        """Move by a span and return the new instant."""
        self._now += span
        return self._now

    def move_to(self, instant: datetime) -> datetime:
        """Move to an instant and return it."""
        self._now = instant.astimezone(UTC)
        return self._now


@cache
def known_zones() -> frozenset[str]:
    """Return the names of all IANA zones; to find them, hundreds of files are read."""
    return frozenset(available_timezones())


@cache
def zones_of_places() -> tuple[str, ...]:
    """Return the zones that may be proposed to who wrote an unknown one, in order.

    The others tell how far they are from UTC, with the sign turned round: who went from
    "GMT+5" to Etc/GMT+5 would be ten hours off.
    """
    known = sorted(known_zones())
    return tuple(zone for zone in known if "/" in zone and not zone.startswith("Etc/"))


def zone_meant(name: str) -> str:
    """Return the zone of the same place, or else the nearest one, or nothing."""
    zones = zones_of_places()
    place = name.rpartition("/")[2].casefold()
    of_place = [zone for zone in zones if zone.rpartition("/")[2].casefold() == place]
    return next(iter(of_place or get_close_matches(name, zones, n=1)), "")
