"""What one process knows of the gates: the state it was told, and slots it holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.digests.pacing import Wait
from publisher.digests.places import FRESH, OwnPlaces, State
from publisher.model.gate import NOTHING, Answer, Feedback, Gate, Order, Terms
from publisher.model.pace import Run
from publisher.model.passage import Obstacle, is_free, obstacle

__all__ = ["Door"]

LOOK = timedelta(seconds=5)
"""How often a shut gate is looked at: an operator may have opened it."""


@dataclass(kw_only=True)
class Door:
    """One gate as this process sees it; `name` is how operators know it.

    `places` bounds the messages under way through it; None: any number may be.
    """

    key: str
    name: str
    terms: Terms
    places: OwnPlaces | None = None
    weight: int = 1
    credit: int = 0
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
        has_slots = self.run is not None and self.run.count > 0
        return Order(
            key=self.key,
            terms=self.terms,
            feedback=feedback,
            wants_slots=wants_slots and not has_slots,
            need=self.places.need() if self.places else None,
        )

    def take_in(self, answer: Answer, now: datetime) -> bool:
        """Know what the gate answered; return whether there are more places now."""
        self._know(answer.gate, answer.run, now)
        return self.places is not None and self.places.take_in(answer.places, now)

    def _know(self, gate: Gate, run: Run | None, now: datetime) -> None:
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

    def not_heard(self, feedback: Feedback) -> None:
        """Tell it the next time; nobody knows whether the store heard of our places."""
        self.note(feedback)
        if self.places is not None:
            self.places.forget()

    @property
    def has_places(self) -> bool:
        """Whether the store must hear of this process again."""
        return self.places is not None and self.places.is_kept

    @property
    def is_probing(self) -> bool:
        """Whether what passes now is the one message that tries."""
        return self.gate is not None and self.gate.probe_until is not None

    def state(self, now: datetime) -> State | Wait:
        """Return whether a message may go, or the gate must be asked, or a wait.

        A place is sought only where nothing else is waited for, and no slots are asked
        for without one: what one process holds in vain, another lacks.
        """
        gate = self.gate
        if gate is None or self.known_at is None or self.is_urgent:
            return self._unknown()
        if is_free(gate, self.terms):
            is_stale = now - self.known_at >= FRESH
            return self._unknown() if is_stale else self._place(now)
        self.run = self.run.without_late(now) if self.run else None
        if self.run is not None and self.run.count:
            is_due = self.run.first_at <= now
            why = f"{self.name} bucket empty"
            return self._place(now) if is_due else Wait(self.run.first_at, why)
        if self.shut is None or now >= min(self.shut.until, self.known_at + LOOK):
            place = self._place(now)
            return place if isinstance(place, Wait) else State.UNKNOWN
        return self.shut

    def _unknown(self) -> State:
        if self.places is not None:
            self.places.seek()
        return State.UNKNOWN

    def _place(self, now: datetime) -> State | Wait:
        return State.OPEN if self.places is None else self.places.state(now)

    def use(self) -> None:
        """Take the slot that `state` found, and the place."""
        if self.places is not None:
            self.places.under_way += 1
        if self.run is not None and self.run.count:
            self.run = self.run.without_first()

    def leave(self) -> None:
        """Give back the place; the slot is used."""
        if self.places is not None:
            self.places.under_way -= 1
