"""When somebody was last written a letter, so that nobody is written too many."""

from datetime import datetime

from sqlalchemy import func, select

from publisher.store.engine import Transaction
from publisher.store.schema.letters import letter

__all__ = ["last_posted"]


def last_posted(tx: Transaction, subscriber_id: int, kind: str) -> datetime | None:
    """Return when the newest letter of a kind to a subscriber was posted, or None."""
    return tx.execute(
        select(func.max(letter.c.posted_at)).where(
            letter.c.subscriber_id == subscriber_id, letter.c.kind == kind
        )
    ).scalar()
