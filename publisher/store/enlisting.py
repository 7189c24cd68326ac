"""A delivery for every due reader of an edition, and the chunks workers send."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    any_,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    union_all,
    update,
)

from publisher.model.delivery import UNDER_WAY, DeliveryState, SkipReason
from publisher.model.priority import Priority
from publisher.store.editions import EditionRow
from publisher.store.engine import Transaction
from publisher.store.groups import Group, members_of
from publisher.store.planning_turns import turn_to_plan
from publisher.store.schema.editions import chunk, delivery, edition, segment
from publisher.store.schema.readers import subscription
from publisher.store.segments import SegmentText, add_segment
from publisher.store.upsert import insert_into

__all__ = [
    "READERS_AT_ONCE",
    "cut_chunks",
    "enlist",
    "open_chunks",
    "pass_by",
    "spans_of",
]

READERS_AT_ONCE = 20_000
"""So many are enlisted in one transaction: its memory is theirs, not the edition's."""

CHUNKS_AT_ONCE = 40
"""So many are cut in one transaction: who writes meanwhile need not wait for all."""

_NO_END = 2**63 - 1

_TO_BE_SENT = (DeliveryState.WAITING.value, DeliveryState.HELD.value)

_OPEN = (text("edition.state = 'open'"), text("edition.state = 'planning'"))
"""Spelled as in ix_edition_open and ix_edition_planning, so that SQLite finds these."""


def spans_of(tx: Transaction, row: EditionRow, group: Group, size: int) -> list[range]:
    """Divide the numbers of subscriptions so that a group has `size` in each span.

    The spans leave no number out: who joins meanwhile is in one of them.
    """
    spans: list[range] = []
    first = 0
    while True:
        after = (
            select(subscription.c.id)
            .where(*members_of(row.timetable_id, group), subscription.c.id >= first)
            .order_by(subscription.c.id)
            .offset(size)
            .limit(1)
        )
        end = tx.execute(after).scalar()
        if end is None:
            return [*spans, range(first, _NO_END)]
        spans.append(range(first, end))
        first = end


def enlist(
    tx: Transaction,
    row: EditionRow,
    group: Group,
    outcome: SegmentText | SkipReason,
    now: datetime,
    only: Sequence[int] = range(_NO_END),
) -> None:
    """Give every reader of a group a delivery: of a segment, or skipped with a reason.

    `only` those with some numbers, a span of them or a short list. Readers who have a
    delivery of this edition keep it, so planning may run again. Where another planner
    has handed it out meanwhile, the rest comes with the next edition.
    """
    if not turn_to_plan(tx, row):
        return
    number = subscription.c.id
    of_group = members_of(row.timetable_id, group)
    if isinstance(only, range):
        of_group += [number >= only.start, number < only.stop]
    else:
        of_group.append(number.in_(only))
    is_free = _has_nothing_under_way(tx, row)
    gets: int | SkipReason
    if isinstance(outcome, SkipReason):
        gets = outcome
    else:
        gets = add_segment(tx, row.id, outcome)
    _enlist(tx, row, [*of_group, is_free], gets, now)
    _enlist(tx, row, of_group, SkipReason.UNDER_WAY, now)
    if outcome is SkipReason.NOTHING_NEW:
        _advance(tx, row, [*of_group, is_free])


def pass_by(tx: Transaction, row: EditionRow, group: Group) -> None:
    """Move the readers of a group on without an edition: none of it is for them."""
    is_free = _has_nothing_under_way(tx, row)
    _advance(tx, row, [*members_of(row.timetable_id, group), is_free])


def _advance(
    tx: Transaction, row: EditionRow, members: Sequence[ColumnElement[bool]]
) -> None:
    """Count an edition as had: nothing up to its end is left, and groups stay few."""
    tx.execute(
        update(subscription)
        .where(*members, subscription.c.cursor < row.up_to)
        .values(cursor=row.up_to)
    )


