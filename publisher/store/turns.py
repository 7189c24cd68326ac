"""Turns: who decides by what others are writing waits until they are done.

On PostgreSQL two transactions do not see what the other one writes. Where each decides
by that, they lock a row of one name first; unlike an advisory lock, a row is locked by
everything that calls itself PostgreSQL. On SQLite nobody writes beside another anyway.
"""

from collections.abc import Iterable

from sqlalchemy import select

from publisher.store.engine import Transaction
from publisher.store.schema.turns import turn
from publisher.store.upsert import insert_into

__all__ = ["take_turns"]


def take_turns(tx: Transaction, names: Iterable[str], *, is_shared: bool) -> None:
    """Wait until nobody has these turns, and have them until the transaction ends.

    Others who share them may have them too. They are taken in one order, for who waits
    for one has those before it.
    """
    if tx.dialect.name != "postgresql":
        return
    for name in sorted(set(names)):
        of_name = select(turn).where(turn.c.name == name)
        held = of_name.with_for_update(read=is_shared)
        if tx.execute(held).first() is None:
            new = insert_into(tx, turn).values(name=name)
            tx.execute(new.on_conflict_do_nothing())
            tx.execute(held)
