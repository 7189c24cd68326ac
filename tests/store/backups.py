"""Copies of a store's rows, to set it back to: the same on each database."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import func, insert, select

from publisher.store import Store, Transaction
from publisher.store.schema import metadata

__all__ = ["Backup", "back_up", "restore"]

Backup: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]


def back_up(store: Store) -> Backup:
    """Return every row of a store, by table."""

    def work(tx: Transaction) -> Backup:
        return {
            table.name: [dict(row) for row in tx.execute(select(table)).mappings()]
            for table in metadata.sorted_tables
        }

    return store.query(work)


def restore(store: Store, backup: Backup) -> None:
    """Fill an empty store; its numbers go on from where they were."""

    def work(tx: Transaction) -> None:
        for table in metadata.sorted_tables:
            if rows := backup[table.name]:
                tx.execute(insert(table), rows)
            if not store.is_sqlite and "id" in table.c:
                last = tx.execute(select(func.max(table.c.id))).scalar()
                place = func.pg_get_serial_sequence(table.name, "id")
                if last and tx.execute(select(place)).scalar():
                    tx.execute(select(func.setval(place, last)))

    store.transact(work)
