"""What to open for a slot that is found late, after nobody was running.

Whatever the policy, a slot that is later than `max_lateness` never fires by itself.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.model.digest import CatchUp, DigestRule
from publisher.model.timetable import Slot, Timetable

__all__ = ["PUNCTUAL", "LastEdition", "Step", "next_step"]

PUNCTUAL = timedelta(minutes=10)
"""A slot found within this time is on time: planning those before it may take long."""

TURN = timedelta(hours=1)
"""How long a slot that is caught up waits for the edition before it to be finished."""

MOST_TOLD = 31
"""So many of the slots that were passed over are recorded: a month of days."""

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
    to its own moment. `passed_over` are the slots before it that nobody looked at, the
    newest of them.
    """

    look_at: datetime
    open: Slot | None = None
    missed: Slot | None = None
    is_behind: bool = False
    passed_over: tuple[Slot, ...] = ()


def next_step(
    rule: DigestRule,
    timetable: Timetable,
    last: LastEdition | None,
    first_due_at: datetime,
    now: datetime,
) -> Step:
    """Return what to do about a timetable whose slot has come.

    `last` is its newest edition; `first_due_at` the first slot not looked at yet.
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
    is_missed = is_late or rule.expires_at(timetable, slot) <= now
    return Step(
        look_at=look_at,
        open=None if is_missed else slot,
        missed=slot if is_missed else None,
        is_behind=is_behind and not is_missed,
        passed_over=_passed_over(timetable, last, first_due_at, slot),
    )


def _passed_over(
    timetable: Timetable,
    last: LastEdition | None,
    first_due_at: datetime,
    chosen: Slot,
) -> tuple[Slot, ...]:
    """Return the newest slots before one, of those that should have had an edition."""
    found: deque[Slot] = deque(maxlen=MOST_TOLD)
    before = first_due_at - timedelta(microseconds=1)
    slot = timetable.next_slot(max(before, last.due_at) if last else before)
    while slot.due_at < chosen.due_at:
        found.append(slot)
        slot = timetable.next_slot(slot.due_at)
    return tuple(found)


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
