"""What the readers of an edition get: segments, and a delivery for every due reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)

from publisher.model.content import Piece
from publisher.model.delivery import DeliveryState, SkipReason
from publisher.model.priority import Priority
from publisher.store.editions import EditionRow
from publisher.store.engine import Transaction
from publisher.store.pieces import keep_pieces
from publisher.store.schema.articles import article
from publisher.store.schema.editions import (
    chunk,
    delivery,
    edition,
    segment,
    segment_article,
)
from publisher.store.schema.readers import subscription
from publisher.store.timetables import Group
from publisher.store.upsert import insert_into

__all__ = [
    "SegmentText",
    "add_segment",
    "already_sent",
    "cut_chunks",
    "enlist",
    "pass_by",
]

_UNSETTLED: list[ColumnElement[str]] = [
    literal_column("'waiting'"),
    literal_column("'begun'"),
]
"""Spelled as in the index ix_delivery_unsettled, so that SQLite finds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentText:
    """What a segment's readers get, rendered, with the articles that are in it.

    `frame` holds the names and addresses around the content, frozen with it, and
    `preheader`, which mail programs show beside the subject.
    """

    content_key: str
    language: str
    is_compact: bool
    selection_id: int
    subject: str
    pieces: tuple[Piece, ...]
    frame: Mapping[str, str]
    article_ids: tuple[int, ...]


def add_segment(tx: Transaction, edition_id: int, text: SegmentText) -> int:
    """Keep what some readers get; equal content is kept once per edition."""
    new = tx.execute(
        insert_into(tx, segment)
        .values(
            edition_id=edition_id,
            content_key=text.content_key,
            language=text.language,
            is_compact=text.is_compact,
            selection_id=text.selection_id,
            is_stale=False,
            subject=text.subject,
            pieces=keep_pieces(tx, text.pieces),
            frame=dict(text.frame),
        )
        .on_conflict_do_nothing()
        .returning(segment.c.id)
    ).scalar()
    if new is None:
        found = select(segment.c.id).where(
            segment.c.edition_id == edition_id,
            segment.c.content_key == text.content_key,
        )
        new = tx.execute(found).scalar_one()
    elif text.article_ids:
        tx.execute(
            insert(segment_article),
            [{"segment_id": new, "article_id": i} for i in text.article_ids],
        )
    _look_for_withdrawn(tx, new)
    return int(new)


def _look_for_withdrawn(tx: Transaction, segment_id: int) -> None:
    """Say whether an article of a segment is withdrawn by now, or public again (law 9).

    The lock waits for who is withdrawing one at this moment.
    """
    shown = select(segment_article.c.article_id).where(
        segment_article.c.segment_id == segment_id
    )
    tx.execute(
        select(article.c.id)
        .where(article.c.id.in_(shown))
        .order_by(article.c.id)
        .with_for_update(read=True, key_share=True)
    )
    is_stale = exists().where(article.c.id.in_(shown), article.c.state != "public")
    tx.execute(
        update(segment).where(segment.c.id == segment_id).values(is_stale=is_stale)
    )


def enlist(
    tx: Transaction,
    row: EditionRow,
    group: Group,
    outcome: int | SkipReason,
    now: datetime,
    only: Sequence[int] | None = None,
) -> None:
    """Give every reader of a group a delivery: of a segment, or skipped with a reason.

    Readers who have a delivery of this edition keep it, so planning may run again.
    """
    of_group = _members(row, group)
    if only is not None:
        of_group.append(subscription.c.id.in_(only))
    is_free = _has_nothing_unsettled(row)
    _enlist(tx, row, [*of_group, is_free], outcome, now)
    _enlist(tx, row, of_group, SkipReason.UNDER_WAY, now)
    if outcome is SkipReason.NOTHING_NEW:
        _advance(tx, row, [*of_group, is_free])