def _has_nothing_under_way(tx: Transaction, row: EditionRow) -> ColumnElement[bool]:
    """Return whether no other edition of a reader is under way.

    Only editions that are not closed have such deliveries, and those are few.
    """
    others = union_all(
        *(select(edition.c.id).where(edition.c.id != row.id, is_so) for is_so in _OPEN)
    )
    of_these: ColumnElement[bool] = delivery.c.edition_id.in_(others)
    if tx.dialect.name == "postgresql":
        # As a list, so that each is looked up in the index of readers' deliveries.
        of_these = delivery.c.edition_id == any_(func.array(others.scalar_subquery()))
    return ~exists().where(
        delivery.c.subscription_id == subscription.c.id,
        of_these,
        delivery.c.state.in_(UNDER_WAY),
    )


def _enlist(
    tx: Transaction,
    row: EditionRow,
    members: Sequence[ColumnElement[bool]],
    outcome: int | SkipReason,
    now: datetime,
) -> None:
    skipped = outcome if isinstance(outcome, SkipReason) else None
    state = DeliveryState.SKIPPED if skipped else DeliveryState.WAITING
    times = delivery.c.ready_at.type
    values: dict[str, ColumnElement[Any]] = {
        "edition_id": literal(row.id),
        "subscription_id": subscription.c.id,
        "segment_id": literal(None if skipped else outcome, segment.c.id.type),
        "state": literal(state.value),
        "reason": literal(skipped.value if skipped else ""),
        "attempts": literal(0),
        "ready_at": literal(now, times),
        "settled_at": literal(now if skipped else None, times),
    }
    # In one order on every database: the same readers are the same deliveries.
    readers = select(*values.values()).where(*members).order_by(subscription.c.id)
    tx.execute(
        insert_into(tx, delivery)
        .from_select(list(values), readers)
        .on_conflict_do_nothing()
    )


def cut_chunks(
    tx: Transaction,
    row: EditionRow,
    size: int,
    after: int = 0,
    most: int = CHUNKS_AT_ONCE,
) -> int:
    """Put deliveries of an edition into chunks that nobody may lease yet.

    What was held before, by who restored a backup, may be sent from one later. Those
    with numbers `after` one, into at most `most` chunks. Returns the last number
    that was put into one, 0 when none is left or others have handed the edition out.
    """
    if not turn_to_plan(tx, row):
        return 0
    last = after or _before_the_first(tx, row)
    is_any = False
    priority = Priority.of(row.frequency).value
    for _ in range(most):
        ids = (
            tx.execute(
                select(delivery.c.id)
                .where(
                    delivery.c.edition_id == row.id,
                    delivery.c.chunk_id.is_(None),
                    delivery.c.state.in_(_TO_BE_SENT),
                    # Not to meet those of the chunks before it again, nor theirs.
                    delivery.c.id > last,
                )
                .order_by(delivery.c.id)
                .limit(size)
            )
            .scalars()
            .all()
        )
        if not ids:
            break
        last, is_any = ids[-1], True
        chunk_id = tx.execute(
            insert(chunk)
            .values(edition_id=row.id, priority=priority, ready_at=None, fence=0)
            .returning(chunk.c.id)
        ).scalar_one()
        tx.execute(
            update(delivery)
            .where(delivery.c.id.in_(ids), delivery.c.chunk_id.is_(None))
            .values(chunk_id=chunk_id)
        )
    return last if is_any else 0


def _before_the_first(tx: Transaction, row: EditionRow) -> int:
    """Return the number before an edition's first delivery.

    Whoever was passed over in editions before it is in no chunk either, for ever. The
    sum keeps PostgreSQL from looking for the least along the key, past all of those.
    """
    least = select(func.min(delivery.c.id + 0)).where(delivery.c.edition_id == row.id)
    return (tx.execute(least).scalar() or 0) - 1


def open_chunks(tx: Transaction, row: EditionRow, now: datetime) -> int | None:
    """Let workers have the chunks of an edition, all at once; return how many.

    None where another planner has done so: what is sent by now stays closed.
    """
    if not turn_to_plan(tx, row):
        return None
    opened = tx.execute(
        update(chunk).where(chunk.c.edition_id == row.id).values(ready_at=now)
    )
    tx.execute(
        update(edition)
        .where(edition.c.id == row.id)
        .values(state="open" if opened.rowcount else "closed")
    )
    return opened.rowcount
