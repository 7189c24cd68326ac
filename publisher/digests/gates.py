"""What one process knows of the gates: the state it was told, and slots it holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from publisher.digests.pacing import Wait
from publisher.model.gate import NOTHING, Feedback, Gate, Order, Terms
from publisher.model.pace import Run
from publisher.model.passage import Obstacle, is_free, obstacle

__all__ = ["Door", "State"]

FRESH = timedelta(seconds=1)
"""How old may be what a process knows of a gate that lets everything pass."""
LOOK = timedelta(seconds=5)
"""How often a shut gate is looked at: an operator may have opened it."""
UNTIL_REPORTED = timedelta(seconds=60)


class State(Enum):
    """What a process may do at a gate."""

    OPEN = "open"
    UNKNOWN = "unknown"


@dataclass(kw_only=True)
class Door:
    """One gate as this process sees it; `name` is how operators know it.

    `connections` bounds the messages under way through it; 0: any number.
    """

    key: str
    name: str
    terms: Terms
    connections: int = 0
    weight: int = 1
    credit: int = 0
    under_way: int = 0
    gate: Gate | None = None
    known_at: datetime | None = None
    run: Run | None = None
    shut: Wait | None = None
    feedback: Feedback = NOTHING
    is_urgent: bool = False

    def order(self, *, wants_slots: bool) -> Order:
        """Return what to ask of the gate, with what happened since the last time."""
        feedback, self.feedback = self.feedback, NOTHING
        self.is_urgent = False
        return Order(
            key=self.key, terms=self.terms, feedback=feedback, wants_slots=wants_slots
        )

    def take_in(self, gate: Gate, run: Run | None, now: datetime) -> None:
        """Know what the gate answered."""
        self.gate, self.known_at = gate, now
        is_open = is_free(gate, self.terms)
        if is_open or run is not None:
            self.run = None if is_open else run
        has_slots = self.run is not None and self.run.count
        if is_open or has_slots:
            self.shut = None
            return
        soon = now + timedelta(milliseconds=1)
        found = obstacle(gate, self.terms, now) or Obstacle(soon, "bucket empty")
        self.shut = Wait(max(found.until, soon), f"{self.name} {found.why}")

    def note(self, feedback: Feedback) -> None:
        """Remember what happened; trouble is told before anything else passes."""
        self.feedback += feedback
        is_bad = feedback.throttled or feedback.blocked or feedback.trouble
        if is_bad or (feedback and self.is_probing):
            self.is_urgent = True
            self.run = None

    @property
    def is_probing(self) -> bool:
        """Whether what passes now is the one message that tries."""
        return self.gate is not None and self.gate.probe_until is not None

    def state(self, now: datetime) -> State | Wait:
        """Return whether a message may go, or the gate must be asked, or a wait."""
        gate = self.gate
        if gate is None or self.known_at is None or self.is_urgent:
            return State.UNKNOWN
        if self.connections and self.under_way >= self.connections:
            why = f"{self.name} has its {self.connections} messages under way"
            return Wait(now + UNTIL_REPORTED, why)
        if is_free(gate, self.terms):
            is_stale = now - self.known_at >= FRESH
            return State.UNKNOWN if is_stale else State.OPEN
        self.run = self.run.without_late(now) if self.run else None
        if self.run is not None and self.run.count:
            is_due = self.run.first_at <= now
            why = f"{self.name} bucket empty"
            return State.OPEN if is_due else Wait(self.run.first_at, why)
        if self.shut is None or now >= min(self.shut.until, self.known_at + LOOK):
            return State.UNKNOWN
        return self.shut

    def use(self) -> None:
        """Take the slot that `state` found."""
        self.under_way += 1
        if self.run is not None and self.run.count:
            self.run = self.run.without_first()
