"""Readers who have left: when, and all their digests at once."""

from datetime import datetime

from sqlalchemy import select

from publisher.store.engine import Transaction
from publisher.store.readers import Consent, leave
from publisher.store.schema.readers import subscription

__all__ = ["leave_all", "left_at"]


def left_at(tx: Transaction, subscription_id: int) -> datetime | None:
    """Return when a subscription ended; None where it goes on or never was."""
    return tx.execute(
        select(subscription.c.ended_at).where(
            subscription.c.id == subscription_id, subscription.c.state == "left"
        )
    ).scalar()


def leave_all(tx: Transaction, subscriber_id: int, said: Consent) -> int:
    """End every subscription of a subscriber; return how many went on until now."""
    numbers = tx.execute(
        select(subscription.c.id)
        .where(
            subscription.c.subscriber_id == subscriber_id,
            subscription.c.state != "left",
        )
        .order_by(subscription.c.id)
    ).scalars()
    return sum(leave(tx, number, said) for number in numbers.all())
