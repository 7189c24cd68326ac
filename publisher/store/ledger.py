"""The ledger of deliveries: begun before the final dot, settled after the reply.

Many messages share a transaction, and all of them a statement: what it costs to be
understood, planned and carried to the server is shared as well.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Row, insert, select, update

from publisher.model.delivery import DeliveryState, SkipReason
from publisher.store.beginning import (
    Asked,
    begun_deliveries,
    given_for,
    is_stale,
    is_suppressed,
    opened_attempts,
)
from publisher.store.chains import Chain, chained
from publisher.store.editions import recall_instant
from publisher.store.engine import Transaction
from publisher.store.held import hear_late, prepare_to_hear
from publisher.store.locking import lock_rows
from publisher.store.replies import forget_late_replies
from publisher.store.schema.editions import attempt, delivery
from publisher.store.schema.readers import subscription
from publisher.store.settling import MAX_REPLY, advance_cursors, settling
from publisher.store.verdict import Verdict

__all__ = ["Answer", "Asked", "Verdict", "begin", "settle"]

MAX_REASON = 200


class Answer(StrEnum):
    """The answers to a request to begin."""

    BEGUN = "begun"
    STALE = "stale"
    GONE = "gone"


def begin(tx: Transaction, asked: Sequence[Asked], now: datetime) -> dict[int, Answer]:
    """Record messages as begun, unless something speaks against them (law 9, law 10).

    Asked right before the envelope: is the lease still ours, the reader subscribed and
    not suppressed, the text still the reader's, every article of it still public?
    Return an answer of Answer for each delivery, of which each is asked about once; a
    message that is gone is settled here with its reason.
    """
    if not asked:
        return {}
    given: dict[str, Any] = {**given_for(asked), "at": now}
    begun = _beginning(tx.dialect.name).run(tx, given)
    answers = {row.id: Answer.BEGUN for row in begun}
    for each in asked:
        if each.delivery_id not in answers:
            answers[each.delivery_id] = _refuse(tx, each, now)
    return answers


@cache
def _beginning(dialect: str) -> Chain:
    """Begin what may, and open an attempt for it."""
    return chained(dialect, begun_deliveries(dialect), [opened_attempts])


def _refuse(tx: Transaction, asked: Asked, now: datetime) -> Answer:
    """Say why a message may not begin, and settle it where that is final."""
    row = tx.execute(
        select(
            delivery.c.state,
            delivery.c.segment_id,
            subscription.c.state.label("subscription"),
            is_suppressed().label("is_suppressed"),
            is_stale().label("is_stale"),
        )
        .join(subscription, subscription.c.id == delivery.c.subscription_id)
        .where(delivery.c.id == asked.delivery_id)
    ).one()
    if row.state != DeliveryState.WAITING.value:
        return Answer.GONE
    if row.subscription != "active":
        is_paused = row.subscription == "paused"
        reason = SkipReason.PAUSED if is_paused else SkipReason.LEFT
        _skip(tx, asked.delivery_id, reason, now)
    elif row.is_suppressed:
        _skip(tx, asked.delivery_id, SkipReason.SUPPRESSED, now)
    elif row.is_stale or row.segment_id != asked.segment_id:
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
    what the next worker does. About a message that was held in doubt meanwhile it is
    evidence.
    """
    _lock(tx, verdicts)
    ended: set[int] = set()
    heard: set[int] = set()
    for alike in _alike(verdicts):
        first = alike[0]
        about = {row.id: row.edition_id for row in _apply(tx, alike, now)}
        if not first.has_begun:
            _add_attempts(tx, [v for v in alike if v.delivery_id in about], now)
        if first.state.is_final and first.may_recall:
            ended.update(about.values())
        heard.update(about)
    late = [v for v in verdicts if v.has_begun and v.delivery_id not in heard]
    if late:
        ended.update(_settle_late(tx, late, now))
    forget_late_replies(tx, [verdict.delivery_id for verdict in verdicts])
    if ended:
        recall_instant(tx, ended)


def _lock(tx: Transaction, verdicts: Sequence[Verdict]) -> None:
    """Wait for what is to be settled, and before that for what is in doubt."""
    if tx.dialect.name != "postgresql":
        return
    ids = [verdict.delivery_id for verdict in verdicts]
    begun = [verdict.delivery_id for verdict in verdicts if verdict.has_begun]
    is_late = delivery.c.state != DeliveryState.BEGUN.value
    late = select(delivery.c.id).where(delivery.c.id.in_(begun), is_late)
    if found := tx.execute(late).scalars().all():
        prepare_to_hear(tx, found)
    lock_rows(tx, delivery, delivery.c.id.in_(ids))


def _settle_late(
    tx: Transaction, verdicts: Sequence[Verdict], now: datetime
) -> Sequence[int]:
    """Take verdicts about messages held meanwhile as evidence; return editions."""
    heard = hear_late(tx, verdicts, now)
    sent = [v.delivery_id for v in heard if v.state is DeliveryState.SENT]
    if sent:
        about = select(delivery.c.subscription_id, delivery.c.edition_id)
        about = about.where(delivery.c.id.in_(sent))
        tx.execute(advance_cursors(tx.dialect.name, about.subquery()))
    over = [v.delivery_id for v in heard if v.state.is_final]
    found = select(delivery.c.edition_id).where(delivery.c.id.in_(over))
    return tx.execute(found.distinct()).scalars().all()


def _alike(verdicts: Sequence[Verdict]) -> Iterable[list[Verdict]]:
    """Put together what one statement can record: most messages are simply sent."""
    alike: dict[Any, list[Verdict]] = {}
    for each in verdicts:
        kind = (
            *(each.state, each.reason, each.retry_at),
            *(each.has_begun, each.may_recall),
        )
        alike.setdefault(kind, []).append(each)
    return alike.values()


def _apply(tx: Transaction, alike: list[Verdict], now: datetime) -> Sequence[Row[Any]]:
    """Give deliveries their next state; return those that the verdicts were about."""
    first = alike[0]
    further = 0 if first.has_begun else 1
    chain = settling(tx.dialect.name, first.state, has_begun=first.has_begun)
    return chain.run(
        tx,
        {
            "ids": [each.delivery_id for each in alike],
            "told": [
                {
                    "of": each.delivery_id,
                    "tried": each.number - further,
                    "outcome": each.outcome,
                    "phase": each.phase,
                    "code": each.code,
                    "reply": each.reply[:MAX_REPLY],
                }
                for each in alike
            ],
            "why": first.reason[:MAX_REASON],
            "again_at": first.retry_at or now,
            "at": now,
        },
    )


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
        "reply": verdict.reply[:MAX_REPLY],
        "ended_at": now,
    }
