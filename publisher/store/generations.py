"""Generations of a store: they tell its numbers from those of one that is lost."""

from datetime import datetime

from sqlalchemy import select, update

from publisher.store.engine import Transaction
from publisher.store.schema.editions import chunk, edition, segment, sending

__all__ = ["GENERATION", "generation_of", "give_generation"]

GENERATION = "generation"
"""Where a segment's frame has it, in hexadecimal; not there in the first."""


def generation_of(tx: Transaction) -> int:
    """Return the store's generation; 0 is the first."""
    return tx.execute(select(sending.c.generation)).scalar() or 0


def give_generation(tx: Transaction, generation: int, since: datetime) -> int:
    """Give it to what was composed since a time and was not yet leased to anybody.

    A store that was set back may have planned on before that was noticed, under numbers
    that the lost one has used. Return to how many segments.
    """
    planned = select(edition.c.id).where(edition.c.composed_at > since)
    chunks = tx.execute(
        select(chunk.c.edition_id, chunk.c.fence)
        .where(chunk.c.edition_id.in_(planned))
        .order_by(chunk.c.id)
        .with_for_update()
    ).all()
    leased = {row.edition_id for row in chunks if row.fence}
    rows = tx.execute(
        select(segment.c.id, segment.c.edition_id, segment.c.frame).where(
            segment.c.edition_id.in_(planned)
        )
    ).all()
    free = [row for row in rows if row.edition_id not in leased]
    for row in free:
        frame = {**row.frame, GENERATION: f"{generation:x}"}
        tx.execute(update(segment).where(segment.c.id == row.id).values(frame=frame))
    return len(free)
