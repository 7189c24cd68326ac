"""What readers of an edition got, read back to be shown in a browser."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select

from publisher.store.engine import Transaction
from publisher.store.schema.articles import article
from publisher.store.schema.editions import edition, piece, segment

__all__ = ["KeptEdition", "find_kept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEdition:
    """What one segment's readers got, as HTML in its pieces.

    A piece is None where its article was withdrawn since.
    """

    language: str
    subject: str
    frame: Mapping[str, str]
    composed_at: datetime
    pieces: tuple[str | None, ...]


def find_kept(tx: Transaction, segment_id: int) -> KeptEdition | None:
    """Return what a segment's readers got; None where some of it is kept no longer."""
    row = tx.execute(
        select(segment, edition.c.composed_at)
        .join(edition, edition.c.id == segment.c.edition_id)
        .where(segment.c.id == segment_id)
    ).one_or_none()
    if row is None:
        return None
    is_withdrawn = exists().where(
        article.c.id == piece.c.article_id, article.c.state != "public"
    )
    found = tx.execute(
        select(piece.c.id, piece.c.html, is_withdrawn.label("is_withdrawn")).where(
            piece.c.id.in_(sorted(set(row.pieces)))
        )
    )
    pieces = {one.id: None if one.is_withdrawn else one.html for one in found}
    if not all(number in pieces for number in row.pieces):
        return None
    return KeptEdition(
        language=row.language,
        subject=row.subject,
        frame=row.frame,
        composed_at=row.composed_at,
        pieces=tuple(pieces[number] for number in row.pieces),
    )
