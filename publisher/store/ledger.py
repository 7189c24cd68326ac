"""The ledger of deliveries: begun before the final dot, settled after the reply."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, insert, select, update

from publisher.model.delivery import DeliveryState, SkipReason
from publisher.store.editions import recall_instant
from publisher.store.engine import Transaction
from publisher.store.leases import Lease
from publisher.store.schema.editions import (
    attempt,
    chunk,
    delivery,
    edition,
    segment,
)
from publisher.store.schema.readers import (
    subscriber,
    subscription,
    suppression,
)
from publisher.store.upsert import greater

__all__ = ["Answer", "Verdict", "begin", "settle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of an attempt: the delivery's next state, and the reply."""

    delivery_id: int
    number: int
    state: DeliveryState
    reason: str
    retry_at: datetime | None
    outcome: str
    phase: str
    code: int
    reply: str
    has_begun: bool


class Answer(StrEnum):
    """The answers to a request to begin."""

    BEGUN = "begun"
    STALE = "stale"
    GONE = "gone"


def begin(
    tx: Transaction, lease: Lease, delivery_ids: Sequence[int], now: datetime
) -> dict[int, Answer]:
    """Record messages as begun, unless something speaks against them (law 9, law 10).

    Asked right before the envelope: is the lease still ours, the reader subscribed and
    not suppressed, every article still public? Return an answer of Answer for each;
    a message that is gone is settled here with its reason.
    """
    is_ours = exists(
        select(chunk.c.id).where(
            chunk.c.id == lease.chunk_id, chunk.c.fence == lease.fence
        )
    )
    is_wanted = exists(
        select(subscription.c.id).where(
            subscription.c.id == delivery.c.subscription_id,
            subscription.c.state == "active",
        )
    )
    begun = tx.execute(
        update(delivery)
        .where(
            delivery.c.id.in_(delivery_ids),
            delivery.c.state == DeliveryState.WAITING.value,
            is_ours,
            is_wanted,
            ~_is_suppressed(),
            ~_is_stale(),
        )
        .values(state=DeliveryState.BEGUN.value, attempts=delivery.c.attempts + 1)
        .returning(delivery.c.id, delivery.c.attempts)
    ).all()
    answers = {row.id: Answer.BEGUN for row in begun}
    _open_attempts(tx, begun, now)
    for delivery_id in delivery_ids:
        if delivery_id not in answers:
            answers[delivery_id] = _refuse(tx, delivery_id, now)
    return answers


def _is_suppressed() -> ColumnElement[bool]:
    return exists(
        select(suppression.c.address_key)
        .join(subscriber, subscriber.c.address_key == suppression.c.address_key)
        .join(subscription, subscription.c.subscriber_id == subscriber.c.id)
        .where(subscription.c.id == delivery.c.subscription_id)
    )


def _is_stale() -> ColumnElement[bool]:
    return exists(
        select(segment.c.id).where(
            segment.c.id == delivery.c.segment_id, segment.c.is_stale
        )
    )


def _open_attempts(tx: Transaction, begun: Sequence[Row[Any]], now: datetime) -> None:
    if begun:
        tx.execute(
            insert(attempt),
            [
                {
                    "delivery_id": row.id,
                    "number": row.attempts,
                    "begun_at": now,
                    "outcome": "",
                    "phase": "",
                    "code": 0,
                    "reply": "",
                }
                for row in begun
            ],
        )


def _refuse(tx: Transaction, delivery_id: int, now: datetime) -> Answer:
    """Say why a message may not begin, and settle it where that is final."""
    row = tx.execute(
        select(
            delivery.c.state,
            subscription.c.state.label("subscription"),
            _is_suppressed().label("is_suppressed"),
            _is_stale().label("is_stale"),
        )
        .join(subscription, subscription.c.id == delivery.c.subscription_id)
        .where(delivery.c.id == delivery_id)
    ).one()
    if row.state != DeliveryState.WAITING.value:
        return Answer.GONE
    if row.subscription != "active":
        is_paused = row.subscription == "paused"
        reason = SkipReason.PAUSED if is_paused else SkipReason.LEFT
        _skip(tx, delivery_id, reason, now)
    elif row.is_suppressed:
        _skip(tx, delivery_id, SkipReason.SUPPRESSED, now)
    elif row.is_stale:
        return Answer.STALE
    return Answer.GONE


