"""What is public in the scope of a feed: newest, last shown, of a month.

A scope is the whole site, some rubrics, or an author or tag, in some languages. Every
query reads from the end of an index: what it costs is what it returns, times the
rubrics and languages, whatever the size of the tables.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, select, union_all

from publisher.store.engine import Transaction
from publisher.store.listings import Listed, newest_of_rubrics, newest_of_site
from publisher.store.schema.articles import article, listing
from publisher.store.schema.subjects import subject_listing

__all__ = ["Scope", "last_shown", "newest", "shown_before", "shown_between"]

_MOST_AT_ONCE = 200
"""SQLite takes at most 500 selects in one union."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose articles: of rubrics, of a subject, or of the whole site for neither.

    `languages` are those of the newspaper; `language` is empty for all of them.
    """

    languages: Sequence[str]
    language: str = ""
    rubric_ids: Sequence[int] | None = None
    subject_id: int | None = None

    def parts(self) -> "Iterator[_Part]":
        """Yield what has an index of its own."""
        for language in [self.language] if self.language else self.languages:
            if self.subject_id is not None:
                of = subject_listing.c.subject_id == self.subject_id
                yield _Part(subject_listing, "article_id", of, language)
            elif self.rubric_ids is None:
                yield _Part(article, "id", article.c.state == "public", language)
            else:
                for rubric_id in self.rubric_ids:
                    of = listing.c.rubric_id == rubric_id
                    yield _Part(listing, "article_id", of, language)


@dataclass(frozen=True, slots=True)
class _Part:
    """The articles of one rubric, subject or of the site, in one language."""

    table: Table
    number: str
    of: ColumnElement[bool]
    language: str

    def select(self, moment: str, *where: ColumnElement[bool]) -> Select[Any]:
        """Select a moment and the article's number."""
        table = self.table
        return select(table.c[moment], table.c[self.number]).where(
            self.of, table.c.language == self.language, *where
        )

    def last(self, moment: str, limit: int, *where: ColumnElement[bool]) -> Select[Any]:
        """Select the last by a moment, last first."""
        table = self.table
        return (
            self.select(moment, *where)
            .order_by(table.c[moment].desc(), table.c[self.number].desc())
            .limit(limit)
            .subquery()
            .select()
        )


def newest(tx: Transaction, scope: Scope, limit: int) -> list[Listed]:
    """Return the newest articles by their publication, newest first."""
    if scope.subject_id is not None:
        parts = [part.last("published_at", limit) for part in scope.parts()]
        return _merged(tx, parts)[:limit]
    if scope.rubric_ids is None:
        return newest_of_site(tx, scope.language, limit)
    return newest_of_rubrics(tx, scope.rubric_ids, scope.language, limit)


def last_shown(tx: Transaction, scope: Scope, limit: int) -> list[Listed]:
    """Return what was published or came back last, by that moment, last first."""
    return _merged(tx, [part.last("shown_at", limit) for part in scope.parts()])[:limit]


def shown_before(tx: Transaction, scope: Scope, moment: datetime) -> datetime | None:
    """Return when something was last shown before a moment, None for never."""
    parts = [
        part.last("shown_at", 1, part.table.c.shown_at < moment)
        for part in scope.parts()
    ]
    found = _merged(tx, parts)
    return found[0][0] if found else None


def shown_between(
    tx: Transaction, scope: Scope, since: datetime, until: datetime
) -> list[Listed]:
    """Return what was shown from one moment on and before another, newest first.

    Newest by publication. The cost grows with what there is between the two.
    """
    parts = []
    for part in scope.parts():
        shown_at = part.table.c.shown_at
        parts.append(part.select("published_at", shown_at >= since, shown_at < until))
    return _merged(tx, parts)


def _merged(tx: Transaction, parts: Sequence[Select[Any]]) -> list[Listed]:
    found: set[Listed] = set()
    for start in range(0, len(parts), _MOST_AT_ONCE):
        some = parts[start : start + _MOST_AT_ONCE]
        found.update((row[0], row[1]) for row in tx.execute(union_all(*some)))
    return sorted(found, reverse=True)
