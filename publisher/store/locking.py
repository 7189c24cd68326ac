"""In which order rows are locked on PostgreSQL, so that nobody waits in a circle.

A transaction that locks rows of several tables does so in this order, and those of one
table by their numbers, lowest first:

1. `turn`, by its name
2. `edition`
3. `chunk`
4. `delivery`: those that are settled before those that begin
5. `attempt`, which only whoever has its delivery writes
6. `subscription`
7. `timetable`
8. everything else about a reader: `letter`, `consent`, `suppression`, `subscriber`

Whoever writes to one table in the middle and to one before it afterwards locks the
latter first, by `lock_rows()`. A row that nobody else can know of yet is left out.
On SQLite nobody writes beside another anyway.
"""

from sqlalchemy import ColumnElement, Table, func, select

from publisher.store.engine import Transaction

__all__ = ["lock_rows"]


def lock_rows(tx: Transaction, table: Table, *which: ColumnElement[bool]) -> None:
    """Wait for rows in the order of their numbers, and have them until we commit."""
    if tx.dialect.name != "postgresql":
        return
    rows = select(table.c.id).where(*which).order_by(table.c.id)
    # Counted, for there may be a million: their numbers stay where they are.
    locked = rows.with_for_update(of=table, key_share=True).subquery()
    tx.execute(select(func.count()).select_from(locked))
