"""What one process knows of the gates: the state it was told, and slots it holds."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.digests.lead import Lead
from publisher.digests.pacing import Wait
from publisher.digests.places import FRESH, OwnPlaces, State
from publisher.model.gate import NOTHING, Answer, Feedback, Gate, Order, Terms
from publisher.model.pace import Run
from publisher.model.passage import Obstacle, day_left, is_free, obstacle

__all__ = ["Door", "chosen", "take_slots", "tell", "unknown_of"]

LOOK = timedelta(seconds=5)
"""How often a shut gate is looked at: an operator may have opened it."""

AT_ONCE = timedelta(0)

SOON = timedelta(milliseconds=50)
"""How soon to ask again while messages that came too late for their slots go first."""

_log = logging.getLogger("publisher.digests")


@dataclass(kw_only=True)
class Door:
    """One gate as this process sees it; `name` is how operators know it.

    Messages pass it after a `lead`, so a slot is taken that much ahead of its moment.
    `places` bounds the messages under way through it; None: any number may be. So many
    messages are `late`: they have their connections, and wait for another slot.
    """

    key: str
    name: str
    terms: Terms
    lead: Lead
    places: OwnPlaces | None = None
    weight: int = 1
    credit: int = 0
    gate: Gate | None = None
    known_at: datetime | None = None
    run: Run | None = None
    shut: Wait | None = None
    feedback: Feedback = NOTHING
    is_urgent: bool = False
    late: int = 0
    _ahead: timedelta = AT_ONCE

    @property
    def is_exact(self) -> bool:
        """Whether a limit is configured, which no message may break."""
        if self.terms.rate is not None:
            return True
        warms_up = bool(self.terms.warm_up)
        return warms_up and (
            self.gate is None or day_left(self.gate, self.terms) is not None
        )

    def order(self, *, wants_slots: bool, wants_places: bool = True) -> Order:
        """Return what to ask of the gate, with what happened since the last time."""
        feedback, self.feedback = self.feedback, NOTHING
        self.is_urgent = False
        has_slots = self.run is not None and self.run.count > 0
        self._ahead = self.lead.span if wants_places else AT_ONCE
        return Order(
            key=self.key,
            terms=self.terms,
            feedback=feedback,
            wants_slots=wants_slots and not has_slots,
            need=self.places.need() if self.places and wants_places else None,
        )

    def take_in(self, answer: Answer, now: datetime) -> bool:
        """Know what the gate answered; return whether there are more places now."""
        if self.gate is not None:
            tell(self.gate, answer.gate)
        self._know(answer.gate, answer.run, now)
        places = self.places
        if places is None or not places.is_asking:
            return False
        return places.take_in(answer.places, now)

    def _know(self, gate: Gate, run: Run | None, now: datetime) -> None:
        self.gate, self.known_at = gate, now
        is_open = is_free(gate, self.terms)
        if is_open or run is not None:
            usable = run.without_late(now + self._ahead) if run is not None else None
            self.run = None if is_open else usable
        has_slots = self.run is not None and self.run.count
        if is_open or has_slots:
            self.shut = None
            return
        soon = now + SOON
        found = obstacle(gate, self.terms, now) or Obstacle(soon, "bucket empty")
        is_slot = found.until == gate.next_at
        until = found.until - self._ahead if is_slot else found.until
        self.shut = Wait(max(until, soon), f"{self.name} {found.why}")

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
        if self.places is not None and self.places.is_asking:
            self.places.forget()

    @property
    def has_places(self) -> bool:
        """Whether the store must hear of this process again."""
        return self.places is not None and self.places.is_kept

    @property
    def is_probing(self) -> bool:
        """Whether what passes now is the one message that tries."""
        return self.gate is not None and self.gate.probe_until is not None

    def state(self, now: datetime, *, has_place: bool = False) -> State | Wait:
        """Return whether a message may go, or the gate must be asked, or a wait.

        A place is sought only where nothing else is waited for, and no slots are asked
        for without one: what one process holds in vain, another lacks. Who has its
        place has come to its beginning as well, and has no lead any more.
        """
        gate, places = self.gate, None if has_place else self.places
        ahead = AT_ONCE if has_place else self.lead.span
        if gate is None or self.known_at is None or self.is_urgent:
            return _unknown(places)
        if is_free(gate, self.terms):
            is_stale = now - self.known_at >= FRESH
            return _unknown(places) if is_stale else _placed(places, now)
        if self.late and not has_place:
            return Wait(now + SOON, f"{self.name} has others that go first")
        self.run = self.run.without_late(now + ahead) if self.run else None
        if self.run is not None and self.run.count:
            due_at = self.run.first_at - ahead
            why = f"{self.name} bucket empty"
            return _placed(places, now) if due_at <= now else Wait(due_at, why)
        if self.shut is None or now >= min(self.shut.until, self.known_at + LOOK):
            place = _placed(places, now)
            return place if isinstance(place, Wait) else State.UNKNOWN
        return self.shut

    def use_slot(self) -> tuple[datetime, datetime] | None:
        """Take the slot that `state` found; return from when until when it is good."""
        run = self.run
        if run is None or not run.count:
            return None
        self.run = run.without_first()
        return run.first_at, run.first_at + run.tolerance

    def use_place(self) -> None:
        """Take the place that `state` found."""
        if self.places is not None:
            self.places.under_way += 1

    def leave(self) -> None:
        """Give back the place; the slot is used."""
        if self.places is not None:
            self.places.under_way -= 1


def _unknown(places: OwnPlaces | None) -> State:
    if places is not None:
        places.seek()
    return State.UNKNOWN


def _placed(places: OwnPlaces | None, now: datetime) -> State | Wait:
    return State.OPEN if places is None else places.state(now)


def chosen(relays: Sequence[Door]) -> Door | None:
    """Return the relay whose turn it is: each in proportion to its weight."""
    if not relays:
        return None
    for relay in relays:
        relay.credit += relay.weight
    chosen = max(relays, key=lambda relay: relay.credit)
    chosen.credit -= sum(relay.weight for relay in relays)
    return chosen


def tell(before: Gate, after: Gate) -> None:
    """Log what operators want to know of a gate."""
    if after.open_until is not None and after.trips > before.trips:
        until = after.open_until.isoformat(timespec="seconds")
        _log.warning(
            "gate.shut gate=%s until=%s reason=%s", after.key, until, after.reason
        )
    elif before.open_until is not None and after.open_until is None:
        _log.info("gate.opened gate=%s", after.key)
    if after.level is not None and after.cut_at != before.cut_at:
        _log.warning("gate.slowed gate=%s per_second=%.2f", after.key, after.level)


def take_slots(doors: Sequence[Door], now: datetime) -> Wait | list[Door] | None:
    """Take slots for a message that has its places: None; a wait, or whom to ask."""
    states = [door.state(now, has_place=True) for door in doors]
    waits = [state for state in states if isinstance(state, Wait)]
    if waits:
        return max(waits, key=lambda wait: wait.until)
    if unknown := unknown_of(doors, now):
        return unknown
    for door in doors:
        door.use_slot()
    return None


def unknown_of(doors: Sequence[Door], now: datetime) -> list[Door]:
    """Return the gates to ask before a message that has its places may go on."""
    return [d for d in doors if d.state(now, has_place=True) is State.UNKNOWN]
