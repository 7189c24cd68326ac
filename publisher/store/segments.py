"""What readers of an edition get: segments, each for those who get the same."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import (
    exists,
    insert,
    select,
    update,
)

from publisher.model.content import Piece
from publisher.store.engine import Transaction
from publisher.store.pieces import keep_pieces
from publisher.store.schema.articles import article
from publisher.store.schema.editions import (
    segment,
    segment_article,
)
from publisher.store.upsert import insert_into

__all__ = [
    "SegmentText",
    "add_segment",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentText:
    """What a segment's readers get, rendered, with the articles that are in it.

    `frame` holds the names and addresses around the content, frozen with it, and
    `preheader`, which mail programs show beside the subject.
    """

    content_key: str
    language: str
    is_compact: bool
    selection_id: int
    subject: str
    pieces: tuple[Piece, ...]
    frame: Mapping[str, str]
    article_ids: tuple[int, ...]


def add_segment(tx: Transaction, edition_id: int, text: SegmentText) -> int:
    """Keep what some readers get; who gets and has had the same shares it."""
    new = tx.execute(
        insert_into(tx, segment)
        .values(
            edition_id=edition_id,
            content_key=text.content_key,
            language=text.language,
            is_compact=text.is_compact,
            selection_id=text.selection_id,
            is_stale=False,
            subject=text.subject,
            pieces=keep_pieces(tx, text.pieces),
            frame=dict(text.frame),
        )
        .on_conflict_do_nothing()
        .returning(segment.c.id)
    ).scalar()
    if new is None:
        found = select(segment.c.id).where(
            segment.c.edition_id == edition_id,
            segment.c.content_key == text.content_key,
        )
        new = tx.execute(found).scalar_one()
    elif text.article_ids:
        tx.execute(
            insert(segment_article),
            [{"segment_id": new, "article_id": i} for i in text.article_ids],
        )
    _look_for_withdrawn(tx, new)
    return int(new)


def _look_for_withdrawn(tx: Transaction, segment_id: int) -> None:
    """Say whether an article of a segment is withdrawn by now, or public again (law 9).

    The lock waits for who is withdrawing one at this moment.
    """
    shown = select(segment_article.c.article_id).where(
        segment_article.c.segment_id == segment_id
    )
    tx.execute(
        select(article.c.id)
        .where(article.c.id.in_(shown))
        .order_by(article.c.id)
        .with_for_update(read=True, key_share=True)
    )
    is_stale = exists().where(article.c.id.in_(shown), article.c.state != "public")
    tx.execute(
        update(segment).where(segment.c.id == segment_id).values(is_stale=is_stale)
    )
