"""Everything that is known of a reader, table by table, as plain values.

What is exported and what is erased are the same tables: a test compares them.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from publisher.model.selection import Selection
from publisher.store.engine import Transaction
from publisher.store.letter_history import letters_of
from publisher.store.schema.editions import attempt, delivery, edition, segment
from publisher.store.schema.joinings import joining
from publisher.store.schema.letters import letter
from publisher.store.schema.readers import (
    consent,
    data_request,
    selection,
    subscriber,
    subscription,
    suppression,
    timetable,
)
from publisher.store.schema.requests import address_change
from publisher.store.suppressions import hash_of

__all__ = ["RECORDS", "Rows", "records_of"]

Rows = Sequence[Mapping[str, object]]
"""Rows of one kind; every value is a text, a number, true, false, null or JSON."""

Recorder = Callable[[Transaction, int, str], Rows]


def records_of(tx: Transaction, address_key: str) -> dict[str, Rows] | None:
    """Return what is known of an address, by kind; None for one that is not known."""
    found = tx.execute(
        select(subscriber.c.id).where(subscriber.c.address_key == address_key)
    ).scalar()
    number = found or 0
    records = {
        name: recorder(tx, number, address_key) for name, recorder in RECORDS.values()
    }
    return records if any(records.values()) else None


def _rows(tx: Transaction, asked: Select[Any]) -> Rows:
    return [
        {name: _plain(value) for name, value in row.items()}
        for row in tx.execute(asked).mappings()
    ]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _reader(tx: Transaction, number: int, address_key: str) -> Rows:
    del address_key
    asked = select(
        subscriber.c.email.label("address"),
        subscriber.c.language,
        subscriber.c.zone,
        subscriber.c.created_at.label("known_since"),
    ).where(subscriber.c.id == number)
    return _rows(tx, asked)


def _subscriptions(tx: Transaction, number: int, address_key: str) -> Rows:
    del address_key
    asked = (
        select(
            subscription.c.id.label("subscription"),
            subscription.c.digest_key.label("digest"),
            subscription.c.state,
            subscription.c.language,
            subscription.c.is_compact.label("compact"),
            timetable.c.frequency,
            timetable.c.weekdays,
            timetable.c.month_day,
            timetable.c.local_time.label("hour"),
            timetable.c.zone,
            selection.c.key.label("selection"),
            subscription.c.started_at,
            subscription.c.ended_at,
            subscription.c.paused_until,
        )
        .join(timetable, timetable.c.id == subscription.c.timetable_id)
        .join(selection, selection.c.id == subscription.c.selection_id)
        .where(subscription.c.subscriber_id == number)
        .order_by(subscription.c.id)
    )
    return [_with_rubrics(row) for row in _rows(tx, asked)]


def _with_rubrics(row: Mapping[str, object]) -> Mapping[str, object]:
    chosen = Selection.from_key(str(row["selection"]))
    others = {name: value for name, value in row.items() if name != "selection"}
    return {
        **others,
        "rubrics": " ".join(chosen.chosen) or "all",
        "without": " ".join(chosen.excluded),
    }


def _consents(tx: Transaction, number: int, address_key: str) -> Rows:
    del address_key
    asked = (
        select(
            consent.c.digest_key.label("digest"),
            consent.c.event,
            consent.c.at,
            consent.c.origin,
            consent.c.wording,
            consent.c.version,
            consent.c.language,
            consent.c.choices,
            consent.c.letter,
            consent.c.source,
            consent.c.ip,
            consent.c.agent,
        )
        .where(consent.c.subscriber_id == number)
        .order_by(consent.c.id)
    )
    return _rows(tx, asked)


def _deliveries(tx: Transaction, number: int, address_key: str) -> Rows:
    del address_key
    asked = (
        select(
            delivery.c.id.label("delivery"),
            subscription.c.digest_key.label("digest"),
            edition.c.slot,
            func.coalesce(segment.c.subject, "").label("subject"),
            delivery.c.state,
            delivery.c.reason,
            delivery.c.attempts,
            edition.c.due_at,
            delivery.c.settled_at,
        )
        .join(subscription, subscription.c.id == delivery.c.subscription_id)
        .join(edition, edition.c.id == delivery.c.edition_id)
        .outerjoin(segment, segment.c.id == delivery.c.segment_id)
        .where(subscription.c.subscriber_id == number)
        .order_by(delivery.c.id)
    )
    return _rows(tx, asked)


def _attempts(tx: Transaction, number: int, address_key: str) -> Rows:
    del address_key
    asked = (
        select(
            attempt.c.delivery_id.label("delivery"),
            attempt.c.number,
            attempt.c.begun_at,
            attempt.c.ended_at,
            attempt.c.outcome,
            attempt.c.code,
            attempt.c.reply,
        )
        .join(delivery, delivery.c.id == attempt.c.delivery_id)
        .join(subscription, subscription.c.id == delivery.c.subscription_id)
        .where(subscription.c.subscriber_id == number)
        .order_by(attempt.c.delivery_id, attempt.c.number)
    )
    return _rows(tx, asked)


def _letters(tx: Transaction, number: int, address_key: str) -> Rows:
    asked = (
        select(
            letter.c.kind,
            letter.c.email.label("address"),
            letter.c.language,
            letter.c.facts,
            letter.c.posted_at,
            letter.c.state,
            letter.c.reason,
            letter.c.settled_at,
        )
        .where(letter.c.id.in_(letters_of(tx, number, address_key)))
        .order_by(letter.c.id)
    )
    return _rows(tx, asked)


def _requests(tx: Transaction, number: int, address_key: str) -> Rows:
    del address_key
    asked = (
        select(data_request.c.asked_at, data_request.c.origin)
        .where(data_request.c.subscriber_id == number)
        .order_by(data_request.c.id)
    )
    return _rows(tx, asked)


def _changes(tx: Transaction, number: int, address_key: str) -> Rows:
    del address_key
    asked = (
        select(
            address_change.c.email.label("address"),
            address_change.c.asked_at,
            address_change.c.settled_at,
        )
        .where(address_change.c.subscriber_id == number)
        .order_by(address_change.c.id)
    )
    return _rows(tx, asked)


def _joinings(tx: Transaction, number: int, address_key: str) -> Rows:
    del number
    asked = (
        select(
            joining.c.email.label("address"),
            joining.c.language,
            joining.c.zone,
            joining.c.wishes,
            joining.c.wording,
            joining.c.version,
            joining.c.source,
            joining.c.ip,
            joining.c.agent,
            joining.c.asked_at,
            joining.c.confirmed_at,
        )
        .where(joining.c.address_key == address_key)
        .order_by(joining.c.id)
    )
    return _rows(tx, asked)


def _suppressions(tx: Transaction, number: int, address_key: str) -> Rows:
    del number
    asked = select(suppression.c.reason, suppression.c.at).where(
        suppression.c.address_key == hash_of(tx, address_key)
    )
    return _rows(tx, asked)


RECORDS: Mapping[str, tuple[str, Recorder]] = {
    subscriber.name: ("reader", _reader),
    subscription.name: ("subscriptions", _subscriptions),
    consent.name: ("consents", _consents),
    delivery.name: ("deliveries", _deliveries),
    attempt.name: ("attempts", _attempts),
    letter.name: ("letters", _letters),
    data_request.name: ("requests", _requests),
    address_change.name: ("address_changes", _changes),
    joining.name: ("joinings", _joinings),
    suppression.name: ("suppressions", _suppressions),
}
"""By table: what its rows are called in an export, and how they are read."""
