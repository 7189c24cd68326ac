"""Articles that show something of another one: translations, and who points at it."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, select, update

from publisher.model.feed import archives_of, feeds_showing
from publisher.model.month import month_of
from publisher.model.rubric import RubricTree
from publisher.store.engine import Transaction
from publisher.store.feeds import mark
from publisher.store.schema.articles import article, listing, related
from publisher.store.subjects import subjects_of

__all__ = ["refresh_neighbours"]


def refresh_neighbours(
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
        select(
            article.c.id,
            article.c.source_id,
            article.c.language,
            article.c.state,
            article.c.shown_at,
        )
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
    keys: set[str] = set()
    rubrics = _rubrics_listing(tx, ids, tree)
    subjects = subjects_of(tx, ids)
    for neighbour in neighbours:
        names = [of.feed_name for of in subjects.get(neighbour.id, ())]
        shown = feeds_showing(
            tree, rubrics.get(neighbour.id, []), neighbour.language, names
        )
        keys |= shown
        keys |= archives_of(shown, [month_of(neighbour.shown_at)])
    mark(tx, keys)


def _rubrics_listing(
    tx: Transaction, article_ids: Collection[int], tree: RubricTree
) -> dict[int, list[str]]:
    keys_of = {node.id: node.key for node in tree}
    rubrics: dict[int, list[str]] = {}
    for place in tx.execute(
        select(listing).where(listing.c.article_id.in_(article_ids))
    ):
        if place.rubric_id in keys_of:
            rubrics.setdefault(place.article_id, []).append(keys_of[place.rubric_id])
    return rubrics
