"""The messages of a leased chunk that may be tried now."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, select

from publisher.model.delivery import DeliveryState
from publisher.model.reply import OPENING, Kind, Phase
from publisher.store.engine import Transaction
from publisher.store.leases import Lease
from publisher.store.schema.editions import attempt, delivery
from publisher.store.schema.readers import subscriber, subscription

__all__ = ["DueDelivery", "due_deliveries"]


class DueDelivery(NamedTuple):
    """One message to be sent now.

    Of its attempts so far, `rung` were about itself: the others met a relay in trouble.
    """

    id: int
    segment_id: int
    subscription_id: int
    subscriber_id: int
    email: str
    attempts: int
    rung: int = 0


def due_deliveries(tx: Transaction, lease: Lease, now: datetime) -> list[DueDelivery]:
    """Return the messages of a leased chunk that may be tried now."""
    rows = tx.execute(
        select(
            # In the order of the fields of `DueDelivery`.
            delivery.c.id,
            delivery.c.segment_id,
            delivery.c.subscription_id,
            subscription.c.subscriber_id,
            subscriber.c.email,
            delivery.c.attempts,
            _rung(),
        )
        .join(subscription, subscription.c.id == delivery.c.subscription_id)
        .join(subscriber, subscriber.c.id == subscription.c.subscriber_id)
        .where(
            delivery.c.chunk_id == lease.chunk_id,
            delivery.c.state == DeliveryState.WAITING.value,
            delivery.c.ready_at <= now,
        )
        .order_by(delivery.c.id)
    ).all()
    return [DueDelivery._make(row) for row in rows]


def _rung() -> ColumnElement[int]:
    """Return how many attempts of a delivery came as far as its reader's name."""
    of_its_own = select(func.count()).where(
        attempt.c.delivery_id == delivery.c.id,
        attempt.c.outcome.not_in([Kind.RELAY.value, Kind.STOPPED.value]),
        attempt.c.phase.not_in([phase.value for phase in (*OPENING, Phase.MAIL)]),
    )
    never = delivery.c.attempts == 0
    return case((never, 0), else_=of_its_own.correlate(delivery).scalar_subquery())
