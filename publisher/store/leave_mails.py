"""Mails that unsubscribe: which were handled, and what became of them."""

from datetime import datetime

from sqlalchemy import func, select, update

from publisher.store.engine import Transaction
from publisher.store.schema.readers import consent, subscription
from publisher.store.schema.requests import leave_mail
from publisher.store.upsert import insert_into

__all__ = ["claim", "conclude", "consented_since"]


def claim(tx: Transaction, key: str, now: datetime) -> bool:
    """Take a mail in hand for this transaction; return whether it is a new one."""
    claimed = tx.execute(
        insert_into(tx, leave_mail)
        .values(key=key, outcome="", reason="", is_automatic=False, at=now)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(leave_mail.c.key)
    )
    return claimed.first() is not None


def conclude(
    tx: Transaction, key: str, outcome: str, reason: str, *, is_automatic: bool
) -> None:
    """Record what became of a claimed mail."""
    tx.execute(
        update(leave_mail)
        .where(leave_mail.c.key == key)
        .values(outcome=outcome, reason=reason, is_automatic=is_automatic)
    )


def consented_since(tx: Transaction, subscription_id: int, moment: datetime) -> bool:
    """Tell whether the reader has agreed to this subscription after a moment."""
    last = tx.execute(
        select(func.max(consent.c.at))
        .join(
            subscription,
            (subscription.c.subscriber_id == consent.c.subscriber_id)
            & (subscription.c.digest_key == consent.c.digest_key),
        )
        .where(subscription.c.id == subscription_id, consent.c.event == "given")
    ).scalar()
    return last is not None and last > moment
