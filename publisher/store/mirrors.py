"""What each output holds of the documents, and what it still waits for.

An output is named by a key that it keeps itself, so that a new, empty folder under an
old name waits for everything. Only documents of open feeds are meant to be copied:
for closed ones the service itself must answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)

from publisher.model.feed import FeedFormat, FeedKind, Variant
from publisher.store.documents import Document, load_document
from publisher.store.engine import Transaction
from publisher.store.schema.feeds import document, feed, mirrored
from publisher.store.schema.rubrics import rubric
from publisher.store.upsert import insert_into, last_number

__all__ = [
    "WaitingCopy",
    "announce_copies",
    "copy_again",
    "count_waiting",
    "find_unwanted",
    "held_copies",
    "last_change",
    "load_waiting",
    "open_feeds",
    "record_copies",
    "waiting_copies",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCopy:
    """A document that an output does not have in its present state."""

    feed_id: int
    format: FeedFormat
    path: str
    change_no: int
    is_new: bool
    """Whether nothing is known of this path there, not even an intention."""


def last_change(tx: Transaction) -> int:
    """Return the number of the newest change of any document."""
    return last_number(tx, "document")


def waiting_copies(
    tx: Transaction,
    output: str,
    languages: Sequence[str],
    *,
    limit: int,
    after: int = 0,
) -> list[WaitingCopy]:
    """Return what an output waits for, oldest change first.

    Give as `after` a change up to which it is known to have everything.
    """
    rows = tx.execute(
        select(
            document.c.feed_id,
            document.c.format,
            document.c.path,
            document.c.change_no,
            mirrored.c.change_no.label("held"),
        )
        .select_from(_with_copies(output))
        .where(document.c.change_no > after, _is_open(languages), _is_waiting())
        .order_by(document.c.change_no)
        .limit(limit)
    )
    return [
        WaitingCopy(
            feed_id=row.feed_id,
            format=FeedFormat(row.format),
            path=row.path,
            change_no=row.change_no,
            is_new=row.held is None,
        )
        for row in rows
    ]


def count_waiting(tx: Transaction, output: str, languages: Sequence[str]) -> int:
    """Return how many documents an output waits for."""
    statement = (
        select(func.count())
        .select_from(_with_copies(output))
        .where(_is_open(languages), _is_waiting())
    )
    return int(tx.execute(statement).scalar_one())


def load_waiting(tx: Transaction, waiting: WaitingCopy) -> Document | None:
    """Return the present state with its bytes, or None when it has moved away."""
    found = load_document(tx, waiting.feed_id, waiting.format)
    return found if found is not None and found.path == waiting.path else None


def find_unwanted(tx: Transaction, output: str, languages: Sequence[str]) -> list[str]:
    """Return the paths at which an output holds what no open feed has there."""
    wanted = select(document.c.path).select_from(_with_feeds())
    rows = tx.execute(
        select(mirrored.c.path)
        .where(
            mirrored.c.output == output,
            mirrored.c.path.not_in(wanted.where(_is_open(languages))),
        )
        .order_by(mirrored.c.path)
    )
    return list(rows.scalars())


def open_feeds(tx: Transaction, languages: Sequence[str]) -> dict[str, int]:
    """Return where the RSS of open main feeds is, and the change dialects follow."""
    rows = tx.execute(
        select(document.c.path, document.c.derived_no)
        .select_from(_with_feeds())
        .where(
            document.c.format == FeedFormat.RSS.value,
            feed.c.kind == FeedKind.RUBRIC.value,
            feed.c.variant == Variant.FULL.value,
            feed.c.month == "",
            _is_open(languages),
        )
    )
    return {row.path: row.derived_no for row in rows}


def held_copies(tx: Transaction, output: str) -> dict[str, int]:
    """Return what an output holds by path, and as of which change."""
    rows = tx.execute(
        select(mirrored.c.path, mirrored.c.change_no).where(mirrored.c.output == output)
    )
    return {row.path: row.change_no for row in rows}


def announce_copies(tx: Transaction, output: str, paths: Sequence[str]) -> None:
    """Record where copies will be, before the first byte is written there."""
    for path in paths:
        statement = insert_into(tx, mirrored).values(
            output=output, path=path, change_no=0
        )
        tx.execute(statement.on_conflict_do_nothing())


def record_copies(
    tx: Transaction,
    output: str,
    copied: Sequence[tuple[str, int]],
    removed: Sequence[str] = (),
) -> None:
    """Record what an output holds now, by path and change.

    An older state never outdates a newer one.
    """
    for path, change_no in copied:
        tx.execute(
            update(mirrored)
            .where(
                mirrored.c.output == output,
                mirrored.c.path == path,
                mirrored.c.change_no < change_no,
            )
            .values(change_no=change_no)
        )
    tx.execute(
        delete(mirrored).where(
            mirrored.c.output == output, mirrored.c.path.in_(list(removed))
        )
    )


def copy_again(tx: Transaction, output: str) -> None:
    """Let an output wait for every document, whatever it holds."""
    tx.execute(update(mirrored).where(mirrored.c.output == output).values(change_no=0))


def _with_feeds() -> FromClause:
    return document.join(feed, feed.c.id == document.c.feed_id).join(
        rubric, rubric.c.id == feed.c.rubric_id, isouter=True
    )


def _with_copies(output: str) -> FromClause:
    return _with_feeds().outerjoin(
        mirrored,
        and_(mirrored.c.output == output, mirrored.c.path == document.c.path),
    )


def _is_waiting() -> ColumnElement[bool]:
    # Not `!=`: where two feeds meet at one path, the later change wins.
    return or_(
        mirrored.c.change_no.is_(None), mirrored.c.change_no < document.c.change_no
    )


def _is_open(languages: Sequence[str]) -> ColumnElement[bool]:
    return and_(
        rubric.c.closed_at.is_(None),
        feed.c.language.in_(["", *languages]),
        document.c.etag != "",
    )
