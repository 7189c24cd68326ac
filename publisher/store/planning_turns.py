"""Planning and hearing of held messages take turns.

Planning passes over readers whose messages wait; a held message waits again, or counts
as sent, unless planning has given its articles to a later edition. Each decides by what
the other writes, so on PostgreSQL they must not do so at one moment (law 8). On SQLite
nobody writes beside another anyway.
"""

from collections.abc import Collection

from sqlalchemy import func, select

from publisher.store.engine import Transaction
from publisher.store.schema.editions import delivery, edition

__all__ = ["turn_to_hear", "turn_to_plan"]

_KIND = 1_886_151_534
"""Tells these locks from others; which number it is does not matter."""


def turn_to_plan(tx: Transaction, timetable_id: int) -> None:
    """Wait until nobody hears of its held messages; others may plan too."""
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock_shared(_KIND, timetable_id)))


def turn_to_hear(tx: Transaction, delivery_ids: Collection[int]) -> None:
    """Wait until nobody plans for the readers of some deliveries."""
    if tx.dialect.name != "postgresql":
        return
    timetables = (
        select(edition.c.timetable_id)
        .join(delivery, delivery.c.edition_id == edition.c.id)
        .where(delivery.c.id.in_(delivery_ids))
        .distinct()
        .order_by(edition.c.timetable_id)
    )
    for number in tx.execute(timetables).scalars().all():
        tx.execute(select(func.pg_advisory_xact_lock(_KIND, number)))
