"""What becomes of a delivery in doubt once it is known whether it was accepted.

Its articles have gone back into its reader's next edition by then, or not yet. Nobody
gets an article twice as far as that is still in our hands (law 8).
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    case,
    exists,
    literal,
    or_,
    select,
    update,
)

from publisher.model.delivery import DeliveryState
from publisher.store.editions import recall_instant
from publisher.store.engine import Transaction
from publisher.store.locking import lock_rows
from publisher.store.planning_turns import turn_to_hear
from publisher.store.schema.editions import chunk, delivery, edition, segment_article
from publisher.store.schema.readers import subscription
from publisher.store.verdict import Verdict

__all__ = ["HAD", "WENT_ON", "hear_late", "prepare_to_hear", "wait_again"]

HELD, WAITING = DeliveryState.HELD.value, DeliveryState.WAITING.value
WENT_ON = "not accepted; its articles are in a later edition"
HAD = "an earlier message with its articles arrived"
_HAS_THE_ARTICLES = [
    state.value
    for state in (
        DeliveryState.WAITING,
        DeliveryState.BEGUN,
        DeliveryState.SENT,
        DeliveryState.HELD,
    )
]


def hear_late(
    tx: Transaction, verdicts: Sequence[Verdict], now: datetime
) -> list[Verdict]:
    """Act on verdicts about messages that were held meanwhile; return those.

    A final one counts, for it is evidence, also where the message was to be sent again.
    One that was refused for now waits again.
    """
    prepare_to_hear(tx, [verdict.delivery_id for verdict in verdicts])
    heard = [each for each in verdicts if _hear(tx, each, now)]
    _spare(tx, [v.delivery_id for v in heard if v.state is DeliveryState.SENT], now)
    return heard


def _hear(tx: Transaction, verdict: Verdict, now: datetime) -> bool:
    says_more = verdict.state.is_final and verdict.state is not DeliveryState.HELD
    about = and_(
        delivery.c.id == verdict.delivery_id,
        delivery.c.attempts == verdict.number,
        delivery.c.state.in_([HELD, WAITING] if says_more else [HELD]),
    )
    if not verdict.state.is_final:
        found = tx.execute(select(delivery.c.id).where(about)).scalars().all()
        return bool(wait_again(tx, found, verdict.reason, verdict.retry_at, now))
    changed = tx.execute(
        update(delivery)
        .where(about)
        .values(state=verdict.state.value, reason=verdict.reason[:200], settled_at=now)
    )
    return changed.rowcount == 1


def _spare(tx: Transaction, sent: Collection[int], now: datetime) -> None:
    """Send nothing that waits and has articles of a message that arrived after all.

    What else is in it comes with its reader's next edition.
    """
    if not sent:
        return
    ours = delivery.alias()
    readers = select(ours.c.subscription_id).where(ours.c.id.in_(sent))
    spared = tx.execute(
        update(delivery)
        .where(
            delivery.c.state == WAITING,
            delivery.c.subscription_id.in_(readers),
            _shares_articles_with(ours, ours.c.id.in_(sent)),
        )
        .values(state=DeliveryState.EXPIRED.value, reason=HAD, settled_at=now)
        .returning(delivery.c.edition_id)
    )
    recall_instant(tx, spared.scalars())


def wait_again(
    tx: Transaction,
    delivery_ids: Collection[int],
    reason: str,
    at: datetime | None,
    now: datetime,
) -> dict[int, DeliveryState]:
    """Let held deliveries wait until a time, now if there is none, as the same bytes.

    What another message of the same reader's has expires instead. Return what each has
    become; one that comes too late for its edition expires when its chunk is leased.
    """
    if not delivery_ids:
        return {}
    prepare_to_hear(tx, delivery_ids)
    other = delivery.alias()
    of_reader = other.c.subscription_id == delivery.c.subscription_id
    went_on = exists(
        select(other.c.id).where(
            of_reader,
            other.c.edition_id > delivery.c.edition_id,
            other.c.state.in_(_HAS_THE_ARTICLES),
        )
    )
    had = other.c.state == DeliveryState.SENT.value
    why = case((went_on, WENT_ON), (_shares_articles_with(other, had), HAD), else_="")
    rows = tx.execute(
        select(delivery.c.id, delivery.c.chunk_id, delivery.c.edition_id, why).where(
            delivery.c.id.in_(delivery_ids), delivery.c.state == HELD
        )
    ).all()
    for row in rows:
        is_over = bool(row[3])
        tx.execute(
            update(delivery)
            .where(delivery.c.id == row.id)
            .values(
                state=DeliveryState.EXPIRED.value if is_over else WAITING,
                reason=row[3] or reason[:200],
                ready_at=at or now,
                settled_at=now if is_over else None,
            )
        )
    again = [row for row in rows if not row[3]]
    _wake(tx, {r.chunk_id for r in again}, {r.edition_id for r in again}, at or now)
    recall_instant(tx, {row.edition_id for row in rows if row[3]})
    over, again_waiting = DeliveryState.EXPIRED, DeliveryState.WAITING
    return {row.id: over if row[3] else again_waiting for row in rows}


def _shares_articles_with(
    other: FromClause, is_meant: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Whether a delivery shows an article that another message of the reader's does."""
    theirs = segment_article.alias()
    return exists(
        select(segment_article.c.article_id)
        .join(theirs, theirs.c.article_id == segment_article.c.article_id)
        .join(other, other.c.segment_id == theirs.c.segment_id)
        .where(
            segment_article.c.segment_id == delivery.c.segment_id,
            other.c.subscription_id == delivery.c.subscription_id,
            other.c.id != delivery.c.id,
            is_meant,
        )
        .correlate(delivery)
    )


def prepare_to_hear(tx: Transaction, delivery_ids: Collection[int]) -> None:
    """Wait until nobody else decides about deliveries that are held.

    Neither plans for their readers, closes their editions, nor gives their chunks back:
    they would not see what is about to wait again, nor we what they write.
    """
    turn_to_hear(tx, delivery_ids)
    is_meant = delivery.c.id.in_(delivery_ids)
    for table, column in (
        (edition, delivery.c.edition_id),
        (chunk, delivery.c.chunk_id),
        (delivery, delivery.c.id),
        (subscription, delivery.c.subscription_id),
    ):
        lock_rows(tx, table, table.c.id.in_(select(column).where(is_meant)))


def _wake(
    tx: Transaction, chunks: Collection[int], editions: Collection[int], at: datetime
) -> None:
    """Let chunks be leased again, in editions that may have been closed meanwhile."""
    earlier = literal(at, chunk.c.ready_at.type)
    is_later = or_(chunk.c.ready_at.is_(None), chunk.c.ready_at > earlier)
    tx.execute(
        update(chunk).where(chunk.c.id.in_(chunks), is_later).values(ready_at=at)
    )
    tx.execute(
        update(edition)
        .where(edition.c.id.in_(editions), edition.c.state == "closed")
        .values(state="open")
    )
