"""What one process knows of the gates: the state it was told, and slots it holds."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from publisher.digests.pacing import Wait
from publisher.digests.places import FRESH, OwnPlaces, State
from publisher.model.gate import NOTHING, PASSED, Answer, Feedback, Gate, Order, Terms
from publisher.model.pace import HORIZON, Moments, Run
from publisher.model.passage import Obstacle, day_left, is_free, obstacle

__all__ = ["AT_ONCE", "SOON", "Door", "Step", "chosen"]

LOOK = timedelta(seconds=5)
"""How often a shut gate is looked at: an operator may have opened it."""

SOON = timedelta(milliseconds=50)
"""How soon a gate is asked again that had no slot to give."""

STALLED = timedelta(seconds=2)
"""How long a message may be on its way until others may have the slot meant for it."""

AT_ONCE = timedelta(0)
NOWHERE = (None, None)

_log = logging.getLogger("publisher.digests")


class Step(Enum):
    """What a message asks leave for at a gate; who is further is served before."""

    SET_OUT = "set out"
    BEGIN = "begin"
    GO = "go"


@dataclass(kw_only=True)
class Door:
    """One gate as this process sees it; `name` is how operators know it.

    `slots` are those this process has, the soonest first. Where a limit is exact they
    are used by whoever passes next, and messages were granted for them that are
    `coming`, `waiting` to begin, or `begun` since when; elsewhere a message uses one
    when it is granted. `places` bounds the messages under way through it; None: any
    number may be.

    What the gate's state means is known once and not asked for each message: whether it
    `is_free` of all limits; `is_exact`, as a limit is configured, which no message may
    break; and `is_probing`, so that what passes now is the one message that tries.
    """

    key: str
    name: str
    terms: Terms
    places: OwnPlaces | None = None
    weight: int = 1
    credit: int = 0
    gate: Gate | None = None
    known_at: datetime | None = None
    slots: list[Moments] = field(default_factory=list)
    coming: dict[int, datetime] = field(default_factory=dict)
    waiting: int = 0
    begun: dict[int, datetime] = field(default_factory=dict)
    shut: Wait | None = None
    is_urgent: bool = False
    is_free: bool = field(init=False, default=False)
    is_exact: bool = field(init=False)
    is_probing: bool = field(init=False, default=False)
    _feedback: Feedback = NOTHING
    _passed: int = 0

    def __post_init__(self) -> None:
        """Take a limit for granted that the gate may turn out to be done with."""
        self.is_exact = self.terms.rate is not None or bool(self.terms.warm_up)

    @property
    def feedback(self) -> Feedback:
        """What happened here that the gate has not been told yet."""
        return self._feedback + Feedback(passed=self._passed)

    def order(
        self, lead: timedelta, *, wants_slots: bool, step: Step = Step.SET_OUT
    ) -> Order:
        """Return what to ask of the gate, with what happened since the last time.

        Who has set out has its place.
        """
        feedback = self.feedback
        self._feedback, self._passed = NOTHING, 0
        self.is_urgent = False
        return Order(
            key=self.key,
            terms=self.terms,
            feedback=feedback,
            wants_slots=wants_slots and len(self.slots) <= self._meant(step),
            lead=lead,
            need=self.places.need() if self.places and step is Step.SET_OUT else None,
        )

    def take_in(self, answer: Answer, now: datetime) -> bool:
        """Know what the gate answered; return whether there are more places now."""
        if self.gate is not None:
            _tell(self.gate, answer.gate)
        self._know(answer.gate, answer.run, now)
        places = self.places
        if places is None or not places.is_asking:
            return False
        return places.take_in(answer.places, now)

    def _know(self, gate: Gate, run: Run | None, now: datetime) -> None:
        self.gate, self.known_at = gate, now
        warms_up = day_left(gate, self.terms) is not None
        self.is_exact = self.terms.rate is not None or warms_up
        self.is_probing = gate.probe_until is not None
        self.is_free = is_free(gate, self.terms)
        if self.is_free:
            self.slots, self.shut = [], None
        elif run is not None and run.count:
            self.slots += run.moments()
            self.shut = None
        else:
            soon = now + SOON
            found = obstacle(gate, self.terms, now) or Obstacle(soon, "bucket empty")
            # Slots are given a second before their time.
            is_slot = self.is_exact and found.until == gate.next_at
            until = found.until - HORIZON if is_slot else found.until
            if self.is_probing:
                until = min(until, now + LOOK)  # What it comes to is known sooner.
            self.shut = Wait(max(until, soon), f"{self.name} {found.why}")

    def note(self, feedback: Feedback) -> None:
        """Remember what happened; trouble is told before anything else passes."""
        if feedback is PASSED and not self.is_probing:
            self._passed += 1  # Said so often that it is counted only.
            return
        self._feedback += feedback
        is_bad = feedback.throttled or feedback.blocked or feedback.trouble
        if is_bad or (self.is_probing and feedback):
            self.is_urgent = True
            self.slots = []

    def not_heard(self, feedback: Feedback) -> None:
        """Tell it the next time; nobody knows whether the store heard of our places."""
        self.note(feedback)
        if self.places is not None and self.places.is_asking:
            self.places.forget()

    @property
    def has_places(self) -> bool:
        """Whether the store must hear of this process again."""
        return self.places is not None and self.places.is_kept

    def state(
        self, now: datetime, lead: timedelta = AT_ONCE, step: Step = Step.SET_OUT
    ) -> State | Wait:
        """Return whether a message may take a step, or to ask the gate, or a wait.

        It will pass after `lead`; who has set out has its place. A place is sought only
        where nothing else is waited for, and no slots are asked for without one: what
        one process holds in vain, another lacks.
        """
        gate, places = self.gate, self.places if step is Step.SET_OUT else None
        if self.known_at is not None and self.known_at > now + LOOK:
            # A clock was set back: we have slots of hours to come, and wait for them.
            self.known_at, self.slots = None, []
        if gate is None or self.known_at is None or self.is_urgent:
            return _unknown(places)
        if self.is_free:
            is_stale = now - self.known_at >= FRESH
            return _unknown(places) if is_stale else _placed(places, now)
        self._forget_late(now)
        meant = self._meant(step)
        if meant < len(self.slots):
            due_at = self.slots[meant].first_at - (lead if self.is_exact else AT_ONCE)
            why = f"{self.name} bucket empty"
            return _placed(places, now) if due_at <= now else Wait(due_at, why)
        if self.shut is None or now >= min(self.shut.until, self.known_at + LOOK):
            place = _placed(places, now)
            return place if isinstance(place, Wait) else State.UNKNOWN
        return self.shut

    def _meant(self, step: Step) -> int:
        """Return how many slots are meant for others who go before."""
        if step is Step.GO:
            return 0
        begun = len(self.begun)
        return begun if step is Step.BEGIN else len(self.coming) + self.waiting + begun

    def _forget_late(self, now: datetime) -> None:
        """Forget slots that are over, and messages that do not come."""
        while self.slots and self.slots[0].last_at < now:
            del self.slots[0]
        while self.coming:
            number, taken_at = next(iter(self.coming.items()))
            if now - taken_at < STALLED:
                break
            del self.coming[number]

    def use(self, number: int, now: datetime) -> None:
        """Take the place that `state` found; and its slot, which may be used later.

        `number` tells the message from others until it begins or ends.
        """
        if self.places is not None:
            self.places.under_way += 1
        if self.is_exact and self.slots:
            self.coming[number] = now
        elif self.slots:
            del self.slots[0]

    def use_slot(self) -> None:
        """Take the slot that `state` found for who passes."""
        if self.slots:
            del self.slots[0]

    def leave(self, number: int, *, was_tried: bool) -> None:
        """Give back the place; a message that was tried and did not pass costs a slot.

        Who asks a provider a hundred times a second is not below its limit for being
        refused. One that was not tried leaves its slot to others.
        """
        found = self.coming.pop(number, None), self.begun.pop(number, None)
        if was_tried and found != NOWHERE:
            self.use_slot()
        if self.places is not None:
            self.places.under_way -= 1


def _unknown(places: OwnPlaces | None) -> State:
    if places is not None:
        places.seek()
    return State.UNKNOWN


def _placed(places: OwnPlaces | None, now: datetime) -> State | Wait:
    return State.OPEN if places is None else places.state(now)


def chosen(relays: Sequence[Door], states: Sequence[State | Wait]) -> Door | None:
    """Return the open relay whose turn it is: each in proportion to its weight."""
    pairs = zip(relays, states, strict=True)
    usable = [relay for relay, state in pairs if state is State.OPEN]
    if not usable[1:]:
        return next(iter(usable), None)
    for relay in usable:
        relay.credit += relay.weight
    chosen = max(usable, key=lambda relay: relay.credit)
    chosen.credit -= sum(relay.weight for relay in usable)
    return chosen


def _tell(before: Gate, after: Gate) -> None:
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
