"""How fast to go when a provider says it is too fast: halve, then grow again.

A cut goes to half of what really passed. From there the rate grows by the same step
every second until just below where the trouble was, and then so slowly that the next
trouble is about a minute away: most of the time is spent near the limit, hardly any
message is turned away, and a limit that was lifted is found again.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from publisher.model.gate import Gate

__all__ = ["accepted", "cut", "effective_level", "grown", "is_passing"]

REST = timedelta(seconds=1)
"""How long nothing goes after a cut."""

GRACE = timedelta(seconds=3)
"""How long after a cut further complaints are about messages from before it."""

CALM = timedelta(minutes=10)
"""After so long without a cut the level is forgotten."""

STRETCH = timedelta(seconds=5)
"""How long a measurement of the real rate lasts."""

LEAST = 0.05
"""The lowest level: a message every twenty seconds keeps asking."""

LATELY = timedelta(seconds=30)
"""After so long without a message nobody knows whether any would pass."""

NEAR = 0.95
"""Of the ceiling: where growing becomes slow."""


def accepted(gate: Gate, count: int, now: datetime) -> Gate:
    """Count messages that passed."""
    if gate.passed_since is None or now - gate.passed_since >= 2 * STRETCH:
        return replace(gate, passed=count, passed_before=0, passed_since=now)
    if now - gate.passed_since >= STRETCH:
        return replace(gate, passed=count, passed_before=gate.passed, passed_since=now)
    return replace(gate, passed=gate.passed + count)


def is_passing(gate: Gate, now: datetime) -> bool:
    """Tell whether messages, be they of other processes, passed lately."""
    return gate.passed_since is not None and now - gate.passed_since < LATELY


def real_rate(gate: Gate, now: datetime) -> float:
    """Return how many messages per second passed lately."""
    if gate.passed_since is None:
        return 0.0
    span = max((now - gate.passed_since).total_seconds(), 1.0)
    if not gate.passed_before:
        return gate.passed / span
    return (gate.passed + gate.passed_before) / (span + STRETCH.total_seconds())


def cut(gate: Gate, now: datetime) -> Gate:
    """Come down after being told to, once for all that were under way."""
    if gate.cut_at is not None and now - gate.cut_at < GRACE:
        return gate
    ceiling = real_rate(gate, now)
    if gate.level is not None:
        ceiling = min(max(ceiling, gate.level / 2), gate.level)
    return replace(
        gate,
        ceiling=max(ceiling, 2 * LEAST),
        level=max(ceiling / 2, LEAST),
        cut_at=now,
        raised_at=now + REST,
        rest_until=now + REST,
    )


def grown(gate: Gate, now: datetime) -> Gate:
    """Grow for the time since the last look; messages passed meanwhile."""
    if gate.level is None or gate.raised_at is None or gate.cut_at is None:
        return gate
    if now - gate.cut_at >= CALM:
        return replace(gate, level=None, ceiling=0.0, rest_until=None)
    span = (now - gate.raised_at).total_seconds()
    if span <= 0:
        return gate
    level, near = gate.level, NEAR * gate.ceiling
    if level < near:
        level = min(level + span * gate.ceiling / 16, near)
    else:
        level += span * gate.ceiling / 1000
    return replace(gate, level=level, raised_at=now)


def effective_level(gate: Gate) -> timedelta | None:
    """Return the time between two messages that the level asks for."""
    return None if gate.level is None else timedelta(seconds=1 / gate.level)
