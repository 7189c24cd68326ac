"""Erasing a reader: what goes table by table, and the little that stays.

What stays are numbers. The reader's row becomes nobody's, so that every edition goes on
to account for all its deliveries (law 12); the suppression list keeps a keyed hash of
the address, so that no import brings the person back; and of the consent record a keyed
hash stays, so that whoever kept a copy can prove what was agreed.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from publisher.model.delivery import UNDER_WAY, DeliveryState
from publisher.model.selection import Selection
from publisher.store.consents import list_consent
from publisher.store.engine import Transaction
from publisher.store.joinings import forget_address, is_awaited
from publisher.store.letter_history import letters_of
from publisher.store.locking import lock_rows
from publisher.store.replies import FORGOTTEN, forget_replies
from publisher.store.schema.editions import attempt, delivery
from publisher.store.schema.joinings import joining
from publisher.store.schema.letters import letter
from publisher.store.schema.readers import (
    consent,
    data_request,
    subscriber,
    subscription,
    suppression,
)
from publisher.store.schema.requests import address_change
from publisher.store.suppressions import (
    ERASED,
    hash_of,
    hold_address,
    record_hash,
    suppress,
)
from publisher.store.timetables import keep_selection

__all__ = ["ERASERS", "Erased", "Reader", "erase_address", "erase_subscriber"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whose traces go; `subscriber_id` is None for who never became a subscriber.

    Who `is_returning` has asked to join again: the request and its letter stay.
    """

    subscriber_id: int | None
    email: str
    address_key: str
    now: datetime
    is_returning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How many rows of each table were taken away or made nobody's."""

    subscriber_id: int | None
    rows: Mapping[str, int] = field(default_factory=dict)


Eraser = Callable[[Transaction, Reader], int]


def erase_address(tx: Transaction, address_key: str, now: datetime) -> Erased:
    """Erase whoever has an address, on their wish; the address stays suppressed.

    Who was suppressed before for another reason stays so for that one.
    """
    hold_address(tx, address_key)
    found = tx.execute(
        select(subscriber.c.id, subscriber.c.email).where(
            subscriber.c.address_key == address_key
        )
    ).first()
    number = found.id if found else None
    email = found.email if found else address_key
    record = _record_of(tx, number, address_key)
    suppress(tx, address_key, ERASED, now)
    of_address = suppression.c.address_key == hash_of(tx, address_key)
    kept = update(suppression).where(of_address)
    if record:
        tx.execute(kept.values(consent_hash=record_hash(tx, record)))
    return _erase(
        tx, Reader(subscriber_id=number, email=email, address_key=address_key, now=now)
    )


def erase_subscriber(tx: Transaction, subscriber_id: int, now: datetime) -> Erased:
    """Erase a reader for whom there is no purpose left; they may join as anybody."""
    row = tx.execute(select(subscriber).where(subscriber.c.id == subscriber_id)).one()
    return _erase(
        tx,
        Reader(
            subscriber_id=subscriber_id,
            email=row.email,
            address_key=row.address_key,
            now=now,
            is_returning=is_awaited(tx, row.address_key, now),
        ),
    )


def _erase(tx: Transaction, reader: Reader) -> Erased:
    # Who settles one of these right now is waited for, and what they write is seen.
    of_reader = select(subscription.c.id).where(_of_reader(reader))
    lock_rows(
        tx,
        delivery,
        delivery.c.subscription_id.in_(of_reader),
        delivery.c.state.in_([*UNDER_WAY, DeliveryState.HELD.value]),
    )
    rows = {name: eraser(tx, reader) for name, eraser in ERASERS.items()}
    return Erased(subscriber_id=reader.subscriber_id, rows=rows)


def _record_of(tx: Transaction, subscriber_id: int | None, address_key: str) -> str:
    """Return the consent record as it is hashed: all but where it came from."""
    if subscriber_id is None:
        return ""
    said = [
        [one.digest_key, one.event, one.at.isoformat(), one.origin, one.wording]
        for one in list_consent(tx, subscriber_id)
    ]
    return json.dumps([address_key, said], ensure_ascii=False)


def _is_named(text: str, address_key: str) -> bool:
    """Tell whether words of an operator name the address or its local part."""
    local = re.escape(address_key.partition("@")[0])
    return re.search(rf"(?<!\w){local}(?!\w)", text.lower()) is not None


def _of_reader(reader: Reader) -> ColumnElement[bool]:
    return subscription.c.subscriber_id == reader.subscriber_id