def _skip(tx: Transaction, delivery_id: int, reason: SkipReason, now: datetime) -> None:
    tx.execute(
        update(delivery)
        .where(
            delivery.c.id == delivery_id,
            delivery.c.state == DeliveryState.WAITING.value,
        )
        .values(state=DeliveryState.SKIPPED.value, reason=reason.value, settled_at=now)
    )


def settle(tx: Transaction, verdicts: Sequence[Verdict], now: datetime) -> None:
    """Record what became of attempts.

    A verdict counts for its own attempt only: who has lost a chunk says nothing about
    what the next worker does. On a message that was held in doubt meanwhile a final
    verdict counts, for it is evidence; one for now comes too late to start again.
    """
    applied = [verdict for verdict in verdicts if _apply(tx, verdict, now)]
    _advance_cursors(tx, [v.delivery_id for v in applied if v.state == "sent"])
    recall_instant(tx, _editions_of(tx, applied))


def _apply(tx: Transaction, verdict: Verdict, now: datetime) -> bool:
    """Give a delivery its next state; return whether the verdict was about it."""
    is_final = verdict.state.is_final
    if not verdict.has_begun:
        before, tried = [DeliveryState.WAITING], verdict.number - 1
    else:
        before, tried = [DeliveryState.BEGUN], verdict.number
        if is_final:
            before.append(DeliveryState.HELD)
    changed = tx.execute(
        update(delivery)
        .where(
            delivery.c.id == verdict.delivery_id,
            delivery.c.state.in_([state.value for state in before]),
            delivery.c.attempts == tried,
        )
        .values(
            state=verdict.state.value,
            reason=verdict.reason[:200],
            ready_at=verdict.retry_at or now,
            attempts=verdict.number,
            settled_at=now if is_final else None,
        )
    )
    is_applied = changed.rowcount == 1
    if verdict.has_begun or is_applied:
        _close_attempt(tx, verdict, now)
    return is_applied


def _close_attempt(tx: Transaction, verdict: Verdict, now: datetime) -> None:
    """Keep what was answered, once; only a doubt may be cleared afterwards."""
    values = {
        "outcome": verdict.outcome,
        "phase": verdict.phase,
        "code": verdict.code,
        "reply": verdict.reply[:1000],
        "ended_at": now,
    }
    if verdict.has_begun:
        tx.execute(
            update(attempt)
            .where(
                attempt.c.delivery_id == verdict.delivery_id,
                attempt.c.number == verdict.number,
                attempt.c.outcome.in_(["", "doubt"]),
            )
            .values(**values)
        )
    else:
        tx.execute(
            insert(attempt).values(
                delivery_id=verdict.delivery_id,
                number=verdict.number,
                begun_at=now,
                **values,
            )
        )


def _advance_cursors(tx: Transaction, delivery_ids: Sequence[int]) -> None:
    """Count an edition's articles as had by the readers who were sent it (law 8)."""
    if not delivery_ids:
        return
    reached = (
        select(func.max(edition.c.up_to))
        .join(delivery, delivery.c.edition_id == edition.c.id)
        .where(
            delivery.c.subscription_id == subscription.c.id,
            delivery.c.id.in_(delivery_ids),
        )
        .scalar_subquery()
    )
    served = select(delivery.c.subscription_id).where(delivery.c.id.in_(delivery_ids))
    tx.execute(
        update(subscription)
        .where(subscription.c.id.in_(served))
        .values(cursor=greater(tx, subscription.c.cursor, reached))
    )


def _editions_of(tx: Transaction, verdicts: Sequence[Verdict]) -> Sequence[int]:
    """Return the editions of deliveries that have ended."""
    ended = [verdict.delivery_id for verdict in verdicts if verdict.state.is_final]
    found = select(delivery.c.edition_id).where(delivery.c.id.in_(ended))
    return tx.execute(found.distinct()).scalars().all()
