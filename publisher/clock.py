"""The only place that reads the time; everything else is handed a clock."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import available_timezones

__all__ = ["Clock", "SteppedClock", "SystemClock", "known_zones"]


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
