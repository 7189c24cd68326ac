"""When to leave a provider or a relay alone, and how to try again.

Thresholds have least numbers: one complaint about the first three messages is no rate.
A provider that is left alone keeps its readers waiting; nobody else notices.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from publisher.model.gate import Gate, Tally
from publisher.model.redaction import without_addresses

__all__ = ["SPANS", "closed", "judge", "probed", "rest_after", "tripped"]


class Threshold(NamedTuple):
    """Pause at this share, given so many messages and so many events."""

    event: str
    span: timedelta
    share: float
    least_messages: int
    least_events: int
    told: str


DAY, HOUR, MINUTES = timedelta(days=1), timedelta(hours=1), timedelta(minutes=10)
THRESHOLDS = (
    Threshold("complained", DAY, 0.003, 1000, 5, "complaints in 24 hours"),
    Threshold("bounced", HOUR, 0.10, 200, 20, "bounces in an hour"),
    Threshold("blocked", MINUTES, 0.0, 0, 20, "messages blocked in 10 minutes"),
)
SPANS = (DAY, HOUR, MINUTES)

PROVIDER_REST = timedelta(minutes=15)
MOST_PROVIDER_REST = timedelta(hours=4)
RELAY_REST = timedelta(seconds=5)
MOST_RELAY_REST = timedelta(minutes=5)
PROBE = timedelta(minutes=2)
"""How long a probe may take before another is sent."""


def judge(tallies: Mapping[timedelta, Tally]) -> str:
    """Return why a provider must be left alone; empty when it need not be."""
    for threshold in THRESHOLDS:
        tally = tallies.get(threshold.span, Tally())
        events = int(getattr(tally, threshold.event))
        messages = tally.passed + tally.blocked + tally.bounced
        if (
            events >= threshold.least_events
            and messages >= threshold.least_messages
            and events >= threshold.share * messages
        ):
            return f"{events} {threshold.told}, of {messages} messages"
    return ""


def tripped(gate: Gate, reason: str, now: datetime, *, is_relay: bool) -> Gate:
    """Leave it alone, twice as long every time in a row."""
    if gate.open_until is not None and now < gate.open_until:
        return gate
    rest = rest_after(gate.trips, is_relay=is_relay)
    return replace(
        gate,
        open_until=now + rest,
        probe_until=None,
        reason=without_addresses(reason)[:200],
        trips=gate.trips + 1,
        counted_from=now + rest,
    )


def rest_after(trips: int, *, is_relay: bool) -> timedelta:
    """Return how long to leave it alone that was so often before, in a row."""
    first, most = PROVIDER_REST, MOST_PROVIDER_REST
    if is_relay:
        first, most = RELAY_REST, MOST_RELAY_REST
    return min(first * (1 << min(trips, 10)), most)


def probed(gate: Gate, now: datetime) -> Gate:
    """Let one message try."""
    return replace(gate, probe_until=now + PROBE)


def closed(gate: Gate) -> Gate:
    """Go on as before: a message passed."""
    return replace(gate, open_until=None, probe_until=None, reason="", trips=0)
