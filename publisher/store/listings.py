"""What is public under which rubric; every query costs what its result costs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, literal_column, select, union_all

from publisher.store.engine import Transaction
from publisher.store.publication import LISTINGS
from publisher.store.schema.articles import article, listing
from publisher.store.upsert import last_number

__all__ = [
    "came_in_at",
    "listed_since",
    "listed_until",
    "newest_of_rubrics",
    "newest_of_site",
]

_MOST_AT_ONCE = 200
"""SQLite takes at most 500 selects in one union."""

Listed = tuple[datetime, int]
"""When an article was published, and its id."""


def newest_of_rubrics(
    tx: Transaction, rubric_ids: Sequence[int], language: str, limit: int
) -> list[Listed]:
    """Return the newest articles of some rubrics, each once, newest first.

    The newest `limit` of each rubric are read from an index and merged, so the cost
    grows with rubrics x limit and never with the number of articles. An empty
    `language` means all.
    """
    found: set[Listed] = set()
    for start in range(0, len(rubric_ids), _MOST_AT_ONCE):
        parts = [
            _newest_of(rubric_id, language, limit).subquery().select()
            for rubric_id in rubric_ids[start : start + _MOST_AT_ONCE]
        ]
        found.update((row[0], row[1]) for row in tx.execute(union_all(*parts)))
    return sorted(found, reverse=True)[:limit]


def _newest_of(rubric_id: int, language: str, limit: int) -> Select[datetime, int]:
    statement = select(listing.c.published_at, listing.c.article_id).where(
        listing.c.rubric_id == rubric_id
    )
    if language:
        statement = statement.where(listing.c.language == language)
    return statement.order_by(
        listing.c.published_at.desc(), listing.c.article_id.desc()
    ).limit(limit)


def newest_of_site(tx: Transaction, language: str, limit: int) -> list[Listed]:
    """Return the newest public articles of all, newest first."""
    statement = select(article.c.published_at, article.c.id).where(
        article.c.state == "public"
    )
    if language:
        statement = statement.where(article.c.language == language)
    statement = statement.order_by(
        article.c.published_at.desc(), article.c.id.desc()
    ).limit(limit)
    return [(row[0], row[1]) for row in tx.execute(statement)]


def listed_since(
    tx: Transaction,
    rubric_ids: Sequence[int],
    language: str,
    *,
    after: int,
    up_to: int,
    published_from: datetime,
) -> dict[int, bool]:
    """Return the articles listed after one number and up to another, in any rubric.

    The value tells whether an article was listed before as well (moved or republished),
    so that a reader may already have it.
    """
    statement = select(listing.c.article_id, listing.c.is_repeat).where(
        listing.c.rubric_id.in_(rubric_ids),
        listing.c.language == language,
        listing.c.listed_no > after,
        listing.c.listed_no <= up_to,
        listing.c.published_at >= published_from,
    )
    found: dict[int, bool] = {}
    for article_id, is_repeat in tx.execute(statement):
        found[article_id] = found.get(article_id, False) or is_repeat
    return found


def listed_until(tx: Transaction, moment: datetime) -> int:
    """Return the last number before any article that was published after a moment.

    Costs what was published since. What came in later and is older may have a higher
    number; it is served by a later edition.
    """
    first_after = tx.execute(
        select(func.min(article.c.first_listed_no)).where(
            article.c.state == literal_column("'public'"),
            article.c.published_at > moment,
        )
    ).scalar()
    return last_number(tx, LISTINGS) if first_after is None else first_after - 1


def came_in_at(tx: Transaction, listed_no: int) -> datetime | None:
    """Return when the newest article came in of those listed up to a number.

    Where all were listed later, when the first came in. Costs what came in since:
    articles get their numbers nearly in the order of their ids.
    """
    newest = (
        select(article.c.taken_in_at)
        .where(article.c.first_listed_no <= listed_no)
        .order_by(article.c.id.desc())
        .limit(1)
    )
    first = select(article.c.taken_in_at).order_by(article.c.id).limit(1)
    return tx.execute(newest).scalar() or tx.execute(first).scalar()
