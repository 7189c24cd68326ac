"""What the outcome of a message says about the gates it passed."""

from publisher.model.gate import NOTHING, PASSED, Feedback
from publisher.model.reply import Kind, Outcome, Phase

__all__ = ["at_provider", "at_relay"]


def at_provider(outcome: Outcome) -> Feedback:
    """Return what an outcome says about the provider; before RCPT, nothing."""
    if outcome.is_common or outcome.phase is Phase.MAIL:
        return NOTHING
    if outcome.kind is Kind.SENT:
        return PASSED
    if outcome.kind is Kind.REFUSED:
        return Feedback(bounced=1)
    if outcome.is_policy:
        return Feedback(blocked=1)
    return Feedback(throttled=1) if outcome.is_throttle else NOTHING


def at_relay(outcome: Outcome) -> Feedback:
    """Return what an outcome says about the relay.

    Whether it works for any message; and whether it is too much for it, which it says
    before it hears for whom a message is.
    """
    if outcome.is_common and outcome.kind is not Kind.CONTENT:
        code = f" {outcome.code}" if outcome.code else ""
        trouble = f"{outcome.phase}{code}: {outcome.text}"
        if outcome.is_turned_away:
            return Feedback(crowded=trouble)
        return Feedback(trouble=trouble)
    if outcome.kind in {Kind.STOPPED, Kind.DOUBT}:
        return NOTHING
    if outcome.phase is Phase.MAIL and outcome.is_throttle:
        return Feedback(throttled=1)
    return PASSED