def _end_subscriptions(tx: Transaction, reader: Reader) -> int:
    """End all, and forget what was chosen; the rows are what deliveries belong to."""
    nothing = keep_selection(tx, Selection())
    ended = tx.execute(
        update(subscription)
        .where(_of_reader(reader))
        .values(
            state="erased",
            selection_id=nothing,
            language="",
            started_at=reader.now,
            ended_at=reader.now,
            paused_until=None,
        )
    )
    return ended.rowcount


def _forget_replies(tx: Transaction, reader: Reader) -> int:
    """Empty what relays replied; the numbers of each delivery stay (law 12)."""
    own = (
        select(delivery.c.id)
        .join(subscription, subscription.c.id == delivery.c.subscription_id)
        .where(_of_reader(reader))
    )
    return forget_replies(tx, tx.execute(own).scalars().all())


def _forget_reasons(tx: Transaction, reader: Reader) -> int:
    """Count the deliveries that are nobody's now; their attempts are done before."""
    own = (
        select(func.count())
        .select_from(delivery)
        .join(subscription, subscription.c.id == delivery.c.subscription_id)
        .where(_of_reader(reader))
    )
    return int(tx.execute(own).scalar_one())


def _delete_letters(tx: Transaction, reader: Reader) -> int:
    numbers = [
        *letters_of(tx, reader.subscriber_id or 0, reader.address_key),
        *_letters_naming(tx, reader.address_key),
    ]
    gone = delete(letter).where(letter.c.id.in_(numbers))
    if reader.is_returning:
        gone = gone.where(letter.c.subscriber_id == reader.subscriber_id)
    return tx.execute(gone).rowcount


def _letters_naming(tx: Transaction, address_key: str) -> list[int]:
    """Return the letters to others who wanted to move to an address: it is in them."""
    others = select(address_change.c.subscriber_id).where(
        address_change.c.address_key == address_key
    )
    rows = tx.execute(
        select(letter.c.id, letter.c.facts).where(
            letter.c.kind == "address", letter.c.subscriber_id.in_(others)
        )
    )
    return [
        row.id for row in rows if str(row.facts.get("new", "")).lower() == address_key
    ]


def _delete_consents(tx: Transaction, reader: Reader) -> int:
    own = consent.c.subscriber_id == reader.subscriber_id
    return tx.execute(delete(consent).where(own)).rowcount


def _delete_requests(tx: Transaction, reader: Reader) -> int:
    own = data_request.c.subscriber_id == reader.subscriber_id
    return tx.execute(delete(data_request).where(own)).rowcount


def _delete_changes(tx: Transaction, reader: Reader) -> int:
    """Delete what was asked for by the reader, and for the reader's address."""
    gone = tx.execute(
        delete(address_change).where(
            or_(
                address_change.c.subscriber_id == reader.subscriber_id,
                address_change.c.address_key == reader.address_key,
            )
        )
    )
    return gone.rowcount


def _unlink_suppression(tx: Transaction, reader: Reader) -> int:
    """Let the hash name no row any more, nor the reason the person."""
    own = or_(
        suppression.c.subscriber_id == reader.subscriber_id,
        suppression.c.address_key == hash_of(tx, reader.address_key),
    )
    kept = tx.execute(
        select(suppression.c.address_key, suppression.c.reason).where(own)
    )
    rows = kept.all()
    for row in rows:
        is_named = _is_named(row.reason, reader.address_key)
        tx.execute(
            update(suppression)
            .where(suppression.c.address_key == row.address_key)
            .values(subscriber_id=None, reason=FORGOTTEN if is_named else row.reason)
        )
    return len(rows)


def _empty_subscriber(tx: Transaction, reader: Reader) -> int:
    emptied = tx.execute(
        update(subscriber)
        .where(subscriber.c.id == reader.subscriber_id)
        .values(
            email="",
            address_key=f"erased-{reader.subscriber_id}",
            language="",
            zone="",
            created_at=reader.now,
            erased_at=reader.now,
        )
    )
    return emptied.rowcount


def _delete_joinings(tx: Transaction, reader: Reader) -> int:
    return 0 if reader.is_returning else forget_address(tx, reader.address_key)


ERASERS: Mapping[str, Eraser] = {
    subscription.name: _end_subscriptions,
    attempt.name: _forget_replies,
    delivery.name: _forget_reasons,
    letter.name: _delete_letters,
    data_request.name: _delete_requests,
    address_change.name: _delete_changes,
    joining.name: _delete_joinings,
    consent.name: _delete_consents,
    suppression.name: _unlink_suppression,
    subscriber.name: _empty_subscriber,
}
"""Every table that knows a reader, in the order they are cleared. A new table of that
kind belongs here: a test asks of each table whether it does."""
