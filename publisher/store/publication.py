"""What follows when an article changes: listings, feeds, neighbours, editions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, exists, insert, select, update

from publisher.model.feed import feeds_showing
from publisher.model.rubric import RubricTree
from publisher.store.engine import Transaction
from publisher.store.feeds import mark
from publisher.store.schema.articles import (
    article,
    article_rubric,
    listing,
    related,
)
from publisher.store.schema.editions import segment, segment_article
from publisher.store.schema.rubrics import rubric
from publisher.store.upsert import take_number

__all__ = ["LISTINGS", "Past", "follow", "release", "relist"]

LISTINGS = "listing"
"""The counter that numbers listings; readers' cursors are numbers of it."""


def release(tx: Transaction, article_id: int) -> None:
    """Make an embargoed article public; `follow` must come next."""
    tx.execute(update(article).where(article.c.id == article_id).values(state="public"))


@dataclass(frozen=True, slots=True)
class Past:
    """What a public article was, as far as something shows it as that."""

    language: str
    translation_key: str


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
    listed = {
        found.rubric_id: found
        for found in tx.execute(
            select(listing).where(listing.c.article_id == article_id)
        )
    }
    wanted: set[int] = set()
    if row.state == "public":
        wanted = set(tx.execute(_rubric_ids(article_id)).scalars())
    if past is None and row.state != "public":
        return
    _list(tx, row, listed, wanted)
    keys_of = {node.id: node.key for node in tree}
    old = [keys_of[i] for i in listed if i in keys_of]
    new = [keys_of[i] for i in wanted if i in keys_of]
    before: set[str] = set()
    if past is not None:
        before = feeds_showing(tree, old, past.language)
    after = feeds_showing(tree, new, row.language) if row.state == "public" else set()
    mark(tx, after)
    mark(tx, before - after, touched_at=now)
    if row.state != "public":
        _spoil_segments(tx, article_id)
    translations = {row.translation_key}
    if past is not None:
        translations.add(past.translation_key)
    _refresh_neighbours(tx, row, translations, tree)


def relist(tx: Transaction, rubric_id: int) -> None:
    """List what was filed under a rubric while it was closed, now that it is open."""
    listed = exists().where(
        listing.c.rubric_id == rubric_id, listing.c.article_id == article.c.id
    )
    missing = tx.execute(
        select(article.c.id, article.c.language, article.c.published_at)
        .join(article_rubric, article_rubric.c.article_id == article.c.id)
        .where(
            article_rubric.c.rubric_id == rubric_id,
            article.c.state == "public",
            ~listed,
        )
        .order_by(article.c.id)
    ).all()
    if not missing:
        return
    number = take_number(tx, LISTINGS)
    tx.execute(
        insert(listing),
        [
            {
                "rubric_id": rubric_id,
                "article_id": row.id,
                "language": row.language,
                "published_at": row.published_at,
                "listed_no": number,
                "is_repeat": True,
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
        .values(published_at=row.published_at)
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


def _refresh_neighbours(
    tx: Transaction, row: Row[Any], translations: Collection[str], tree: RubricTree
) -> None:
    """Rebuild the articles that point at this one: translations and related ones."""
    translated = select(article.c.id).where(
        article.c.source_id == row.source_id,
        article.c.translation_key.in_(translations),
    )
    pointing = select(related.c.article_id).where(
        related.c.target_key == row.source_key
    )
    # Conditions on more than the number would read every article of the source.
    found = tx.execute(
        select(article.c.id, article.c.source_id, article.c.language, article.c.state)
        .where(article.c.id.in_(translated.union(pointing)))
        .order_by(article.c.id)
    ).all()
    neighbours = [
        other
        for other in found
        if other.id != row.id
        and other.source_id == row.source_id
        and other.state == "public"
    ]
    if not neighbours:
        return
    ids = [neighbour.id for neighbour in neighbours]
    tx.execute(
        update(article)
        .where(article.c.id.in_(ids))
        .values(entry_version=article.c.entry_version + 1)
    )
    keys_of = {node.id: node.key for node in tree}
    rubrics: dict[int, list[str]] = {}
    for place in tx.execute(select(listing).where(listing.c.article_id.in_(ids))):
        if place.rubric_id in keys_of:
            rubrics.setdefault(place.article_id, []).append(keys_of[place.rubric_id])
    keys: set[str] = set()
    for neighbour in neighbours:
        keys |= feeds_showing(tree, rubrics.get(neighbour.id, []), neighbour.language)
    mark(tx, keys)
