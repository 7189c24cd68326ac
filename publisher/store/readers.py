"""Subscribers, their subscriptions, and the consent for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, case, func, select, update

from publisher.errors import SubscriberError
from publisher.model.selection import Selection
from publisher.model.timetable import Timetable
from publisher.store.consents import Consent, list_consent, record_consent
from publisher.store.engine import Transaction
from publisher.store.planning_turns import turn_to_move
from publisher.store.publication import LISTINGS
from publisher.store.schema.articles import article
from publisher.store.schema.readers import (
    selection,
    subscriber,
    subscription,
)
from publisher.store.suppressions import (
    find_suppression,
    hold_address,
    relink,
    suppress,
)
from publisher.store.timetables import (
    find_timetable,
    keep_selection,
    keep_timetable,
    look_back,
)
from publisher.store.upsert import greater, insert_into, last_number

__all__ = [
    "Choice",
    "Consent",
    "Subscription",
    "active_digests",
    "change",
    "find_subscription",
    "find_suppression",
    "first_cursor",
    "keep_subscriber",
    "leave",
    "list_consent",
    "list_subscriptions",
    "record_consent",
    "subscribe",
    "subscriptions_at",
    "subscriptions_of",
    "suppress",
]

ENDED = ("left", "erased")
"""States of a subscription that nothing is sent for; who was erased is nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a reader chose for one digest; a compact one has headlines, no pictures."""

    timetable: Timetable
    selection: Selection
    language: str
    is_compact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription with its reader's address; one that is paused is active too."""

    id: int
    subscriber_id: int
    email: str
    digest_key: str
    choice: Choice
    is_active: bool
    next_due_at: datetime | None
    paused_until: datetime | None = None


def keep_subscriber(
    tx: Transaction, email: str, address_key: str, language: str, zone: str,
    now: datetime,
) -> int:  # fmt: skip
    """Return the number of the subscriber with this address, made on first use."""
    hold_address(tx, address_key)
    statement = insert_into(tx, subscriber).values(
        email=email,
        address_key=address_key,
        language=language,
        zone=zone,
        created_at=now,
    )
    made = tx.execute(statement.on_conflict_do_nothing().returning(subscriber.c.id))
    new = made.scalar()
    if new is not None:
        relink(tx, new, address_key)
        return int(new)
    found = select(subscriber.c.id).where(subscriber.c.address_key == address_key)
    return int(tx.execute(found).scalar_one())


def first_cursor(tx: Transaction, published_from: datetime) -> int:
    """Return the cursor of a new reader whose first digest reaches back to a moment."""
    oldest = tx.execute(
        select(func.min(article.c.first_listed_no)).where(
            article.c.state == "public", article.c.published_at >= published_from
        )
    ).scalar()
    return last_number(tx, LISTINGS) if oldest is None else oldest - 1


def subscribe(
    tx: Transaction,
    subscriber_id: int,
    choice: Choice,
    given: Consent,
    *,
    cursor: int,
) -> int:
    """Subscribe a reader to a digest, or bring a reader back who had left.

    The consent is recorded in the same transaction: without it nothing is mailed.
    """
    turn_to_move(tx, [choice.timetable.digest_key])
    timetable_id = keep_timetable(tx, choice.timetable, given.at)
    values = {
        "timetable_id": timetable_id,
        "selection_id": keep_selection(tx, choice.selection),
        "language": choice.language,
        "is_compact": choice.is_compact,
        "state": "active",
        "ended_at": None,
        "paused_until": None,
    }
    statement = insert_into(tx, subscription).values(
        subscriber_id=subscriber_id,
        digest_key=choice.timetable.digest_key,
        cursor=cursor,
        started_at=given.at,
        **values,
    )
    # Who comes back keeps a cursor that is further on: nothing twice. Who never left
    # keeps it in any case: nothing lost.
    own = subscription.c.cursor
    has_left = subscription.c.state.in_(ENDED)
    further = greater(tx.dialect.name, own, cursor)
    values["cursor"] = case((has_left, further), else_=own)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["subscriber_id", "digest_key"], set_=values
        )
    )
    record_consent(tx, subscriber_id, choice.timetable.digest_key, given)
    found = select(subscription.c.id, subscription.c.cursor).where(
        subscription.c.subscriber_id == subscriber_id,
        subscription.c.digest_key == choice.timetable.digest_key,
    )
    row = tx.execute(found).one()
    look_back(tx, timetable_id, row.cursor)
    return int(row.id)


