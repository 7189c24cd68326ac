"""What was withdrawn from which feed, told for a while (RFC 6721)."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, literal, select

from publisher.model.feed import Tombstone
from publisher.store.engine import Transaction
from publisher.store.feeds import mark
from publisher.store.schema.articles import article, revision
from publisher.store.schema.feeds import feed, tombstone
from publisher.store.schema.metadata import BIG_ID, UtcDateTime

__all__ = [
    "Departed",
    "bury",
    "find_departed",
    "find_tombstones",
    "forget_tombstones",
    "raise_again",
]

_MOST_AT_ONCE = 400


class Departed(NamedTuple):
    """An article that was withdrawn from a feed, as it was last."""

    uid: str
    url: str
    title: str
    at: datetime


def bury(tx: Transaction, article_id: int, keys: Iterable[str], at: datetime) -> None:
    """Tell in the feeds with these keys that an article was withdrawn."""
    raise_again(tx, article_id)
    ordered = sorted(keys)
    for start in range(0, len(ordered), _MOST_AT_ONCE):
        part = ordered[start : start + _MOST_AT_ONCE]
        tx.execute(
            insert(tombstone).from_select(
                ["feed_id", "article_id", "at"],
                select(
                    feed.c.id,
                    literal(article_id, BIG_ID),
                    literal(at, UtcDateTime()),
                ).where(feed.c.key.in_(part), feed.c.month == ""),
            )
        )


def raise_again(tx: Transaction, article_id: int) -> None:
    """Tell of an article's withdrawal no longer: it is public again."""
    tx.execute(delete(tombstone).where(tombstone.c.article_id == article_id))


def find_tombstones(tx: Transaction, feed_id: int, limit: int) -> list[Tombstone]:
    """Return what was withdrawn from a feed, last withdrawn first."""
    rows = tx.execute(
        select(article.c.uid, tombstone.c.at)
        .join(article, article.c.id == tombstone.c.article_id)
        .where(tombstone.c.feed_id == feed_id)
        .order_by(tombstone.c.at.desc(), tombstone.c.article_id.desc())
        .limit(limit)
    )
    return [Tombstone(row.uid, row.at) for row in rows]


def find_departed(tx: Transaction, feed_key: str, limit: int) -> list[Departed]:
    """Return what was withdrawn from a feed as it was last, last withdrawn first."""
    rows = tx.execute(
        select(article.c.uid, article.c.url, revision.c.title, tombstone.c.at)
        .join(feed, feed.c.id == tombstone.c.feed_id)
        .join(article, article.c.id == tombstone.c.article_id)
        .join(
            revision,
            (revision.c.article_id == article.c.id)
            & (revision.c.number == article.c.revision),
        )
        .where(feed.c.key == feed_key)
        .order_by(tombstone.c.at.desc(), tombstone.c.article_id.desc())
        .limit(limit)
    )
    return [Departed(row.uid, row.url, row.title, row.at) for row in rows]


def forget_tombstones(tx: Transaction, until: datetime, limit: int = 500) -> int:
    """Tell no longer of what was withdrawn before a moment; return how many.

    The feeds that told of it are rebuilt.
    """
    old = tx.execute(
        select(tombstone.c.feed_id, tombstone.c.article_id, feed.c.key)
        .join(feed, feed.c.id == tombstone.c.feed_id)
        .where(tombstone.c.at < until)
        .order_by(tombstone.c.at)
        .limit(limit)
    ).all()
    for row in old:
        tx.execute(
            delete(tombstone).where(
                tombstone.c.feed_id == row.feed_id,
                tombstone.c.article_id == row.article_id,
            )
        )
    mark(tx, {row.key for row in old})
    return len(old)
