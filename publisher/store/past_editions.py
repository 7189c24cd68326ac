"""Past editions that everybody may read: one for each language of a digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, func, select

from publisher.model.selection import Selection
from publisher.store.editions import EditionRow
from publisher.store.engine import Transaction
from publisher.store.schema.editions import delivery, edition, past_edition, segment
from publisher.store.schema.readers import selection
from publisher.store.upsert import insert_into

__all__ = ["PastEdition", "file_edition", "find_past", "list_past"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEdition:
    """An edition in the archive; `is_stale` when an article of it was withdrawn since.

    What a stale one says of itself may name that article.
    """

    edition_id: int
    segment_id: int
    dated: date
    composed_at: datetime
    subject: str
    preheader: str
    is_stale: bool


def file_edition(tx: Transaction, row: EditionRow, wanted: Selection) -> None:
    """Put a planned edition into the archive: what most readers of a selection got.

    Languages nobody of them reads have no edition. An edition that is there stays.
    """
    readers = func.count(delivery.c.id)
    found = tx.execute(
        select(segment.c.language, segment.c.id)
        .join(selection, selection.c.id == segment.c.selection_id)
        .join(delivery, delivery.c.segment_id == segment.c.id)
        .where(
            segment.c.edition_id == row.id,
            selection.c.key_hash == wanted.key_hash,
            ~segment.c.is_compact,
        )
        .group_by(segment.c.language, segment.c.id)
        .order_by(segment.c.language, readers.desc(), segment.c.id)
    ).all()
    first: dict[str, int] = {}
    for language, segment_id in found:
        first.setdefault(language, segment_id)
    if first:
        rows = [
            {
                "edition_id": row.id,
                "language": language,
                "digest_key": row.digest_key,
                "segment_id": segment_id,
            }
            for language, segment_id in first.items()
        ]
        tx.execute(insert_into(tx, past_edition).on_conflict_do_nothing(), rows)


def _past(digest_key: str, language: str) -> Select[Any]:
    return (
        select(
            past_edition.c.edition_id,
            past_edition.c.segment_id,
            edition.c.dated,
            edition.c.composed_at,
            segment.c.subject,
            segment.c.frame,
            segment.c.is_stale,
        )
        .join(edition, edition.c.id == past_edition.c.edition_id)
        .join(segment, segment.c.id == past_edition.c.segment_id)
        .where(
            past_edition.c.digest_key == digest_key,
            past_edition.c.language == language,
        )
    )


def list_past(
    tx: Transaction, digest_key: str, language: str, limit: int, before: int = 0
) -> Sequence[PastEdition]:
    """Return a digest's past editions, newest first; with `before`, those before it."""
    wanted = _past(digest_key, language)
    if before:
        wanted = wanted.where(past_edition.c.edition_id < before)
    rows = tx.execute(wanted.order_by(past_edition.c.edition_id.desc()).limit(limit))
    return [_edition(row) for row in rows]


def find_past(
    tx: Transaction, digest_key: str, language: str, edition_id: int
) -> PastEdition | None:
    """Return one past edition."""
    row = tx.execute(
        _past(digest_key, language).where(past_edition.c.edition_id == edition_id)
    ).one_or_none()
    return None if row is None else _edition(row)


def _edition(row: Row[Any]) -> PastEdition:
    return PastEdition(
        edition_id=row.edition_id,
        segment_id=row.segment_id,
        dated=row.dated,
        composed_at=row.composed_at,
        subject=row.subject,
        preheader=row.frame.get("preheader", ""),
        is_stale=row.is_stale,
    )
