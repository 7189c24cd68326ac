"""What sources of evidence want to know the next time they are asked."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from publisher.store.engine import Transaction
from publisher.store.schema.editions import evidence
from publisher.store.upsert import insert_into

__all__ = ["keep_notes", "notes_of"]


def notes_of(tx: Transaction, name: str) -> Mapping[str, Any]:
    """Return the notes of a source of evidence, empty before the first."""
    found = tx.execute(select(evidence.c.notes).where(evidence.c.name == name)).scalar()
    return found or {}


def keep_notes(tx: Transaction, name: str, notes: Mapping[str, Any]) -> None:
    """Keep the notes of a source of evidence."""
    statement = insert_into(tx, evidence).values(name=name, notes=dict(notes))
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"notes": statement.excluded.notes}
        )
    )
