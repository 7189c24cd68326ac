"""Feeds and the work they wait for."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, insert, literal, select, true, update

from publisher.model.feed import Feed, FeedKind, Variant, standing_feeds
from publisher.model.rubric import RubricTree
from publisher.store.engine import Transaction
from publisher.store.schema.feeds import feed, feed_work
from publisher.store.schema.rubrics import rubric
from publisher.store.sources import take_turns
from publisher.store.subjects import Subject, find_subject
from publisher.store.upsert import insert_into

__all__ = [
    "FeedJob",
    "close_archives",
    "count_work",
    "has_feed",
    "has_final",
    "mark",
    "mark_all",
    "mark_subjects",
    "next_job",
    "open_feed",
    "sync_feeds",
    "waiting_feeds",
]

_MOST_AT_ONCE = 400
"""Keys in one IN list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedJob:
    """A feed to rebuild, as of the moment it was read; with its author or tag.

    `version` and `work` are handed back to `publish`, which refuses when somebody else
    published in between.
    """

    feed: Feed
    touched_at: datetime
    version: int
    work: tuple[int, ...]
    subject: Subject | None = None


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
    if touched:
        # Names and places of rubrics stand in every article of theirs.
        mark_all(tx, with_final=True)
    elif new:
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
        "is_final": False,
    }


def mark(
    tx: Transaction,
    keys: Iterable[str],
    touched_at: datetime | None = None,
    *,
    with_final: bool = False,
) -> None:
    """Record that feeds must be rebuilt, in the transaction of what changed (law 4).

    Keys of feeds that nobody has asked for yet mean nothing. Give `touched_at` when
    something left the feeds: their `updated` moves with it, and they are urgent. Final
    archives stay as they are unless `with_final` says otherwise.
    """
    ordered = sorted(set(keys))
    for start in range(0, len(ordered), _MOST_AT_ONCE):
        part = ordered[start : start + _MOST_AT_ONCE]
        if touched_at is not None:
            _touch(tx, part, touched_at)
        chosen = select(feed.c.id, literal(touched_at is not None)).where(
            feed.c.key.in_(part)
        )
        if not with_final:
            chosen = chosen.where(~feed.c.is_final)
        tx.execute(
            insert(feed_work).from_select(
                ["feed_id", "is_urgent"], chosen.order_by(feed.c.id)
            )
        )


def mark_subjects(
    tx: Transaction, subjects: Iterable[Subject], touched_at: datetime
) -> None:
    """Record that the feeds of authors and tags must be rebuilt: their name changed."""
    for one in subjects:
        keys = tx.execute(
            select(feed.c.key).where(
                feed.c.kind == one.kind.value,
                feed.c.subject == one.slug,
                ~feed.c.is_final,
            )
        ).scalars()
        mark(tx, list(keys), touched_at=touched_at)


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


def mark_all(tx: Transaction, *, with_final: bool = False) -> None:
    """Rebuild every feed: the configuration may have changed what they say.

    Final archives stay as they are unless `with_final` says otherwise.
    """
    chosen = select(feed.c.id, literal(value=False))
    if not with_final:
        chosen = chosen.where(~feed.c.is_final)
    tx.execute(insert(feed_work).from_select(["feed_id", "is_urgent"], chosen))


def open_feed(
    tx: Transaction, wanted: Feed, tree: RubricTree, touched_at: datetime
) -> int | None:
    """Make sure a feed that somebody asks for is there; return its number.

    A new one waits to be built. None when somebody else makes it at this moment.
    """
    found = tx.execute(select(feed.c.id).where(feed.c.key == wanted.key)).scalar()
    if found is not None:
        return int(found)
    # What is coming in now does not mark this feed: it is built when that is there.
    take_turns(tx, true())
    statement = insert_into(tx, feed).values(**_values(wanted, tree, touched_at))
    number = tx.execute(
        statement.on_conflict_do_nothing(index_elements=["key"]).returning(feed.c.id)
    ).scalar()
    if number is None:
        return None
    tx.execute(insert(feed_work).values(feed_id=number, is_urgent=True))
    return int(number)


def close_archives(tx: Transaction, month: str) -> int:
    """Let the archives of months before one be built for the last time.

    Return how many there are.
    """
    ids = tx.execute(
        select(feed.c.id)
        .where(feed.c.month != "", feed.c.month < month, ~feed.c.is_final)
        .order_by(feed.c.id)
    ).scalars()
    rows = [{"feed_id": number, "is_urgent": True} for number in ids]
    if rows:
        tx.execute(insert(feed_work), rows)
    return len(rows)


def has_feed(tx: Transaction, wanted: Feed) -> bool:
    """Tell whether there is such a feed, or was one: feeds are never deleted."""
    found = select(feed.c.id).where(feed.c.key == wanted.key)
    return tx.execute(found).first() is not None


def has_final(tx: Transaction, keys: Iterable[str], months: Sequence[str]) -> bool:
    """Tell whether any of some feeds has a final archive of any of some months.

    Quick where nobody has asked for an archive yet, as when a newspaper moves in, and
    where somebody has read the whole history: then the newest month has one.
    """
    keys = list(keys)
    is_final = select(feed.c.id).where(feed.c.is_final).limit(1)
    if not months or tx.execute(is_final).first() is None:
        return False
    ordered = [f"{key}~{month}" for month in reversed(months) for key in keys]
    for start in range(0, len(ordered), _MOST_AT_ONCE):
        part = ordered[start : start + _MOST_AT_ONCE]
        if tx.execute(is_final.where(feed.c.key.in_(part))).first() is not None:
            return True
    return False


def waiting_feeds(
    tx: Transaction,
    limit: int,
    without: Collection[int] = (),
    unless_urgent: Collection[int] = (),
) -> list[int]:
    """Return the ids of feeds that wait to be rebuilt, longest waiting first.

    Feeds in `without` are left out: they cannot be built, and must not hide the others
    (law 19). Those in `unless_urgent` have time, unless something left them.
    """
    rows = tx.execute(
        select(
            feed_work.c.feed_id,
            func.max(case((feed_work.c.is_urgent, 1), else_=0)).label("urgent"),
        )
        .group_by(feed_work.c.feed_id)
        .order_by(func.min(feed_work.c.id))
    )
    return [
        row.feed_id
        for row in rows
        if row.feed_id not in without
        and (row.urgent or row.feed_id not in unless_urgent)
    ][:limit]


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
    kind = FeedKind(row.kind)
    return FeedJob(
        feed=Feed(
            id=feed_id,
            rubric_key=row.rubric_key or "",
            language=row.language,
            kind=kind,
            subject=row.subject,
            variant=Variant(row.variant),
            month=row.month,
        ),
        touched_at=row.touched_at,
        version=row.version,
        work=tuple(work.scalars()),
        subject=find_subject(tx, kind, row.subject) if row.subject else None,
    )
