"""Who decides what the readers of one digest get takes turns.

Planning passes over readers whose messages wait; a held message waits again, or counts
as sent, unless planning has given its articles to a later edition; and who moves to
another timetable has an edition there. Each decides by what the others write, so on
PostgreSQL they must not do so at one moment (law 8). On SQLite nobody writes beside
another anyway.

The turn is that of a whole digest, for a reader never leaves it, whatever else about
the reader changes; it ends with the transaction. Whoever needs it takes it before any
row that somebody who has it may wait for.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import select

from publisher.store.editions import EditionRow
from publisher.store.engine import Transaction
from publisher.store.schema.editions import delivery, edition
from publisher.store.schema.readers import timetable
from publisher.store.turns import take_turns

__all__ = ["turn_to_hear", "turn_to_move", "turn_to_plan"]


def turn_to_plan(tx: Transaction, row: EditionRow) -> bool:
    """Wait until nobody plans, hears or moves; return whether there is still need to.

    Another planner may have handed the edition out meanwhile: what is added then, no
    worker ever takes.
    """
    _take(tx, [row.digest_key])
    state = select(edition.c.state).where(edition.c.id == row.id)
    return tx.execute(state).scalar() == "planning"


def turn_to_hear(tx: Transaction, delivery_ids: Collection[int]) -> None:
    """Wait until nobody plans for the readers of some deliveries."""
    digests = (
        select(timetable.c.digest_key)
        .select_from(delivery)
        .join(edition, edition.c.id == delivery.c.edition_id)
        .join(timetable, timetable.c.id == edition.c.timetable_id)
        .where(delivery.c.id.in_(delivery_ids))
        .distinct()
    )
    if tx.dialect.name == "postgresql":
        digest_keys = tx.execute(digests).scalars().all()
        _take(tx, digest_keys)


def turn_to_move(tx: Transaction, digest_keys: Iterable[str]) -> None:
    """Wait until nobody plans or hears for some digests; others may move readers too.

    Who moves readers of several digests asks for all at once.
    """
    _take(tx, digest_keys, is_shared=True)


def _take(
    tx: Transaction, digest_keys: Iterable[str], *, is_shared: bool = False
) -> None:
    names = [f"digest {key}" for key in digest_keys]
    take_turns(tx, names, is_shared=is_shared)
