"""Groups of readers who are served together, read a page at a time."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select, tuple_

from publisher.model.selection import Selection
from publisher.store.engine import Transaction
from publisher.store.schema.editions import delivery
from publisher.store.schema.readers import selection, subscription, suppression

__all__ = ["GROUPS_AT_ONCE", "Group", "groups_of", "has_reachable", "members_of"]

GROUPS_AT_ONCE = 1_000
"""Groups in memory: where all readers chose differently, there are as many as they."""

_MOST_AT_ONCE = 500
"""Parameters in one IN list."""

_KEY = (
    subscription.c.language,
    subscription.c.is_compact,
    subscription.c.selection_id,
    subscription.c.cursor,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Readers of a timetable who chose alike and have been served up to the same."""

    language: str
    is_compact: bool
    selection_id: int
    selection: Selection
    cursor: int
    readers: int


def groups_of(
    tx: Transaction,
    timetable_id: int,
    after: Group | None = None,
    *,
    without: int = 0,
    limit: int,
) -> list[Group]:
    """Return a page of the groups of a timetable's active readers, from the index.

    It begins `after` the last of the page before. With an edition that they are to be
    `without`, only readers who have no delivery of it.
    """
    wanted = (
        select(*_KEY, func.count().label("readers"))
        .where(
            subscription.c.timetable_id == timetable_id,
            subscription.c.state == "active",
        )
        .group_by(*_KEY)
        .order_by(*_KEY)
        .limit(limit)
    )
    if after is not None:
        last = (after.language, after.is_compact, after.selection_id, after.cursor)
        wanted = wanted.where(tuple_(*_KEY) > tuple_(*last))
    if without:
        has_one = exists().where(
            delivery.c.edition_id == without,
            delivery.c.subscription_id == subscription.c.id,
        )
        wanted = wanted.where(~has_one)
    rows = tx.execute(wanted).all()
    selections = _selections(tx, {row.selection_id for row in rows})
    return [
        Group(
            language=row.language,
            is_compact=row.is_compact,
            selection_id=row.selection_id,
            selection=selections[row.selection_id],
            cursor=row.cursor,
            readers=row.readers,
        )
        for row in rows
    ]


def members_of(timetable_id: int, group: Group) -> list[ColumnElement[bool]]:
    """Return what holds for the subscriptions of a group."""
    return [
        subscription.c.timetable_id == timetable_id,
        subscription.c.state == "active",
        subscription.c.language == group.language,
        subscription.c.is_compact.is_(group.is_compact),
        subscription.c.selection_id == group.selection_id,
        subscription.c.cursor == group.cursor,
    ]


def has_reachable(tx: Transaction, timetable_id: int, group: Group) -> bool:
    """Tell whether a group has anybody who may be written to.

    Who may not keeps an old cursor, and is in the end in a group of such readers only.
    """
    is_suppressed = exists().where(
        suppression.c.subscriber_id == subscription.c.subscriber_id
    )
    some = select(subscription.c.id).where(
        *members_of(timetable_id, group), ~is_suppressed
    )
    return tx.execute(some.limit(1)).first() is not None


def _selections(tx: Transaction, ids: Collection[int]) -> dict[int, Selection]:
    """Look selections up by number: joined, PostgreSQL may read all there are."""
    ordered = sorted(ids)
    return {
        row.id: Selection.from_key(row.key)
        for start in range(0, len(ordered), _MOST_AT_ONCE)
        for row in tx.execute(
            select(selection.c.id, selection.c.key).where(
                selection.c.id.in_(ordered[start : start + _MOST_AT_ONCE])
            )
        )
    }
