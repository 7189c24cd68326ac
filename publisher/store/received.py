"""What readers got, have under way, and were served up to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from publisher.model.delivery import UNDER_WAY, DeliveryState
from publisher.store.editions import EditionRow
from publisher.store.engine import Transaction
from publisher.store.groups import Group, members_of
from publisher.store.schema.editions import (
    delivery,
    edition,
    segment,
    segment_article,
)
from publisher.store.schema.readers import subscription

__all__ = ["Received", "already_sent", "cursor_of", "had_of", "latest_received"]

_MOST_AT_ONCE = 500
"""Articles or segments in one IN list."""

_ALL = range(2**63 - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A digest that a reader got.

    What a stale one says of itself may name an article that was withdrawn.
    """

    segment_id: int
    dated: date
    subject: str
    is_stale: bool


def latest_received(
    tx: Transaction, subscription_id: int, limit: int
) -> tuple[Received, ...]:
    """Return the last digests that were sent to a reader, newest first."""
    rows = tx.execute(
        select(segment.c.id, edition.c.dated, segment.c.subject, segment.c.is_stale)
        .select_from(delivery)
        .join(edition, edition.c.id == delivery.c.edition_id)
        .join(segment, segment.c.id == delivery.c.segment_id)
        .where(
            delivery.c.subscription_id == subscription_id,
            delivery.c.state == DeliveryState.SENT.value,
        )
        .order_by(delivery.c.edition_id.desc())
        .limit(limit)
    )
    return tuple(
        Received(
            segment_id=row.id,
            dated=row.dated,
            subject=row.subject,
            is_stale=row.is_stale,
        )
        for row in rows
    )


def cursor_of(tx: Transaction, subscription_id: int) -> int:
    """Return the listing number up to which a reader has been served."""
    found = select(subscription.c.cursor).where(subscription.c.id == subscription_id)
    return int(tx.execute(found).scalar_one())


def had_of(
    tx: Transaction, subscription_id: int, article_ids: Collection[int]
) -> frozenset[int]:
    """Return what a reader has had of some articles, and whatever is under way."""
    of_reader = (
        select(segment_article.c.article_id)
        .select_from(delivery)
        .join(segment_article, segment_article.c.segment_id == delivery.c.segment_id)
        .where(delivery.c.subscription_id == subscription_id)
    )
    under_way = of_reader.where(delivery.c.state.in_(UNDER_WAY))
    found = set(tx.execute(under_way).scalars())
    if article_ids:
        sent = of_reader.where(
            delivery.c.state == DeliveryState.SENT.value,
            segment_article.c.article_id.in_(sorted(article_ids)),
        )
        found.update(tx.execute(sent).scalars())
    return frozenset(found)


def already_sent(
    tx: Transaction,
    row: EditionRow,
    group: Group,
    article_ids: Sequence[int],
    only: range = _ALL,
) -> dict[int, frozenset[int]]:
    """Return which of some articles each reader of a group had before, where any.

    Of those in one span of numbers: all there are may be too many for the memory.

    Needed only for articles that were listed again; no reader's history is read
    farther back than the first edition with one of them. A rubric that opens lists all
    it has again: readers who had the same share what tells so.
    """
    got: dict[int, frozenset[int]] = {}
    for start in range(0, len(article_ids), _MOST_AT_ONCE):
        part = article_ids[start : start + _MOST_AT_ONCE]
        for subscription_id, segment_id in _segments_got(tx, row, group, part, only):
            known = got.get(subscription_id, frozenset())
            got[subscription_id] = known | {segment_id}
    shown = _shown_in(tx, frozenset().union(*got.values()), article_ids)
    had = {
        some: frozenset().union(*(shown[segment_id] for segment_id in some))
        for some in set(got.values())
    }
    return {subscription_id: had[some] for subscription_id, some in got.items()}


def _segments_got(
    tx: Transaction,
    row: EditionRow,
    group: Group,
    article_ids: Sequence[int],
    only: range,
) -> list[tuple[int, int]]:
    """Return which segments with some articles each reader of a group got."""
    first = tx.execute(
        select(func.min(segment.c.edition_id))
        .join(segment_article, segment_article.c.segment_id == segment.c.id)
        .where(segment_article.c.article_id.in_(article_ids))
    ).scalar()
    if first is None:
        return []
    found = tx.execute(
        select(delivery.c.subscription_id, delivery.c.segment_id)
        .distinct()
        .select_from(subscription)
        .join(delivery, delivery.c.subscription_id == subscription.c.id)
        .join(segment_article, segment_article.c.segment_id == delivery.c.segment_id)
        .where(
            segment_article.c.article_id.in_(article_ids),
            delivery.c.edition_id >= first,
            delivery.c.state == DeliveryState.SENT.value,
            subscription.c.id >= only.start,
            subscription.c.id < only.stop,
            *members_of(row.timetable_id, group),
        )
    )
    return [(subscription_id, segment_id) for subscription_id, segment_id in found]


def _shown_in(
    tx: Transaction, segment_ids: Collection[int], article_ids: Collection[int]
) -> dict[int, set[int]]:
    """Return which of some articles are in each of some segments."""
    ids, shown = sorted(segment_ids), dict[int, set[int]]()
    for start in range(0, len(ids), _MOST_AT_ONCE):
        of_these = segment_article.c.segment_id.in_(ids[start : start + _MOST_AT_ONCE])
        for segment_id, article_id in tx.execute(
            select(segment_article).where(of_these)
        ):
            shown.setdefault(segment_id, set()).add(article_id)
    wanted = frozenset(article_ids)
    return {segment_id: found & wanted for segment_id, found in shown.items()}
