"""What a gate answers: takes in what happened, then gives slots if it may."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from publisher.model import backoff, breaker
from publisher.model.clocks_apart import by_our_clock
from publisher.model.gate import Answer, Feedback, Gate, Order, Tallies, Terms
from publisher.model.pace import HORIZON, Run, slots_from
from publisher.model.places import Places

__all__ = ["Obstacle", "answer", "day_left", "is_free", "obstacle"]

LEVEL_TOLERANCE = timedelta(milliseconds=50)
NO_SPACE = timedelta(0)
PROBE_TOLERANCE = timedelta(seconds=10)
"""How late the message that tries may be: its connection has to be opened anew."""
DAY_SLOTS = 50
"""How many messages of a day's allowance one process takes at a time."""
TROUBLED_SHARE = 0.02
"""Of a day's messages: with more turned away, warming up stays where it is."""


class Obstacle(NamedTuple):
    """Until when nothing passes, and why."""

    until: datetime
    why: str


def answer(
    gate: Gate,
    order: Order,
    tallies: Tallies,
    now: datetime,
    places: Places | None = None,
) -> Answer:
    """Return the gate after an order, with the slots it gives.

    None are given to a process that got no place for another message.
    """
    gate = _of_today(by_our_clock(gate, order.terms, now), order.terms, now)
    gate = _absorbed(gate, order, tallies, now)
    has_place = not (order.need and places) or places.count > order.need.under_way
    if not order.wants_slots or not has_place:
        return Answer(gate=gate, places=places)
    return replace(_served(gate, order, now), places=places)


def is_free(gate: Gate, terms: Terms) -> bool:
    """Tell whether nothing limits a gate, so that nobody need ask for slots."""
    return (
        terms.rate is None
        and gate.level is None
        and gate.open_until is None
        and day_left(gate, terms) is None
    )


def day_left(gate: Gate, terms: Terms) -> int | None:
    """Return how many more may go today while warming up; None: any number."""
    if gate.stage >= len(terms.warm_up):
        return None
    return max(terms.warm_up[gate.stage] - gate.day_count, 0)


def _next_day(now: datetime) -> datetime:
    """Return when the next day's allowance begins."""
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(0), UTC)


def obstacle(gate: Gate, terms: Terms, now: datetime) -> Obstacle | None:
    """Return what keeps messages from passing now, said so that "gmail …" is true."""
    shut_until = gate.probe_until or gate.open_until
    if gate.open_until is not None and shut_until is not None and now < shut_until:
        doing = "is tried by one message" if gate.probe_until else "is left alone"
        return Obstacle(shut_until, f"{doing}: {gate.reason}")
    if day_left(gate, terms) == 0:
        return Obstacle(_next_day(now), f"had its {gate.day_count} messages of today")
    if gate.rest_until is not None and now < gate.rest_until:
        return Obstacle(gate.rest_until, "asked us to slow down")
    if gate.next_at is not None and now < gate.next_at:
        left = (gate.next_at - now).total_seconds()
        span = f" for {left:.0f} s" if left > HORIZON.total_seconds() else ""
        return Obstacle(gate.next_at, f"bucket empty{span}")
    return None


def _of_today(gate: Gate, terms: Terms, now: datetime) -> Gate:
    """Begin a day; after one that went well, at the next stage of the plan."""
    today = now.astimezone(UTC).date()
    if gate.day_on is not None and today <= gate.day_on:
        return gate
    went_well = gate.day_count and gate.day_trouble <= TROUBLED_SHARE * gate.day_count
    stage = gate.stage + 1 if went_well and gate.stage < len(terms.warm_up) else None
    return replace(
        gate,
        day_on=today,
        day_count=0,
        day_trouble=0,
        stage=gate.stage if stage is None else stage,
    )


def _absorbed(gate: Gate, order: Order, tallies: Tallies, now: datetime) -> Gate:
    feedback, terms = order.feedback, order.terms
    trouble = feedback.throttled + feedback.blocked
    gate = replace(gate, day_trouble=gate.day_trouble + trouble)
    if terms.backs_off:
        gate = _paced(gate, feedback, now)
    if reason := feedback.trouble or _refusing(gate, feedback, now):
        return breaker.tripped(gate, reason, now, is_relay=True)
    if terms.breaks and (reason := breaker.judge(tallies)):
        gate = breaker.tripped(gate, reason, now, is_relay=False)
    is_probing = gate.probe_until is not None
    if is_probing and (feedback.blocked or feedback.throttled or feedback.crowded):
        gate = breaker.tripped(gate, gate.reason, now, is_relay=not terms.breaks)
    elif is_probing and feedback.passed:
        gate = breaker.closed(gate)
    return gate


def _refusing(gate: Gate, feedback: Feedback, now: datetime) -> str:
    """Return why a relay takes no connection; none where it takes those of others."""
    return "" if backoff.is_passing(gate, now) else feedback.crowded


def _paced(gate: Gate, feedback: Feedback, now: datetime) -> Gate:
    if feedback.passed:
        gate = backoff.accepted(gate, feedback.passed, now)
        gate = backoff.grown(gate, now)
    return backoff.cut(gate, now) if feedback.throttled else gate


def _served(gate: Gate, order: Order, now: datetime) -> Answer:
    """Give slots, unless something speaks against any."""
    terms = order.terms
    if gate.open_until is not None:
        if now < (gate.probe_until or gate.open_until):
            return Answer(gate=gate)
        return _probed(gate, terms, now)
    left = day_left(gate, terms)
    if left == 0 or (gate.rest_until is not None and now < gate.rest_until):
        return Answer(gate=gate)
    run = _run(gate, order, now)
    if left is not None and run.count > left:
        run = Run(run.first_at, run.spacing, run.tolerance, left)
    if not run.count:
        return Answer(gate=gate)
    next_at = run.end_at if run.spacing else gate.next_at
    served = replace(gate, next_at=next_at, day_count=gate.day_count + run.count)
    return Answer(gate=served, run=run)


def _run(gate: Gate, order: Order, now: datetime) -> Run:
    level, rate = backoff.effective_level(gate), order.terms.rate
    if rate is not None and (level is None or level <= rate.spacing):
        return slots_from(gate.next_at, now, rate.spacing, rate.tolerance, order.lead)
    if level is not None:
        tolerance = LEVEL_TOLERANCE
        if rate is not None:
            tolerance = min(tolerance, rate.tolerance)
        return slots_from(gate.next_at, now, level, tolerance)
    # Those of a day are of no use after it.
    return Run(now, NO_SPACE, _next_day(now) - now, DAY_SLOTS)


def _probed(gate: Gate, terms: Terms, now: datetime) -> Answer:
    """Give the slot of the one message that tries; limits hold for it as well."""
    run, next_at = Run(now, NO_SPACE, breaker.PROBE, 1), gate.next_at
    if terms.rate is not None:
        own = slots_from(next_at, now, terms.rate.spacing, terms.rate.tolerance)
        run = replace(own, count=min(own.count, 1), tolerance=PROBE_TOLERANCE)
        # However late it is used, it counts as a slot of then.
        next_at = run.end_at + max(PROBE_TOLERANCE - terms.rate.tolerance, NO_SPACE)
    if not run.count or day_left(gate, terms) == 0:
        return Answer(gate=gate)
    tried = replace(gate, next_at=next_at, day_count=gate.day_count + 1)
    return Answer(gate=breaker.probed(tried, now), run=run)
