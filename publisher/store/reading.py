"""Read articles with everything a feed or digest shows of them, in few queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, select

from publisher.model.article import Article, Byline, Link, Picture
from publisher.model.rubric import RubricTree
from publisher.store.engine import Transaction
from publisher.store.schema.articles import (
    article,
    article_rubric,
    related,
    revision,
)

__all__ = [
    "EntryState",
    "Filed",
    "entry_states",
    "filed_articles",
    "find_by_url",
    "load_articles",
]

_MOST_AT_ONCE = 500
"""Parameters in one IN list."""


@dataclass(frozen=True, slots=True)
class EntryState:
    """Which version of an article is shown now, and its dates."""

    entry_version: int
    published_at: datetime
    updated_at: datetime


def entry_states(tx: Transaction, ids: Sequence[int]) -> dict[int, EntryState]:
    """Return the states of articles, in the order of `ids`."""
    statement = select(
        article.c.id,
        article.c.entry_version,
        article.c.published_at,
        article.c.updated_at,
    )
    found = {
        row.id: EntryState(row.entry_version, row.published_at, row.updated_at)
        for part in _parts(ids)
        for row in tx.execute(statement.where(article.c.id.in_(part)))
    }
    return {article_id: found[article_id] for article_id in ids if article_id in found}


@dataclass(frozen=True, slots=True)
class Filed:
    """When an article was published, and the open rubrics it is filed under now."""

    id: int
    published_at: datetime
    rubric_keys: tuple[str, ...]


def filed_articles(
    tx: Transaction, ids: Sequence[int], tree: RubricTree
) -> list[Filed]:
    """Return what it takes to choose among articles, in the order of `ids`.

    Nothing of their content is read; unknown ids are left out.
    """
    found: dict[int, Filed] = {}
    statement = select(article.c.id, article.c.published_at)
    for part in _parts(ids):
        keys = _rubric_keys(tx, part, tree)
        for row in tx.execute(statement.where(article.c.id.in_(part))):
            found[row.id] = Filed(row.id, row.published_at, keys.get(row.id, ()))
    return [found[article_id] for article_id in ids if article_id in found]


def find_by_url(tx: Transaction, url: str) -> int | None:
    """Return the public article with this address, or None."""
    statement = select(article.c.id).where(
        article.c.url == url, article.c.state == "public"
    )
    return tx.execute(statement.order_by(article.c.id).limit(1)).scalar()


def load_articles(
    tx: Transaction, ids: Sequence[int], tree: RubricTree
) -> dict[int, Article]:
    """Return articles by id, in the order of `ids`; unknown ids are left out."""
    found: dict[int, Article] = {}
    for part in _parts(ids):
        found |= _load(tx, part, tree)
    return {article_id: found[article_id] for article_id in ids if article_id in found}


def _parts(ids: Sequence[int]) -> list[list[int]]:
    return [
        list(ids[start : start + _MOST_AT_ONCE])
        for start in range(0, len(ids), _MOST_AT_ONCE)
    ]


def _load(tx: Transaction, ids: Sequence[int], tree: RubricTree) -> dict[int, Article]:
    rows = tx.execute(
        select(article, revision)
        .join(
            revision,
            and_(
                revision.c.article_id == article.c.id,
                revision.c.number == article.c.revision,
            ),
        )
        .where(article.c.id.in_(ids))
    ).all()
    rubric_keys = _rubric_keys(tx, ids, tree)
    related_links = _related(tx, rows)
    translations = _translations(tx, rows)
    return {
        row.id: Article(
            id=row.id,
            uid=row.uid,
            revision=row.revision,
            entry_version=row.entry_version,
            language=row.language,
            title=row.title,
            lead=row.lead,
            body_html=row.body_html,
            url=row.url,
            rubric_keys=rubric_keys.get(row.id, ()),
            published_at=row.published_at,
            updated_at=row.updated_at,
            bylines=tuple(Byline(**byline) for byline in row.bylines),
            picture=Picture(**row.picture) if row.picture else None,
            tags=tuple(row.tags),
            related=related_links.get(row.id, ()),
            translations=translations.get(row.id, ()),
            comments_url=row.comments_url,
            comment_count=row.comment_count,
            commented_at=row.commented_at,
            rights=row.rights,
        )
        for row in rows
    }


def _rubric_keys(
    tx: Transaction, ids: Sequence[int], tree: RubricTree
) -> dict[int, tuple[str, ...]]:
    keys_of = {node.id: node.key for node in tree if not node.is_closed}
    found: dict[int, tuple[str, ...]] = {}
    rows = tx.execute(
        select(article_rubric)
        .where(article_rubric.c.article_id.in_(ids))
        .order_by(article_rubric.c.article_id, article_rubric.c.position)
    )
    for row in rows:
        if row.rubric_id in keys_of:
            keys = (*found.get(row.article_id, ()), keys_of[row.rubric_id])
            found[row.article_id] = keys
    return found


def _links() -> Select[Any]:
    """Select what a link to a public article shows."""
    return (
        select(
            article.c.id,
            article.c.source_id,
            article.c.source_key,
            article.c.translation_key,
            article.c.url,
            article.c.language,
            revision.c.title,
        )
        .join(
            revision,
            and_(
                revision.c.article_id == article.c.id,
                revision.c.number == article.c.revision,
            ),
        )
        .where(article.c.state == "public")
    )


def _related(tx: Transaction, rows: Sequence[Row[Any]]) -> dict[int, tuple[Link, ...]]:
    sources = {row.id: row.source_id for row in rows}
    wanted = tx.execute(
        select(related)
        .where(related.c.article_id.in_(list(sources)))
        .order_by(related.c.article_id, related.c.position)
    ).all()
    if not wanted:
        return {}
    targets = {
        (row.source_id, row.source_key): Link(row.url, row.title, row.language)
        for row in tx.execute(
            _links().where(
                article.c.source_id.in_(set(sources.values())),
                article.c.source_key.in_({row.target_key for row in wanted}),
            )
        )
    }
    found: dict[int, tuple[Link, ...]] = {}
    for row in wanted:
        link = targets.get((sources[row.article_id], row.target_key))
        if link is not None:
            found[row.article_id] = (*found.get(row.article_id, ()), link)
    return found


def _translations(
    tx: Transaction, rows: Sequence[Row[Any]]
) -> dict[int, tuple[Link, ...]]:
    groups: dict[tuple[int, str], list[Row[Any]]] = {}
    for row in tx.execute(
        _links()
        .where(
            article.c.source_id.in_({row.source_id for row in rows}),
            article.c.translation_key.in_({row.translation_key for row in rows}),
        )
        .order_by(article.c.language, article.c.id)
    ):
        groups.setdefault((row.source_id, row.translation_key), []).append(row)
    return {
        row.id: tuple(
            Link(other.url, other.title, other.language)
            for other in groups.get((row.source_id, row.translation_key), ())
            if other.id != row.id and other.language != row.language
        )
        for row in rows
    }
