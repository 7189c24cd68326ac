"""What an attempt's outcome makes of its delivery: the state that follows, and when."""

from datetime import datetime, timedelta
from typing import Protocol

from publisher.errors import TransportError
from publisher.model.delivery import DeliveryState
from publisher.model.reply import Kind, Outcome, Phase, retry_at
from publisher.store.leases import Lease
from publisher.store.verdict import Verdict

__all__ = ["PAUSE", "next_state", "outcome_of_error", "reason_of", "verdict_of"]

PAUSE = timedelta(seconds=60)
"""How long to leave a relay alone that is itself the trouble."""


class Tried(Protocol):
    """A delivery or a letter, with how often it was tried before."""

    @property
    def id(self) -> int:
        """Return its number."""
        ...

    @property
    def attempts(self) -> int:
        """Return how often it was tried before."""
        ...

    @property
    def rung(self) -> int:
        """Return how many of those attempts count for how long it waits."""
        ...


def next_state(
    due: Tried, outcome: Outcome, now: datetime, expires_at: datetime
) -> tuple[DeliveryState, datetime | None]:
    """Return a delivery's next state, and when to try it again where that is due."""
    match outcome.kind:
        case Kind.SENT:
            return DeliveryState.SENT, None
        case Kind.REFUSED | Kind.CONTENT:
            return DeliveryState.FAILED, None
        case Kind.DOUBT:
            return DeliveryState.HELD, None
        case Kind.RELAY | Kind.RETRY | Kind.STOPPED:
            again_at = now + PAUSE
            if outcome.kind is Kind.STOPPED:
                again_at = now  # It had begun when its slot was over; nobody refused.
            elif not outcome.is_common:
                again_at = retry_at(due.rung + 1, now, _jitter(due.id))
            if again_at >= expires_at:
                return DeliveryState.EXPIRED, None
            return DeliveryState.WAITING, again_at


def verdict_of(
    due: Tried, outcome: Outcome, lease: Lease, now: datetime, *, has_begun: bool
) -> Verdict:
    """Return what is recorded of an attempt under a lease."""
    state, again_at = next_state(due, outcome, now, lease.expires_at)
    return Verdict(
        delivery_id=due.id,
        number=due.attempts + 1,
        state=state,
        reason=reason_of(outcome) if state is not DeliveryState.SENT else "",
        retry_at=again_at,
        outcome=outcome.kind.value,
        phase=outcome.phase.value,
        code=outcome.code,
        reply=outcome.text,
        has_begun=has_begun,
        may_recall=lease.is_instant,
    )


def outcome_of_error(error: Exception, *, has_begun: bool) -> Outcome:
    """Say what an error that is no reply means for a delivery."""
    if has_begun:
        return Outcome(kind=Kind.DOUBT, phase=Phase.DOT, text=str(error))
    if isinstance(error, TransportError):
        return Outcome(kind=Kind.RELAY, phase=Phase.CONNECT, text=str(error))
    return Outcome(kind=Kind.CONTENT, phase=Phase.CONNECT, text=str(error))


def reason_of(outcome: Outcome) -> str:
    """Return why a message was not sent, in words even where nobody gave any."""
    what = f"reply {outcome.code}" if outcome.code else "no reply"
    return outcome.text or f"{what} at {outcome.phase.value.upper()}"


def _jitter(delivery_id: int) -> float:
    """Return a number in [-1, 1] that is fixed for a delivery and spread over all."""
    return (delivery_id * 2654435761 % 2001) / 1000 - 1
