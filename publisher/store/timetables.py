"""Timetables: who shares a rhythm, which are due, which readers they wait for."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, func, select, tuple_, update

from publisher.model.selection import Selection
from publisher.model.timetable import Frequency, Timetable
from publisher.store.engine import Transaction
from publisher.store.schema.readers import selection, subscription, timetable
from publisher.store.upsert import insert_into

__all__ = [
    "TimetableRow",
    "columns_of",
    "due_instant",
    "due_timetables",
    "find_timetable",
    "has_readers",
    "keep_selection",
    "keep_timetable",
    "list_timetables",
    "look_back",
    "recall_far",
    "rhythm_in",
    "set_next_due",
    "set_reached",
    "timetable_of",
]

FARTHEST = timedelta(days=33)
"""Longer than from any slot to the next one."""


@dataclass(frozen=True, slots=True)
class TimetableRow:
    """A timetable with the store's number, its next due moment and what it reached.

    Of twins, which have the same rhythm, readers who choose it come to number 0.
    """

    id: int
    timetable: Timetable
    next_due_at: datetime | None
    reached: int
    twin_no: int


def keep_timetable(tx: Transaction, wanted: Timetable, now: datetime) -> int:
    """Return the number of a timetable, made on first use.

    Its first slot may be the present minute: who asks for 12:00 at 12:00 gets it.
    """
    this_minute = now.replace(second=0, microsecond=0) - timedelta(microseconds=1)
    due_at = None if wanted.is_instant else wanted.next_slot(this_minute).due_at
    values = {**columns_of(wanted), "twin_no": 0}
    tx.execute(
        insert_into(tx, timetable)
        .values(next_due_at=due_at, reached=0, **values)
        .on_conflict_do_nothing()
    )
    statement = select(timetable.c.id).filter_by(**values)
    return int(tx.execute(statement).scalar_one())


def columns_of(wanted: Timetable) -> dict[str, Any]:
    """Return what a timetable is kept as, and looked up by."""
    return {
        "digest_key": wanted.digest_key,
        "frequency": wanted.frequency.value,
        "weekdays": ",".join(str(day) for day in wanted.weekdays),
        "month_day": wanted.month_day,
        "local_time": f"{wanted.at:%H:%M}",
        "zone": wanted.zone,
    }


def keep_selection(tx: Transaction, wanted: Selection) -> int:
    """Return the number of a selection, made on first use."""
    tx.execute(
        insert_into(tx, selection)
        .values(key=wanted.key, key_hash=wanted.key_hash)
        .on_conflict_do_nothing()
    )
    statement = select(selection.c.id).where(selection.c.key_hash == wanted.key_hash)
    return int(tx.execute(statement).scalar_one())


def rhythm_in(row: Row[Any], zone: str) -> Timetable:
    """Return the hour and days that a row holds, in a zone."""
    hour, minute = row.local_time.split(":")
    return Timetable(
        digest_key=row.digest_key,
        frequency=Frequency(row.frequency),
        at=time(int(hour), int(minute)),
        zone=zone,
        weekdays=tuple(int(day) for day in row.weekdays.split(",") if day),
        month_day=row.month_day,
    )


def timetable_of(row: Row[Any]) -> TimetableRow:
    """Return a timetable as it is kept."""
    return TimetableRow(
        id=row.id,
        timetable=rhythm_in(row, row.zone),
        next_due_at=row.next_due_at,
        reached=row.reached,
        twin_no=row.twin_no,
    )


def due_timetables(
    tx: Transaction, now: datetime, limit: int, after: TimetableRow | None = None
) -> list[TimetableRow]:
    """Return timetables whose next slot has come, longest due first.

    `after` one, those behind it: one that fails stays where it is.
    """
    key = tuple_(timetable.c.next_due_at, timetable.c.id)
    due = select(timetable).where(timetable.c.next_due_at <= now)
    if after is not None:
        due = due.where(key > tuple_(after.next_due_at, after.id))
    rows = tx.execute(due.order_by(*key).limit(limit))
    return [timetable_of(row) for row in rows]


def due_instant(
    tx: Transaction, listed_no: int, limit: int, after: TimetableRow | None = None
) -> list[TimetableRow]:
    """Return instant timetables that have not reached the newest listing.

    `after` one, those behind it: one that fails stays where it is.
    """
    key = tuple_(timetable.c.reached, timetable.c.id)
    due = select(timetable).where(
        timetable.c.frequency == "instant", timetable.c.reached < listed_no
    )
    if after is not None:
        due = due.where(key > tuple_(after.reached, after.id))
    rows = tx.execute(due.order_by(*key).limit(limit))
    return [timetable_of(row) for row in rows]


def recall_far(tx: Transaction, now: datetime) -> None:
    """Bring back timetables that a clock ahead of time moved beyond any next slot.

    No slot is ever further away than the longest month; asking too early is harmless.
    """
    tx.execute(
        update(timetable)
        .where(timetable.c.next_due_at > now + FARTHEST)
        .values(next_due_at=now)
    )


def list_timetables(tx: Transaction) -> list[tuple[TimetableRow, int]]:
    """Return all timetables that have readers, with how many, next due first."""
    readers = (
        select(subscription.c.timetable_id, func.count().label("readers"))
        .where(subscription.c.state == "active")
        .group_by(subscription.c.timetable_id)
        .subquery()
    )
    rows = tx.execute(
        select(timetable, readers.c.readers)
        .join(readers, readers.c.timetable_id == timetable.c.id)
        .order_by(timetable.c.next_due_at, timetable.c.id)
    )
    return [(timetable_of(row), row.readers) for row in rows]


def has_readers(tx: Transaction, timetable_id: int) -> bool:
    """Tell whether anybody gets a digest by a timetable just now."""
    some = select(subscription.c.id).where(
        subscription.c.timetable_id == timetable_id, subscription.c.state == "active"
    )
    return tx.execute(some.limit(1)).first() is not None


def find_timetable(tx: Transaction, timetable_id: int) -> TimetableRow:
    """Return a timetable by its number."""
    return timetable_of(
        tx.execute(select(timetable).where(timetable.c.id == timetable_id)).one()
    )


def set_next_due(
    tx: Transaction, row: TimetableRow, next_due_at: datetime | None
) -> None:
    """Move a timetable on to its next slot."""
    tx.execute(
        update(timetable)
        .where(timetable.c.id == row.id, timetable.c.next_due_at == row.next_due_at)
        .values(next_due_at=next_due_at)
    )


def set_reached(tx: Transaction, timetable_id: int, listed_no: int) -> None:
    """Record up to which listing an instant timetable has had its edition."""
    tx.execute(
        update(timetable)
        .where(timetable.c.id == timetable_id, timetable.c.reached < listed_no)
        .values(reached=listed_no)
    )


def look_back(tx: Transaction, timetable_id: int, cursor: int) -> None:
    """Let an instant timetable look at what was listed after a reader's cursor."""
    tx.execute(
        update(timetable)
        .where(
            timetable.c.id == timetable_id,
            timetable.c.frequency == "instant",
            timetable.c.reached > cursor,
        )
        .values(reached=cursor)
    )
