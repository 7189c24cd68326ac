"""Chunks of deliveries, leased to one worker at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)

from publisher.model.delivery import UNDER_WAY, DeliveryState
from publisher.model.priority import Priority, in_turn
from publisher.model.timetable import Frequency
from publisher.store.editions import EditionRow, recall_instant
from publisher.store.engine import Transaction
from publisher.store.locking import lock_rows
from publisher.store.schema.editions import attempt, chunk, delivery, edition
from publisher.store.schema.readers import timetable

__all__ = [
    "Lease",
    "expire_edition",
    "expire_older",
    "lease_chunk",
    "release_chunk",
    "renew_lease",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A chunk that one worker may send for a while; `fence` outdates older leases.

    `held` messages were begun by a worker that is gone, and are in doubt now.
    """

    chunk_id: int
    edition_id: int
    digest_key: str
    is_instant: bool
    fence: int
    composed_at: datetime
    expires_at: datetime
    held: int = 0


def lease_chunk(tx: Transaction, now: datetime, until: datetime) -> Lease | None:
    """Lease the chunk whose turn it is, or None when nothing is ready.

    That is the one that waits longest, where the more urgent have a head start.
    A chunk whose lease ran out is taken over: what its worker had begun and not settled
    is in doubt and held (law 10). What is past its edition's time expires.
    """
    taken = (_take(tx, one, now, until) for one in _turns(tx, now))
    row = next((row for row in taken if row is not None), None)
    if row is None:
        return None
    of_edition = tx.execute(
        select(
            edition.c.composed_at,
            edition.c.expires_at,
            timetable.c.digest_key,
            timetable.c.frequency,
        )
        .join(timetable, timetable.c.id == edition.c.timetable_id)
        .where(edition.c.id == row.edition_id)
    ).one()
    held = _hold_doubts(tx, row.id, now)
    if of_edition.expires_at <= now:
        _expire(tx, delivery.c.chunk_id == row.id, now)
    if held or of_edition.expires_at <= now:
        recall_instant(tx, [row.edition_id])
    return Lease(
        chunk_id=row.id,
        edition_id=row.edition_id,
        digest_key=of_edition.digest_key,
        is_instant=of_edition.frequency == Frequency.INSTANT.value,
        fence=row.fence,
        composed_at=of_edition.composed_at,
        expires_at=of_edition.expires_at,
        held=held,
    )


def _turns(tx: Transaction, now: datetime) -> list[Priority]:
    """Return the priorities of which something is ready, in the order of their turn."""
    oldest = [
        select(literal(one.value).label("priority"), chunk.c.ready_at)
        .where(*_is_free(one, now))
        .order_by(chunk.c.ready_at)
        .limit(1)
        .subquery()
        .select()
        for one in Priority
    ]
    rows = tx.execute(union_all(*oldest))
    return in_turn({Priority(row.priority): row.ready_at for row in rows})


def _take(
    tx: Transaction, priority: Priority, now: datetime, until: datetime
) -> Row[Any] | None:
    """Lease the chunk of a priority that waits longest, unless others have them all."""
    free = (
        select(chunk.c.id)
        .where(*_is_free(priority, now))
        .order_by(chunk.c.ready_at, chunk.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .cte("free")
    )
    return tx.execute(
        update(chunk)
        .where(chunk.c.id.in_(select(free.c.id)))
        .values(leased_until=until, fence=chunk.c.fence + 1)
        .returning(chunk.c.id, chunk.c.edition_id, chunk.c.fence)
    ).first()


def _is_free(priority: Priority, now: datetime) -> list[ColumnElement[bool]]:
    return [
        chunk.c.priority == priority.value,
        chunk.c.ready_at <= now,
        or_(chunk.c.leased_until.is_(None), chunk.c.leased_until < now),
    ]


def _hold_doubts(tx: Transaction, chunk_id: int, now: datetime) -> int:
    is_begun = (
        delivery.c.chunk_id == chunk_id,
        delivery.c.state == DeliveryState.BEGUN.value,
    )
    # A worker that was slow may be settling them.
    lock_rows(tx, delivery, *is_begun)
    in_doubt = tx.execute(
        update(delivery)
        .where(*is_begun)
        .values(
            state=DeliveryState.HELD.value,
            reason="in doubt: the worker stopped before the reply",
            settled_at=now,
        )
        .returning(delivery.c.id, delivery.c.attempts)
    )
    held = in_doubt.all()
    for row in held:
        tx.execute(
            update(attempt)
            .where(attempt.c.delivery_id == row.id, attempt.c.number == row.attempts)
            .values(outcome="doubt", phase="dot", ended_at=now)
        )
    return len(held)


def expire_older(tx: Transaction, row: EditionRow, now: datetime) -> None:
    """Expire what editions of the same timetable before this one left unsent."""
    older = select(edition.c.id).where(
        edition.c.timetable_id == row.timetable_id,
        edition.c.state == "open",
        edition.c.id != row.id,
        edition.c.expires_at <= now,
    )
    _expire(tx, delivery.c.edition_id.in_(older), now)


def expire_edition(tx: Transaction, row: EditionRow, now: datetime) -> None:
    """Expire whatever an edition has not sent."""
    _expire(tx, delivery.c.edition_id == row.id, now)
    recall_instant(tx, [row.id])


def _expire(tx: Transaction, which: ColumnElement[bool], now: datetime) -> None:
    is_waiting = delivery.c.state == DeliveryState.WAITING.value
    lock_rows(tx, delivery, which, is_waiting)
    tx.execute(
        update(delivery)
        .where(which, is_waiting)
        .values(
            state=DeliveryState.EXPIRED.value,
            reason="the edition's time was over",
            settled_at=now,
        )
    )


def renew_lease(tx: Transaction, lease: Lease, until: datetime) -> bool:
    """Extend a lease; False when somebody else has taken the chunk over."""
    renewed = tx.execute(
        update(chunk)
        .where(chunk.c.id == lease.chunk_id, chunk.c.fence == lease.fence)
        .values(leased_until=until)
    )
    return renewed.rowcount == 1


def release_chunk(
    tx: Transaction, lease: Lease, not_before: datetime | None = None
) -> None:
    """Give a chunk back, to be leased again when its next message is ready.

    With `not_before` not until then: none of its messages may go earlier.
    """
    # Who lets one of its messages wait again has done so before we look, or does after.
    lock = select(chunk.c.id).where(chunk.c.id == lease.chunk_id)
    tx.execute(lock.with_for_update(key_share=True)).all()
    next_ready = (
        select(func.min(delivery.c.ready_at))
        .where(
            delivery.c.chunk_id == lease.chunk_id,
            delivery.c.state.in_(UNDER_WAY),
        )
        .scalar_subquery()
    )
    ready_at: ColumnElement[datetime | None] = next_ready
    if not_before is not None:
        later = literal(not_before, chunk.c.ready_at.type)
        ready_at = case((next_ready < later, later), else_=next_ready)
    tx.execute(
        update(chunk)
        .where(chunk.c.id == lease.chunk_id, chunk.c.fence == lease.fence)
        .values(leased_until=None, ready_at=ready_at)
    )
