"""What to open for a slot that is found late, after nobody was running.

Whatever the policy, a slot that is later than `max_lateness` never fires by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.model.digest import CatchUp, DigestRule
from publisher.model.timetable import Slot, Timetable

__all__ = ["PUNCTUAL", "LastEdition", "Step", "next_step"]

PUNCTUAL = timedelta(minutes=10)
"""A slot found within this time is on time: planning those before it may take long."""

TURN = timedelta(hours=1)
"""How long a slot that is caught up waits for the edition before it to be finished."""

AGAIN = timedelta(minutes=1)
"""When to look again for the next slot to be caught up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastEdition:
    """The newest edition of a timetable, missed ones included."""

    due_at: datetime
    opened_at: datetime
    is_finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to do about a timetable now: open or miss a slot, and when to look again.

    `is_behind` says that newer slots have come as well: the edition then reaches only
    to its own moment.
    """

    look_at: datetime
    open: Slot | None = None
    missed: Slot | None = None
    is_behind: bool = False


def next_step(
    rule: DigestRule,
    timetable: Timetable,
    last: LastEdition | None,
    first_due_at: datetime,
    now: datetime,
) -> Step:
    """Return what to do about a timetable whose slot has come.

    `last` is its newest edition; `first_due_at` where to begin when there is none.
    """
    newest = timetable.last_slot(now)
    slot, look_at = newest, timetable.next_slot(now).due_at
    if rule.catch_up is CatchUp.ALL:
        oldest = _oldest_open(rule, timetable, last, first_due_at, now)
        if oldest.due_at <= newest.due_at:
            slot = oldest
            is_late = now - slot.due_at > PUNCTUAL
            if (
                is_late
                and last
                and not last.is_finished
                and last.opened_at > now - TURN
            ):
                return Step(look_at=min(now + AGAIN, look_at))
    is_behind = slot.due_at < newest.due_at
    if is_behind:
        look_at = min(now + AGAIN, look_at)
    is_late = rule.catch_up is CatchUp.NONE and now - slot.due_at > PUNCTUAL
    if is_late or rule.expires_at(timetable, slot) <= now:
        return Step(look_at=look_at, missed=slot)
    return Step(look_at=look_at, open=slot, is_behind=is_behind)


def _oldest_open(
    rule: DigestRule,
    timetable: Timetable,
    last: LastEdition | None,
    first_due_at: datetime,
    now: datetime,
) -> Slot:
    """Return the oldest slot without an edition that is not too late."""
    before = last.due_at if last else first_due_at - timedelta(microseconds=1)
    return timetable.next_slot(max(before, now - rule.max_lateness))
