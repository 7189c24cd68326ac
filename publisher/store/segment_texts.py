"""Read back what the readers of segments get."""

from collections.abc import Collection, MutableMapping

from sqlalchemy import select

from publisher.model.content import Piece
from publisher.store.engine import Transaction
from publisher.store.pieces import load_pieces
from publisher.store.schema.editions import segment, segment_article
from publisher.store.segments import SegmentText

__all__ = ["load_segment", "load_segments"]


def load_segment(tx: Transaction, segment_id: int) -> SegmentText:
    """Return what a segment's readers get."""
    return load_segments(tx, [segment_id], {})[segment_id]


def load_segments(
    tx: Transaction, ids: Collection[int], known: MutableMapping[int, Piece]
) -> dict[int, SegmentText]:
    """Return what the readers of segments get, by number.

    `known` are pieces by number, which need not be read again; those read are added.
    """
    rows = tx.execute(select(segment).where(segment.c.id.in_(sorted(ids)))).all()
    articles: dict[int, list[int]] = {row.id: [] for row in rows}
    shown = tx.execute(
        select(segment_article)
        .where(segment_article.c.segment_id.in_(articles))
        .order_by(segment_article.c.article_id)
    )
    for row in shown:
        articles[row.segment_id].append(row.article_id)
    wanted = {number for row in rows for number in row.pieces}
    known.update(load_pieces(tx, wanted - known.keys()))
    return {
        row.id: SegmentText(
            content_key=row.content_key,
            language=row.language,
            is_compact=row.is_compact,
            selection_id=row.selection_id,
            subject=row.subject,
            pieces=tuple(known[number] for number in row.pieces),
            frame=row.frame,
            article_ids=tuple(articles[row.id]),
        )
        for row in rows
    }
