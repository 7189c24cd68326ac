"""Segments with an article withdrawn since: what is left, and their replacement."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from publisher.model.delivery import DeliveryState, SkipReason
from publisher.model.selection import Selection
from publisher.store.editions import EditionRow, find_edition
from publisher.store.engine import Transaction
from publisher.store.locking import lock_rows
from publisher.store.schema.articles import article
from publisher.store.schema.editions import delivery, segment, segment_article
from publisher.store.schema.readers import selection

__all__ = ["StaleSegment", "replace_segment", "stale_segment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleSegment:
    """A segment one of whose articles was withdrawn, as far as it can be made again."""

    edition: EditionRow
    language: str
    is_compact: bool
    selection_id: int
    selection: Selection
    article_ids: tuple[int, ...]


def stale_segment(tx: Transaction, segment_id: int) -> StaleSegment:
    """Return what is still public of a segment, to compose it again."""
    row = tx.execute(
        select(segment, selection.c.key)
        .join(selection, selection.c.id == segment.c.selection_id)
        .where(segment.c.id == segment_id)
    ).one()
    ids = tx.execute(
        select(segment_article.c.article_id)
        .join(article, article.c.id == segment_article.c.article_id)
        .where(segment_article.c.segment_id == segment_id, article.c.state == "public")
        .order_by(segment_article.c.article_id)
    ).scalars()
    return StaleSegment(
        edition=find_edition(tx, row.edition_id),
        language=row.language,
        is_compact=row.is_compact,
        selection_id=row.selection_id,
        selection=Selection.from_key(row.key),
        article_ids=tuple(ids),
    )


def replace_segment(
    tx: Transaction, segment_id: int, outcome: int | SkipReason, now: datetime
) -> None:
    """Give the waiting readers of a segment another one, or skip them with a reason."""
    waiting = (
        delivery.c.segment_id == segment_id,
        delivery.c.state == DeliveryState.WAITING.value,
    )
    values: dict[str, object] = {"segment_id": outcome}
    if isinstance(outcome, SkipReason):
        values = {
            "state": DeliveryState.SKIPPED.value,
            "reason": outcome.value,
            "settled_at": now,
        }
    lock_rows(tx, delivery, *waiting)
    tx.execute(update(delivery).where(*waiting).values(**values))