def change(
    tx: Transaction, subscription_id: int, choice: Choice, said: Consent
) -> None:
    """Put another choice in place of a subscription's; the cursor stays.

    Raises SubscriberError where there is none, or where it is for another digest.
    """
    turn_to_move(tx, [choice.timetable.digest_key])
    owner = tx.execute(
        select(
            subscription.c.subscriber_id,
            subscription.c.digest_key,
            subscription.c.timetable_id,
        ).where(subscription.c.id == subscription_id)
    ).first()
    digest_key = choice.timetable.digest_key
    if owner is None or owner.digest_key != digest_key:
        msg = f'subscription {subscription_id} is none to the digest "{digest_key}"'
        raise SubscriberError(msg)
    timetable_id = int(owner.timetable_id)
    # Whose rhythm stays is due when they were, and not when another is who has it too.
    if find_timetable(tx, timetable_id).timetable != choice.timetable:
        timetable_id = keep_timetable(tx, choice.timetable, said.at)
    cursor = tx.execute(
        update(subscription)
        .where(subscription.c.id == subscription_id)
        .values(
            timetable_id=timetable_id,
            selection_id=keep_selection(tx, choice.selection),
            language=choice.language,
            is_compact=choice.is_compact,
        )
        .returning(subscription.c.cursor)
    ).scalar_one()
    look_back(tx, timetable_id, cursor)
    record_consent(tx, owner.subscriber_id, owner.digest_key, said)


def leave(tx: Transaction, subscription_id: int, said: Consent) -> bool:
    """End a subscription; return whether it went on. Queued mail stops with it."""
    ended = tx.execute(
        update(subscription)
        .where(subscription.c.id == subscription_id, subscription.c.state.not_in(ENDED))
        .values(state="left", ended_at=said.at, paused_until=None)
        .returning(subscription.c.subscriber_id, subscription.c.digest_key)
    ).first()
    if ended is None:
        return False
    record_consent(tx, ended.subscriber_id, ended.digest_key, said)
    return True


def _subscriptions() -> Select[Any]:
    return (
        select(subscription, subscriber.c.email, selection.c.key.label("selection"))
        .join(subscriber, subscriber.c.id == subscription.c.subscriber_id)
        .join(selection, selection.c.id == subscription.c.selection_id)
        .where(subscription.c.state != "erased")
    )


def _subscription(tx: Transaction, row: Row[Any]) -> Subscription:
    found = find_timetable(tx, row.timetable_id)
    return Subscription(
        id=row.id,
        subscriber_id=row.subscriber_id,
        email=row.email,
        digest_key=row.digest_key,
        choice=Choice(
            timetable=found.timetable,
            selection=Selection.from_key(row.selection),
            language=row.language,
            is_compact=row.is_compact,
        ),
        is_active=row.state not in ENDED,
        next_due_at=found.next_due_at,
        paused_until=row.paused_until,
    )


def find_subscription(tx: Transaction, subscription_id: int) -> Subscription | None:
    """Return a subscription by its number, or None."""
    wanted = _subscriptions().where(subscription.c.id == subscription_id)
    row = tx.execute(wanted).first()
    return _subscription(tx, row) if row else None


def subscriptions_of(tx: Transaction, subscriber_id: int) -> list[Subscription]:
    """Return all subscriptions of a subscriber, the ended ones too."""
    rows = tx.execute(
        _subscriptions()
        .where(subscription.c.subscriber_id == subscriber_id)
        .order_by(subscription.c.id)
    ).all()
    return [_subscription(tx, row) for row in rows]


def subscriptions_at(tx: Transaction, address_key: str) -> list[Subscription]:
    """Return all subscriptions of an address, the ended ones too."""
    owner = select(subscriber.c.id).where(subscriber.c.address_key == address_key)
    found = tx.execute(owner).scalar()
    return [] if found is None else subscriptions_of(tx, found)


def active_digests(tx: Transaction, address_key: str) -> dict[str, int]:
    """Return the digests that an address gets, with the number of its subscriber."""
    rows = tx.execute(
        select(subscription.c.digest_key, subscription.c.subscriber_id)
        .join(subscriber, subscriber.c.id == subscription.c.subscriber_id)
        .where(
            subscriber.c.address_key == address_key,
            subscription.c.state.not_in(ENDED),
        )
    )
    return {row.digest_key: row.subscriber_id for row in rows}


def list_subscriptions(
    tx: Transaction, after: int, limit: int, digest_key: str = ""
) -> list[Subscription]:
    """Return a page of subscriptions in the order of their numbers."""
    statement = _subscriptions().where(subscription.c.id > after)
    if digest_key:
        statement = statement.where(subscription.c.digest_key == digest_key)
    rows = tx.execute(statement.order_by(subscription.c.id).limit(limit)).all()
    return [_subscription(tx, row) for row in rows]
