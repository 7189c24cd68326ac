"""What a clock that was far ahead has shown, set right.

Machines share gates, and each writes times by its own clock. A time that is further
away than anything may be would keep everybody from sending until it has come.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from publisher.model import backoff, breaker
from publisher.model.gate import Gate, Terms
from publisher.model.pace import APART, HORIZON

__all__ = ["by_our_clock", "is_ahead"]


def is_ahead(moment: datetime, now: datetime, longest: timedelta) -> bool:
    """Tell whether to wait for a moment; one too far off shows a clock was set back."""
    return timedelta(0) < moment - now <= longest


def by_our_clock(gate: Gate, terms: Terms, now: datetime) -> Gate:
    """Return a gate without times that only a clock far ahead can have written."""

    def or_now(moment: datetime | None, most: timedelta = HORIZON) -> datetime | None:
        is_too_far = moment is not None and moment > now + most + APART
        return now if is_too_far else moment

    rest = breaker.rest_after(max(gate.trips - 1, 0), is_relay=not terms.breaks)
    spacings = [terms.rate.spacing] if terms.rate else []
    level = backoff.effective_level(gate)
    spacing = max([*spacings, *([level] if level else [])], default=HORIZON)
    today = now.astimezone(UTC).date()
    is_day_ahead = gate.day_on is not None and gate.day_on > (now + APART).date()
    return replace(
        gate,
        next_at=or_now(gate.next_at, HORIZON + spacing),
        cut_at=or_now(gate.cut_at),
        raised_at=or_now(gate.raised_at),
        rest_until=or_now(gate.rest_until),
        open_until=or_now(gate.open_until, rest),
        probe_until=or_now(gate.probe_until, breaker.PROBE),
        counted_from=or_now(gate.counted_from, rest),
        passed_since=or_now(gate.passed_since),
        day_on=today if is_day_ahead else gate.day_on,
    )
