"""What each source has shown us: its files, what was set aside, what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, func, insert, select, update

from publisher.store.engine import Transaction
from publisher.store.schema.articles import article, set_aside, source, source_file
from publisher.store.upsert import insert_into

__all__ = [
    "MissingArticle",
    "SetAside",
    "SourceRow",
    "count_articles",
    "forget_file",
    "known_files",
    "list_missing",
    "list_set_aside",
    "open_source",
    "retry_set_aside",
    "set_article_aside",
    "set_date_shift",
    "settle_file",
    "take_turns",
]

_LONGEST_PLACE = 1100


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as the store knows it.

    Dates of a demonstration up to `shifted_until` are moved by `date_shift`; both are
    None before its first article.
    """

    id: int
    name: str
    date_shift: timedelta | None
    shifted_until: datetime | None

    def shift_of(self, published_at: datetime) -> timedelta:
        """Return by how much the dates of an article are moved."""
        if self.date_shift is None or self.shifted_until is None:
            return timedelta(0)
        return self.date_shift if published_at <= self.shifted_until else timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Something a source handed over that could not be taken in, and why."""

    source: str
    place: str
    reason: str
    raw: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingArticle:
    """An article whose file or line is gone; it stays public until withdrawn."""

    source: str
    source_key: str
    path: str
    url: str
    since: datetime


def open_source(tx: Transaction, name: str) -> SourceRow:
    """Return the store's row for a source, made on first use."""
    tx.execute(
        insert_into(tx, source)
        .values(name=name, date_shift=None)
        .on_conflict_do_nothing()
    )
    row = tx.execute(select(source).where(source.c.name == name)).one()
    shift = None if row.date_shift is None else timedelta(seconds=row.date_shift)
    return SourceRow(row.id, row.name, shift, row.shifted_until)


def take_turns(tx: Transaction, of_sources: ColumnElement[bool]) -> None:
    """Let articles of one source come in one after the other.

    They point at each other: of two that change at once neither would see the other,
    and what shows both would miss one of the changes (law 4). Nor would an article that
    comes in see a feed that is being made, or that feed the article.
    """
    tx.execute(
        select(source.c.id)
        .where(of_sources)
        .order_by(source.c.id)
        .with_for_update(key_share=True)
    )


def set_date_shift(
    tx: Transaction, source_id: int, shift: timedelta, until: datetime
) -> None:
    """Fix by how much a demonstration's dates are moved; said once, kept for ever."""
    tx.execute(
        update(source)
        .where(source.c.id == source_id, source.c.date_shift.is_(None))
        .values(date_shift=int(shift.total_seconds()), shifted_until=until)
    )


def known_files(tx: Transaction, source_id: int) -> dict[str, str]:
    """Return the fingerprint of every file that was taken in."""
    rows = tx.execute(
        select(source_file.c.path, source_file.c.fingerprint).where(
            source_file.c.source_id == source_id
        )
    )
    return {row.path: row.fingerprint for row in rows}


def retry_set_aside(tx: Transaction) -> None:
    """Have every file read again that something was set aside from.

    A rubric, alias or language that was missing may have been added since. That there
    was such a file stays known, should it be gone by now.
    """
    waiting = exists().where(
        set_aside.c.source_id == source_file.c.source_id,
        set_aside.c.path == source_file.c.path,
    )
    tx.execute(update(source_file).where(waiting).values(fingerprint=""))


def settle_file(
    tx: Transaction,
    source_row: SourceRow,
    file: tuple[str, str],
    *,
    seen: Sequence[str],
    refused: Sequence[SetAside],
    now: datetime,
) -> int:
    """Record that a version of a file (path, fingerprint) was taken in completely.

    Articles that the file no longer holds are marked missing; what was set aside from
    its older version is replaced. Return how many articles went missing.
    """
    path, fingerprint = file
    tx.execute(
        delete(set_aside).where(
            set_aside.c.source_id == source_row.id, set_aside.c.path == path
        )
    )
    if refused:
        tx.execute(
            insert(set_aside),
            [
                {
                    "source_id": source_row.id,
                    "path": path,
                    "place": found.place,
                    "reason": found.reason,
                    "raw": found.raw,
                    "at": found.at,
                }
                for found in refused
            ],
        )
    statement = insert_into(tx, source_file).values(
        source_id=source_row.id, path=path, fingerprint=fingerprint
    )
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["source_id", "path"], set_={"fingerprint": fingerprint}
        )
    )
    return _miss(tx, source_row.id, path, set(seen), now)


def forget_file(
    tx: Transaction, source_row: SourceRow, path: str, now: datetime
) -> int:
    """Record that a file is gone; return how many articles went missing with it."""
    tx.execute(
        delete(source_file).where(
            source_file.c.source_id == source_row.id, source_file.c.path == path
        )
    )
    tx.execute(
        delete(set_aside).where(
            set_aside.c.source_id == source_row.id, set_aside.c.path == path
        )
    )
    return _miss(tx, source_row.id, path, set(), now)


def _miss(
    tx: Transaction, source_id: int, path: str, seen: set[str], now: datetime
) -> int:
    there = tx.execute(
        select(article.c.id, article.c.source_key).where(
            article.c.source_id == source_id,
            article.c.path == path,
            article.c.missing_since.is_(None),
        )
    )
    gone = [row.id for row in there if row.source_key not in seen]
    for start in range(0, len(gone), 500):
        part = gone[start : start + 500]
        tx.execute(
            update(article).where(article.c.id.in_(part)).values(missing_since=now)
        )
    return len(gone)


def set_article_aside(
    tx: Transaction, article_id: int, reason: str, now: datetime
) -> None:
    """Record why an article that was taken in cannot be shown; once per reason."""
    row = tx.execute(select(article).where(article.c.id == article_id)).one()
    place = f"{row.path}: {row.source_key}"[:_LONGEST_PLACE]
    known = tx.execute(
        select(set_aside.c.id).where(
            set_aside.c.source_id == row.source_id,
            set_aside.c.path == row.path,
            set_aside.c.place == place,
            set_aside.c.reason == reason,
        )
    ).first()
    if known is None:
        tx.execute(
            insert(set_aside).values(
                source_id=row.source_id,
                path=row.path,
                place=place,
                reason=reason,
                raw="",
                at=now,
            )
        )


def list_set_aside(tx: Transaction, limit: int) -> list[SetAside]:
    """Return what was set aside, newest first."""
    rows = tx.execute(
        select(set_aside, source.c.name)
        .join(source, source.c.id == set_aside.c.source_id)
        .order_by(set_aside.c.id.desc())
        .limit(limit)
    )
    return [
        SetAside(
            source=row.name,
            place=row.place,
            reason=row.reason,
            raw=row.raw,
            at=row.at,
        )
        for row in rows
    ]


def list_missing(tx: Transaction, limit: int) -> list[MissingArticle]:
    """Return articles that their source no longer has, longest missing first."""
    rows = tx.execute(
        select(article, source.c.name)
        .join(source, source.c.id == article.c.source_id)
        .where(article.c.missing_since.is_not(None))
        .order_by(article.c.missing_since, article.c.id)
        .limit(limit)
    )
    return [
        MissingArticle(
            source=row.name,
            source_key=row.source_key,
            path=row.path,
            url=row.url,
            since=row.missing_since,
        )
        for row in rows
    ]


def count_articles(tx: Transaction) -> dict[str, int]:
    """Return how many articles there are by state; reads the whole table."""
    rows = tx.execute(select(article.c.state, func.count()).group_by(article.c.state))
    return {row[0]: row[1] for row in rows}
