"""What follows when an article changes: listings, feeds, neighbours, editions."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, exists, insert, select, update

from publisher.model.feed import archives_of, comments_feed, feeds_showing
from publisher.model.month import month_of, months_between
from publisher.model.rubric import RubricTree
from publisher.store.engine import Transaction
from publisher.store.feeds import has_final, mark, mark_subjects
from publisher.store.neighbours import refresh_neighbours
from publisher.store.schema.articles import (
    article,
    article_rubric,
    listing,
)
from publisher.store.schema.editions import segment, segment_article
from publisher.store.schema.rubrics import rubric
from publisher.store.subjects import (
    list_by_subjects,
    settle_subjects,
    subjects_of,
)
from publisher.store.tombstones import bury, raise_again
from publisher.store.upsert import take_number

__all__ = ["LISTINGS", "Past", "follow", "past_of", "release", "relist"]

LISTINGS = "listing"
"""The counter that numbers listings; readers' cursors are numbers of it."""


def release(tx: Transaction, article_id: int, now: datetime) -> None:
    """Make an embargoed article public; `follow` must come next.

    One that was public before is newer than the news of its withdrawal.
    """
    own = article.c.id == article_id
    tx.execute(update(article).where(own).values(state="public"))
    tx.execute(
        update(article)
        .where(own, article.c.first_listed_no.is_not(None))
        .values(updated_at=now, shown_at=now)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a public article was, as far as something shows it as that."""

    language: str
    translation_key: str
    published_at: datetime
    shown_at: datetime


def past_of(row: Row[Any]) -> Past | None:
    """Return what an article was, from its row before a change; None if hidden."""
    if row.state != "public":
        return None
    return Past(
        language=row.language,
        translation_key=row.translation_key,
        published_at=row.published_at,
        shown_at=row.shown_at,
    )


def follow(
    tx: Transaction,
    article_id: int,
    tree: RubricTree,
    now: datetime,
    past: Past | None = None,
) -> None:
    """Bring everything that depends on an article in line with its present state.

    Give `past` when it was public before.
    """
    row = tx.execute(select(article).where(article.c.id == article_id)).one()
    is_public = row.state == "public"
    if past is None and not is_public:
        return
    listed = {
        found.rubric_id: found
        for found in tx.execute(
            select(listing).where(listing.c.article_id == article_id)
        )
    }
    before: set[str] = set()
    if past is not None:
        names = [of.feed_name for of in subjects_of(tx, [article_id]).get(row.id, ())]
        before = feeds_showing(tree, _keys(tree, listed), past.language, names)
    wanted: set[int] = set()
    after: set[str] = set()
    subjects, renamed = settle_subjects(tx, row)
    if is_public:
        wanted = set(tx.execute(_rubric_ids(article_id)).scalars())
        names = [of.feed_name for of in subjects]
        after = feeds_showing(tree, _keys(tree, wanted), row.language, names)
    row = come_late(tx, row, after - before, now)
    _list(tx, row, listed, wanted)
    list_by_subjects(tx, row, subjects)
    mark_showing(tx, row, before, after, past, now)
    mark_subjects(tx, renamed, now)
    if not is_public:
        _spoil_segments(tx, article_id)
    translations = {row.translation_key}
    if past is not None:
        translations.add(past.translation_key)
    refresh_neighbours(tx, row, translations, tree)


def _keys(tree: RubricTree, rubric_ids: Iterable[int]) -> list[str]:
    keys_of = {node.id: node.key for node in tree}
    return [keys_of[i] for i in rubric_ids if i in keys_of]


def come_late(
    tx: Transaction, row: Row[Any], entered: Collection[str], now: datetime
) -> Row[Any]:
    """Let an article that enters feeds with a final archive of its time come back.

    Nobody would find it there, nor in an earlier one that no final one leads to; it is
    shown now, and archived with what is shown now.
    """
    is_old = bool(entered) and month_of(row.shown_at) != month_of(now)
    months = months_between(row.shown_at, now) if is_old else ()
    if not has_final(tx, entered, months):
        return row
    own = article.c.id == row.id
    tx.execute(update(article).where(own).values(shown_at=max(now, row.shown_at)))
    return tx.execute(select(article).where(own)).one()


def mark_showing(
    tx: Transaction,
    row: Row[Any],
    before: set[str],
    after: set[str],
    past: Past | None,
    now: datetime,
) -> None:
    """Mark what shows an article, showed it, and the archives of both."""
    # What readers said of it names the article, and goes and comes with it.
    mark(tx, {*after, comments_feed(row.id).key})
    if row.commented_at is not None:
        mark(tx, [comments_feed().key], touched_at=None if after else now)
    month = [month_of(row.shown_at)]
    mark(tx, archives_of(after & before, month))
    # Should one have become final this very moment, it is built again.
    mark(tx, archives_of(after - before, month), with_final=True)
    left = before - after
    mark(tx, left, touched_at=now)
    if past is None:
        raise_again(tx, row.id)
        return
    mark(tx, archives_of(before & after, [month_of(past.shown_at)]))
    # What left must go from every archive that can hold it, also from final ones.
    months = months_between(past.published_at, past.shown_at)
    mark(tx, archives_of(left, months), touched_at=now, with_final=True)
    if row.state != "public":
        bury(tx, row.id, before, now)


def relist(tx: Transaction, rubric_id: int) -> None:
    """List what a rubric has, now that it is open, also what was filed meanwhile.

    All of it again: readers whose editions came while it was closed were served past
    what was listed before (law 8). Who had it gets nothing twice, as it is a repeat.
    """
    listed = exists().where(
        listing.c.rubric_id == rubric_id, listing.c.article_id == article.c.id
    )
    missing = tx.execute(
        select(
            article.c.id,
            article.c.language,
            article.c.published_at,
            article.c.shown_at,
        )
        .join(article_rubric, article_rubric.c.article_id == article.c.id)
        .where(
            article_rubric.c.rubric_id == rubric_id,
            article.c.state == "public",
            ~listed,
        )
        .order_by(article.c.id)
    ).all()
    number = take_number(tx, LISTINGS)
    again = {"listed_no": number, "is_repeat": True}
    own = listing.c.rubric_id == rubric_id
    tx.execute(update(listing).where(own).values(again))
    if not missing:
        return
    tx.execute(
        insert(listing),
        [
            {
                "rubric_id": rubric_id,
                "article_id": row.id,
                "language": row.language,
                "published_at": row.published_at,
                "shown_at": row.shown_at,
                **again,
            }
            for row in missing
        ],
    )


def _rubric_ids(article_id: int) -> Select[int]:
    return (
        select(article_rubric.c.rubric_id)
        .join(rubric, rubric.c.id == article_rubric.c.rubric_id)
        .where(article_rubric.c.article_id == article_id, rubric.c.closed_at.is_(None))
    )


def _list(
    tx: Transaction, row: Row[Any], present: Mapping[int, Row[Any]], wanted: set[int]
) -> None:
    """Make the listings of an article those that are wanted.

    In another language it is listed again: its readers there have not had it (law 8).
    """
    kept = {i for i in wanted & present.keys() if present[i].language == row.language}
    tx.execute(
        delete(listing).where(
            listing.c.article_id == row.id, listing.c.rubric_id.not_in(kept)
        )
    )
    tx.execute(
        update(listing)
        .where(listing.c.article_id == row.id)
        .values(published_at=row.published_at, shown_at=row.shown_at)
    )
    added = sorted(wanted - kept)
    if row.state != "public" or not (added or row.first_listed_no is None):
        return
    number = take_number(tx, LISTINGS)
    if row.first_listed_no is None:
        tx.execute(
            update(article).where(article.c.id == row.id).values(first_listed_no=number)
        )
    if added:
        tx.execute(
            insert(listing),
            [
                {
                    "rubric_id": rubric_id,
                    "article_id": row.id,
                    "language": row.language,
                    "published_at": row.published_at,
                    "shown_at": row.shown_at,
                    "listed_no": number,
                    "is_repeat": row.first_listed_no is not None,
                }
                for rubric_id in added
            ],
        )


def _spoil_segments(tx: Transaction, article_id: int) -> None:
    """Mark what was composed with a withdrawn article: it may not go out (law 9)."""
    showing = select(segment_article.c.segment_id).where(
        segment_article.c.article_id == article_id
    )
    tx.execute(update(segment).where(segment.c.id.in_(showing)).values(is_stale=True))
