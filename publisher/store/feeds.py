"""Feeds and the work they wait for."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from publisher.model.feed import Feed, FeedKind, Variant, standing_feeds
from publisher.model.rubric import RubricTree
from publisher.store.engine import Transaction
from publisher.store.schema.feeds import feed, feed_work
from publisher.store.schema.rubrics import rubric

__all__ = [
    "FeedJob",
    "count_work",
    "mark",
    "mark_all",
    "next_job",
    "sync_feeds",
    "waiting_feeds",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedJob:
    """A feed to rebuild, as of the moment it was read.

    `version` and `work` are handed back to `publish`, which refuses when somebody else
    published in between.
    """

    feed: Feed
    touched_at: datetime
    version: int
    work: tuple[int, ...]


def sync_feeds(
    tx: Transaction,
    tree: RubricTree,
    languages: Sequence[str],
    changed: Iterable[str],
    now: datetime,
) -> None:
    """Make sure every rubric has its feeds, and rebuild all when the tree changed.

    `changed` holds the rubrics whose own name or place changed: their feeds' heads
    changed with them. Building is cheap and finds by itself which documents differ.
    """
    wanted = {feed.key: feed for feed in standing_feeds(tree, languages)}
    present = set(tx.execute(select(feed.c.key)).scalars())
    new = [found for key, found in wanted.items() if key not in present]
    if new:
        tx.execute(insert(feed), [_values(one, tree, now) for one in new])
    changed = set(changed)
    touched = [key for key, one in wanted.items() if one.rubric_key in changed]
    _touch(tx, touched, now)
    if touched or new:
        mark(tx, wanted)


def _values(new: Feed, tree: RubricTree, now: datetime) -> dict[str, Any]:
    key = new.rubric_key
    return {
        "key": new.key,
        "kind": new.kind.value,
        "rubric_id": tree.get(key).id if key else None,
        "language": new.language,
        "subject": new.subject,
        "variant": new.variant.value,
        "month": new.month,
        "touched_at": now,
        "version": 0,
    }


def mark(
    tx: Transaction, keys: Iterable[str], touched_at: datetime | None = None
) -> None:
    """Record that feeds must be rebuilt, in the transaction of what changed (law 4).

    Give `touched_at` when something left the feeds: their `updated` moves with it.
    """
    ordered = sorted(set(keys))
    if touched_at is not None:
        _touch(tx, ordered, touched_at)
    tx.execute(
        insert(feed_work).from_select(
            ["feed_id"],
            select(feed.c.id).where(feed.c.key.in_(ordered)).order_by(feed.c.id),
        )
    )


def _touch(tx: Transaction, keys: Sequence[str], now: datetime) -> None:
    if keys:
        # Locked in one order, so that two changes never wait for each other in a ring.
        ids = tx.execute(
            select(feed.c.id)
            .where(feed.c.key.in_(keys))
            .order_by(feed.c.id)
            .with_for_update(key_share=True)
        ).scalars()
        tx.execute(
            update(feed)
            .where(feed.c.id.in_(list(ids)), feed.c.touched_at < now)
            .values(touched_at=now)
        )


def mark_all(tx: Transaction) -> None:
    """Rebuild every feed: the configuration may have changed what they say."""
    tx.execute(insert(feed_work).from_select(["feed_id"], select(feed.c.id)))


def waiting_feeds(
    tx: Transaction, limit: int, without: Collection[int] = ()
) -> list[int]:
    """Return the ids of feeds that wait to be rebuilt, longest waiting first.

    Feeds in `without` are left out: they cannot be built, and must not hide the others
    (law 19).
    """
    rows = tx.execute(
        select(feed_work.c.feed_id)
        .group_by(feed_work.c.feed_id)
        .order_by(func.min(feed_work.c.id))
    ).scalars()
    return [feed_id for feed_id in rows if feed_id not in without][:limit]


def count_work(tx: Transaction) -> int:
    """Return how many feeds wait to be rebuilt."""
    return tx.execute(select(func.count(feed_work.c.feed_id.distinct()))).scalar_one()


def next_job(tx: Transaction, feed_id: int) -> FeedJob:
    """Return what is needed to rebuild a feed.

    The version is read before the work, and the work before the articles: whatever is
    missed by one read leaves its own row of work behind.
    """
    row = tx.execute(
        select(feed, rubric.c.key.label("rubric_key"))
        .join(rubric, rubric.c.id == feed.c.rubric_id, isouter=True)
        .where(feed.c.id == feed_id)
    ).one()
    work = tx.execute(select(feed_work.c.id).where(feed_work.c.feed_id == feed_id))
    return FeedJob(
        feed=Feed(
            id=feed_id,
            rubric_key=row.rubric_key or "",
            language=row.language,
            kind=FeedKind(row.kind),
            subject=row.subject,
            variant=Variant(row.variant),
            month=row.month,
        ),
        touched_at=row.touched_at,
        version=row.version,
        work=tuple(work.scalars()),
    )
