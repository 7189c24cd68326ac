"""The ledger of deliveries: begun before the final dot, settled after the reply."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from publisher.model.delivery import DeliveryState, SkipReason
from publisher.store.editions import recall_instant
from publisher.store.engine import Transaction
from publisher.store.leases import Lease
from publisher.store.replies import forget_late_replies
from publisher.store.schema.editions import (
    attempt,
    chunk,
    delivery,
    edition,
    segment,
)
from publisher.store.schema.readers import subscription, suppression
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
        .join(subscription, subscription.c.subscriber_id == suppression.c.subscriber_id)
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
    applied = [v for alike in _alike(verdicts) for v in _apply(tx, alike, now)]
    _close_attempts(tx, [v for v in verdicts if v.has_begun], now)
    _add_attempts(tx, [v for v in applied if not v.has_begun], now)
    forget_late_replies(tx, [v.delivery_id for v in verdicts])
    _advance_cursors(tx, [v.delivery_id for v in applied if v.state == "sent"])
    recall_instant(tx, _editions_of(tx, applied))


def _alike(verdicts: Sequence[Verdict]) -> Iterable[list[Verdict]]:
    """Put together what one statement can record: most messages are simply sent."""
    alike: dict[Any, list[Verdict]] = {}
    for each in verdicts:
        kind = (each.state, each.reason, each.retry_at, each.has_begun)
        alike.setdefault(kind, []).append(each)
    return alike.values()


def _apply(tx: Transaction, alike: list[Verdict], now: datetime) -> list[Verdict]:
    """Give deliveries their next state; return the verdicts that were about them."""
    first = alike[0]
    is_final = first.state.is_final
    if not first.has_begun:
        before, further = [DeliveryState.WAITING], 1
    else:
        before, further = [DeliveryState.BEGUN], 0
        if is_final:
            before.append(DeliveryState.HELD)
    tried = [(each.delivery_id, each.number - further) for each in alike]
    changed = tx.execute(
        update(delivery)
        .where(
            # The numbers alone are looked up in the key; a pair is not, in SQLite.
            delivery.c.id.in_([delivery_id for delivery_id, _ in tried]),
            tuple_(delivery.c.id, delivery.c.attempts).in_(tried),
            delivery.c.state.in_([state.value for state in before]),
        )
        .values(
            state=first.state.value,
            reason=first.reason[:200],
            ready_at=first.retry_at or now,
            attempts=delivery.c.attempts + further,
            settled_at=now if is_final else None,
        )
        .returning(delivery.c.id)
    )
    about = set(changed.scalars())
    return [each for each in alike if each.delivery_id in about]


def _close_attempts(tx: Transaction, verdicts: list[Verdict], now: datetime) -> None:
    """Keep what was answered, once; only a doubt may be cleared afterwards."""
    rows = [
        {"of_delivery": v.delivery_id, "of_number": v.number, **_answered(v, now)}
        for v in verdicts
    ]
    same = update(attempt).where(
        attempt.c.delivery_id == bindparam("of_delivery"),
        attempt.c.number == bindparam("of_number"),
        or_(attempt.c.outcome == "", attempt.c.outcome == "doubt"),
    )
    if rows:
        tx.execute(same, rows)


def _add_attempts(tx: Transaction, verdicts: list[Verdict], now: datetime) -> None:
    """Keep attempts that ended before anything was begun."""
    rows = [
        {"delivery_id": v.delivery_id, "number": v.number, "begun_at": now}
        | _answered(v, now)
        for v in verdicts
    ]
    if rows:
        tx.execute(insert(attempt), rows)


def _answered(verdict: Verdict, now: datetime) -> dict[str, object]:
    return {
        "outcome": verdict.outcome,
        "phase": verdict.phase,
        "code": verdict.code,
        "reply": verdict.reply[:1000],
        "ended_at": now,
    }


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
