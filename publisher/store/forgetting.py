"""A subscription that ended long ago: forgotten, and its reader with the last one."""

from datetime import datetime

from sqlalchemy import delete, select, update

from publisher.model.selection import Selection
from publisher.store.engine import Transaction
from publisher.store.erasing import erase_subscriber
from publisher.store.locking import lock_rows
from publisher.store.replies import forget_replies
from publisher.store.schema.editions import delivery
from publisher.store.schema.readers import consent, subscriber, subscription
from publisher.store.suppressions import hold_address
from publisher.store.timetables import keep_selection

__all__ = ["forget_subscription"]


def forget_subscription(tx: Transaction, subscription_id: int, now: datetime) -> None:
    """Forget what was chosen and agreed; with a reader's last one, the reader.

    Nobody is suppressed by it: who comes back is somebody new. One that goes on again
    is left alone.
    """
    row = tx.execute(
        select(
            subscription.c.subscriber_id,
            subscription.c.digest_key,
            subscriber.c.address_key,
        )
        .join(subscriber, subscriber.c.id == subscription.c.subscriber_id)
        .where(subscription.c.id == subscription_id)
    ).one()
    hold_address(tx, row.address_key)
    own = subscription.c.id == subscription_id
    lock_rows(tx, delivery, delivery.c.subscription_id == subscription_id)
    forgotten = tx.execute(
        update(subscription)
        .where(own, subscription.c.state == "left")
        .values(
            state="erased",
            selection_id=keep_selection(tx, Selection()),
            language="",
            started_at=now,
            ended_at=now,
        )
    )
    if not forgotten.rowcount:
        return
    others = select(subscription.c.id).where(
        subscription.c.subscriber_id == row.subscriber_id,
        subscription.c.state != "erased",
    )
    if tx.execute(others.limit(1)).first() is None:
        erase_subscriber(tx, row.subscriber_id, now)
        return
    of_digest = (
        consent.c.subscriber_id == row.subscriber_id,
        consent.c.digest_key == row.digest_key,
    )
    tx.execute(delete(consent).where(*of_digest))
    sent = select(delivery.c.id).where(delivery.c.subscription_id == subscription_id)
    forget_replies(tx, tx.execute(sent).scalars().all())
