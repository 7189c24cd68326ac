"""New addresses that readers asked for, until both mailboxes have confirmed them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, func, insert, select, update

from publisher.store.consents import Consent, record_consent
from publisher.store.engine import Transaction
from publisher.store.joinings import move_requests
from publisher.store.letter_history import claim_letters
from publisher.store.readers import ENDED
from publisher.store.schema.readers import subscriber, subscription
from publisher.store.schema.requests import address_change
from publisher.store.suppressions import hold_address, relink
from publisher.store.upsert import number_for

__all__ = ["AddressChange", "ask", "confirm", "find", "forget", "last_asked", "settle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChange:
    """A change as it stands: `old` is the present address, `new` the wanted one.

    `is_same` where these are one.
    """

    id: int
    subscriber_id: int
    old: str
    new: str
    is_same: bool
    language: str
    expires_at: datetime
    is_confirmed_by_new: bool
    is_confirmed_by_old: bool
    is_settled: bool


def ask(
    tx: Transaction,
    subscriber_id: int,
    email: str,
    address_key: str,
    expires_at: datetime,
    now: datetime,
) -> int:
    """Record a wanted address; return the number of the change.

    One that was asked for before and has not come about is over with it.
    """
    tx.execute(
        update(address_change)
        .where(
            address_change.c.subscriber_id == subscriber_id,
            address_change.c.settled_at.is_(None),
            address_change.c.expires_at > now,
        )
        .values(expires_at=now)
    )
    inserted = tx.execute(
        insert(address_change)
        .values(
            **number_for(tx, address_change),
            subscriber_id=subscriber_id,
            email=email,
            address_key=address_key,
            asked_at=now,
            expires_at=expires_at,
        )
        .returning(address_change.c.id)
    )
    return int(inserted.scalar_one())


def last_asked(tx: Transaction, subscriber_id: int) -> datetime | None:
    """Return when a subscriber last asked for another address, or None."""
    return tx.execute(
        select(func.max(address_change.c.asked_at)).where(
            address_change.c.subscriber_id == subscriber_id
        )
    ).scalar()


def find(tx: Transaction, change_id: int) -> AddressChange | None:
    """Return a change by its number, or None."""
    row = tx.execute(
        select(
            address_change,
            subscriber.c.email.label("old"),
            subscriber.c.address_key.label("old_key"),
            subscriber.c.language,
        )
        .join(subscriber, subscriber.c.id == address_change.c.subscriber_id)
        .where(address_change.c.id == change_id)
    ).one_or_none()
    if row is None:
        return None
    return AddressChange(
        id=row.id,
        subscriber_id=row.subscriber_id,
        old=row.old,
        new=row.email,
        is_same=row.old_key == row.address_key,
        language=row.language,
        expires_at=row.expires_at,
        is_confirmed_by_new=row.new_confirmed_at is not None,
        is_confirmed_by_old=row.old_confirmed_at is not None,
        is_settled=row.settled_at is not None,
    )


def confirm(tx: Transaction, change_id: int, now: datetime, *, is_new: bool) -> None:
    """Record that one of the two mailboxes has confirmed a change."""
    column = "new_confirmed_at" if is_new else "old_confirmed_at"
    tx.execute(
        update(address_change)
        .where(address_change.c.id == change_id, address_change.c[column].is_(None))
        .values({column: now})
    )


def settle(tx: Transaction, change_id: int, said: Consent) -> bool:
    """Put the new address in the place of the old one, with a record of it.

    Return whether that could be: another subscriber may have the address by now.
    """
    row = tx.execute(
        select(address_change).where(address_change.c.id == change_id)
    ).one()
    hold_address(tx, row.address_key)
    is_taken = exists().where(
        subscriber.c.address_key == row.address_key,
        subscriber.c.id != row.subscriber_id,
    )
    if tx.execute(select(is_taken)).scalar():
        return False
    own = subscriber.c.id == row.subscriber_id
    old_key = tx.execute(select(subscriber.c.address_key).where(own)).scalar_one()
    tx.execute(
        update(subscriber)
        .where(own)
        .values(email=row.email, address_key=row.address_key)
    )
    move_requests(tx, old_key, row.email, row.address_key)
    claim_letters(tx, row.subscriber_id, old_key)
    relink(tx, row.subscriber_id, row.address_key)
    digests = tx.execute(
        select(subscription.c.digest_key)
        .where(
            subscription.c.subscriber_id == row.subscriber_id,
            subscription.c.state.not_in(ENDED),
        )
        .order_by(subscription.c.id)
    ).scalars()
    for digest_key in digests.all():
        record_consent(tx, row.subscriber_id, digest_key, said)
    tx.execute(
        update(address_change)
        .where(address_change.c.id == change_id)
        .values(settled_at=said.at)
    )
    return True


def forget(tx: Transaction, before: datetime) -> None:
    """Delete the changes whose time was over before a moment, with their addresses."""
    tx.execute(delete(address_change).where(address_change.c.expires_at < before))
