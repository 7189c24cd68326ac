"""What one reader got, has under way, and was served up to."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from publisher.model.delivery import UNDER_WAY, DeliveryState
from publisher.store.engine import Transaction
from publisher.store.schema.editions import (
    delivery,
    edition,
    segment,
    segment_article,
)
from publisher.store.schema.readers import subscription

__all__ = ["Received", "cursor_of", "had_of", "latest_received"]


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
