"""Letters that somebody was written: the last one, and all of them."""

from datetime import datetime

from sqlalchemy import func, or_, select, update

from publisher.store.engine import Transaction
from publisher.store.schema.letters import letter

__all__ = ["claim_letters", "last_posted", "letters_of"]


def last_posted(tx: Transaction, subscriber_id: int, kind: str) -> datetime | None:
    """Return when the newest letter of a kind to a subscriber was posted, or None."""
    return tx.execute(
        select(func.max(letter.c.posted_at)).where(
            letter.c.subscriber_id == subscriber_id, letter.c.kind == kind
        )
    ).scalar()


def letters_of(tx: Transaction, subscriber_id: int, address_key: str) -> list[int]:
    """Return the numbers of the letters to a subscriber, or to an address.

    In any spelling of it: databases know the capitals of all scripts or of Latin alone.
    Nobody is subscriber 0.
    """
    folded = func.lower(letter.c.email)
    is_to = folded == address_key
    if not address_key.isascii():
        domain = address_key.rpartition("@")[2]
        is_to = folded.endswith(f"@{domain}", autoescape=True)
    rows = tx.execute(
        select(letter.c.id, letter.c.subscriber_id, letter.c.email).where(
            or_(letter.c.subscriber_id == subscriber_id, is_to)
        )
    )
    return [
        row.id
        for row in rows
        if row.subscriber_id == subscriber_id or row.email.lower() == address_key
    ]


def claim_letters(tx: Transaction, subscriber_id: int, address_key: str) -> None:
    """Let letters to an address be a subscriber's, who has it no longer."""
    numbers = letters_of(tx, 0, address_key)
    free = (letter.c.id.in_(numbers), letter.c.subscriber_id.is_(None))
    tx.execute(update(letter).where(*free).values(subscriber_id=subscriber_id))
