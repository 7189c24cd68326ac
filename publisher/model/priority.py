"""Whose mail goes first: what is urgent, and nobody waits for ever."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum

from publisher.model.timetable import Frequency

__all__ = ["Priority", "in_turn"]


class Priority(IntEnum):
    """How urgent the messages of a chunk are, the most urgent first."""

    INSTANT = 1
    DAILY = 2
    WEEKLY = 3

    @classmethod
    def of(cls, frequency: Frequency) -> "Priority":
        """Return how urgent a digest is: the oftener it comes, the sooner it is old."""
        match frequency:
            case Frequency.INSTANT:
                return cls.INSTANT
            case Frequency.DAILY | Frequency.WEEKDAYS:
                return cls.DAILY
            case Frequency.WEEKLY | Frequency.MONTHLY:
                return cls.WEEKLY

    @property
    def head_start(self) -> timedelta:
        """How much later than the least urgent a chunk may be ready and still go first.

        It ends: what has waited longer than that goes before what is more urgent.
        """
        return _HEAD_STARTS[self]


_HEAD_STARTS = {
    Priority.INSTANT: timedelta(hours=2),
    Priority.DAILY: timedelta(minutes=30),
    Priority.WEEKLY: timedelta(0),
}


def in_turn(oldest: Mapping[Priority, datetime]) -> list[Priority]:
    """Return the priorities in the order of their turn.

    `oldest` is since when the longest waiting chunk of each has been ready.
    """
    return sorted(oldest, key=lambda one: (oldest[one] - one.head_start, one))
