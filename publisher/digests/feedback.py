"""What the outcome of a message says about the gates it passed."""

from publisher.model.gate import Feedback
from publisher.model.reply import Kind, Outcome

__all__ = ["at_provider", "at_relay"]


def at_provider(outcome: Outcome) -> Feedback:
    """Return what an outcome says about the provider."""
    if outcome.is_common:
        return Feedback()
    if outcome.kind is Kind.SENT:
        return Feedback(passed=1)
    if outcome.kind is Kind.REFUSED:
        return Feedback(bounced=1)
    if outcome.is_policy:
        return Feedback(blocked=1)
    return Feedback(throttled=1) if outcome.is_throttle else Feedback()


def at_relay(outcome: Outcome) -> Feedback:
    """Return what an outcome says about the relay: whether it works for any message."""
    if outcome.is_common and outcome.kind is not Kind.CONTENT:
        code = f" {outcome.code}" if outcome.code else ""
        return Feedback(trouble=f"{outcome.phase}{code}: {outcome.text}")
    if outcome.kind in {Kind.STOPPED, Kind.DOUBT}:
        return Feedback()
    return Feedback(passed=1)
