"""Copies of a store's rows, to set it back to: the same on each database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Table, func, insert, select, text

from publisher.store import Store, Transaction
from publisher.store.schema import metadata

__all__ = ["Backup", "back_up", "restore"]


@dataclass(frozen=True, kw_only=True)
class Backup:
    """Every row by table, and how far the numbers of a table were given out."""

    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    numbers: Mapping[str, int]


def _stored(table: Table) -> Select[Any]:
    """Return what asks for all that a table holds but what follows from the rest."""
    return select(*(column for column in table.columns if column.computed is None))


def back_up(store: Store) -> Backup:
    """Return a copy of a store."""

    def work(tx: Transaction) -> Backup:
        rows = {
            table.name: [dict(row) for row in tx.execute(_stored(table)).mappings()]
            for table in metadata.sorted_tables
        }
        numbers: dict[str, int] = {}
        if not store.is_sqlite:  # It goes on after the largest number there is.
            found = tx.execute(text(NUMBERS)).all()
            numbers = {row.sequencename: row.last_value for row in found}
        return Backup(rows=rows, numbers=numbers)

    return store.query(work)


NUMBERS = "SELECT sequencename, last_value FROM pg_sequences WHERE last_value > 0"


def restore(store: Store, backup: Backup) -> None:
    """Fill an empty store; its numbers go on from where they were."""

    def work(tx: Transaction) -> None:
        for table in metadata.sorted_tables:
            if rows := backup.rows[table.name]:
                tx.execute(insert(table), rows)
        for name, last in backup.numbers.items():
            tx.execute(select(func.setval(name, last)))

    store.transact(work)