def pass_by(tx: Transaction, row: EditionRow, group: Group) -> None:
    """Move the readers of a group on without an edition: none of it is for them."""
    is_free = _has_nothing_unsettled(row)
    _advance(tx, row, [*_members(row, group), is_free])


def _advance(
    tx: Transaction, row: EditionRow, members: Sequence[ColumnElement[bool]]
) -> None:
    """Count an edition as had: nothing up to its end is left, and groups stay few."""
    tx.execute(
        update(subscription)
        .where(*members, subscription.c.cursor < row.up_to)
        .values(cursor=row.up_to)
    )


def _has_nothing_unsettled(row: EditionRow) -> ColumnElement[bool]:
    return ~exists().where(
        delivery.c.subscription_id == subscription.c.id,
        delivery.c.edition_id != row.id,
        delivery.c.state.in_(_UNSETTLED),
    )


def _members(row: EditionRow, group: Group) -> list[ColumnElement[bool]]:
    return [
        subscription.c.timetable_id == row.timetable_id,
        subscription.c.state == "active",
        subscription.c.language == group.language,
        subscription.c.is_compact.is_(group.is_compact),
        subscription.c.selection_id == group.selection_id,
        subscription.c.cursor == group.cursor,
    ]


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
    tx.execute(
        insert_into(tx, delivery)
        .from_select(list(values), select(*values.values()).where(*members))
        .on_conflict_do_nothing()
    )


def already_sent(
    tx: Transaction, row: EditionRow, group: Group, article_ids: Sequence[int]
) -> dict[int, frozenset[int]]:
    """Return which of some articles each reader of a group had before, where any.

    Needed only for articles that were listed again; no reader's history is read
    farther back than the first edition with one of them.
    """
    first = tx.execute(
        select(func.min(segment.c.edition_id))
        .join(segment_article, segment_article.c.segment_id == segment.c.id)
        .where(segment_article.c.article_id.in_(article_ids))
    ).scalar()
    if first is None:
        return {}
    rows = tx.execute(
        select(delivery.c.subscription_id, segment_article.c.article_id)
        .select_from(subscription)
        .join(delivery, delivery.c.subscription_id == subscription.c.id)
        .join(segment_article, segment_article.c.segment_id == delivery.c.segment_id)
        .where(
            segment_article.c.article_id.in_(article_ids),
            delivery.c.edition_id >= first,
            delivery.c.state == DeliveryState.SENT.value,
            *_members(row, group),
        )
    )
    found: dict[int, frozenset[int]] = {}
    for subscription_id, article_id in rows:
        found[subscription_id] = found.get(subscription_id, frozenset()) | {article_id}
    return found


def cut_chunks(tx: Transaction, row: EditionRow, size: int, now: datetime) -> int:
    """Put an edition's waiting deliveries into chunks and let workers have them."""
    count = 0
    # Whoever was passed over in editions before it is in no chunk either, for ever. The
    # sum keeps PostgreSQL from looking for the least along the key, past all of those.
    least = select(func.min(delivery.c.id + 0)).where(delivery.c.edition_id == row.id)
    last = (tx.execute(least).scalar() or 0) - 1
    priority = Priority.of(row.frequency).value
    while True:
        ids = (
            tx.execute(
                select(delivery.c.id)
                .where(
                    delivery.c.edition_id == row.id,
                    delivery.c.chunk_id.is_(None),
                    delivery.c.state == DeliveryState.WAITING.value,
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
        last = ids[-1]
        chunk_id = tx.execute(
            insert(chunk)
            .values(edition_id=row.id, priority=priority, ready_at=now, fence=0)
            .returning(chunk.c.id)
        ).scalar_one()
        tx.execute(
            update(delivery)
            .where(delivery.c.id.in_(ids), delivery.c.chunk_id.is_(None))
            .values(chunk_id=chunk_id)
        )
        count += 1
    state = "open" if count else "closed"
    tx.execute(
        update(edition)
        .where(edition.c.id == row.id, edition.c.state == "planning")
        .values(state=state)
    )
    return count
