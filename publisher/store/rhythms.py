"""The hour and days that each digest had at the last start, and who follows them."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from publisher.model.timetable import Timetable
from publisher.store.engine import Transaction
from publisher.store.planning_turns import turn_to_move
from publisher.store.schema.readers import digest_rhythm, subscription, timetable
from publisher.store.timetables import (
    TimetableRow,
    columns_of,
    find_timetable,
    look_back,
    rhythm_in,
    timetable_of,
)
from publisher.store.upsert import insert_into

__all__ = [
    "READERS_AT_ONCE",
    "change_timetable",
    "keep_rhythm_of",
    "move_readers",
    "rhythm_of",
    "timetables_of",
]

READERS_AT_ONCE = 10_000
"""So many readers are moved in one transaction: others need not wait for all."""


def rhythm_of(tx: Transaction, digest_key: str) -> Timetable | None:
    """Return the hour and days that a digest had, in no zone; None before the first."""
    row = tx.execute(
        select(digest_rhythm).where(digest_rhythm.c.digest_key == digest_key)
    ).first()
    return None if row is None else rhythm_in(row, "")


def keep_rhythm_of(tx: Transaction, own: Timetable) -> None:
    """Remember the hour and days that a digest has."""
    values = columns_of(own)
    del values["zone"]
    statement = insert_into(tx, digest_rhythm).values(**values)
    tx.execute(
        statement.on_conflict_do_update(index_elements=["digest_key"], set_=values)
    )


def timetables_of(tx: Transaction, digest_key: str) -> list[TimetableRow]:
    """Return all timetables of a digest; of twins the one that readers come to last."""
    rows = tx.execute(
        select(timetable)
        .where(timetable.c.digest_key == digest_key)
        .order_by(timetable.c.twin_no.desc(), timetable.c.id)
    )
    return [timetable_of(row) for row in rows]


def change_timetable(
    tx: Transaction, row: TimetableRow, wanted: Timetable, due_at: datetime | None
) -> int:
    """Give a timetable another hour or other days, and all of its readers with it.

    One that has them already becomes its twin: its readers had other editions, and are
    due at other moments. Instant ones are due with the articles: return the number of
    the one that is there, to which the readers are still to be moved, or its own.
    """
    values: dict[str, Any] = columns_of(wanted)
    others = [timetable.c[name] == value for name, value in values.items()]
    others.append(timetable.c.id != row.id)
    found = tx.execute(
        select(func.min(timetable.c.id), func.max(timetable.c.twin_no)).where(*others)
    ).one()
    if found[0] is not None and wanted.is_instant:
        look_back(tx, found[0], 0)
        return int(found[0])
    if found[0] is not None:
        first = update(timetable).where(*others, timetable.c.twin_no == 0)
        tx.execute(first.values(twin_no=found[1] + 1))
    tx.execute(
        update(timetable)
        .where(timetable.c.id == row.id)
        .values(next_due_at=due_at, reached=0, twin_no=0, **values)
    )
    return row.id


def move_readers(tx: Transaction, old_id: int, new_id: int, most: int) -> int:
    """Move some readers of a timetable to another; return how many were moved."""
    turn_to_move(tx, [find_timetable(tx, old_id).timetable.digest_key])
    some = (
        select(subscription.c.id)
        .where(subscription.c.timetable_id == old_id)
        .limit(most)
    )
    moved = tx.execute(
        update(subscription)
        .where(subscription.c.id.in_(some))
        .values(timetable_id=new_id)
    )
    return int(moved.rowcount)
