"""Editions: one per digest and slot, its state, and its accounting."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, func, select, update

from publisher.model.catching_up import LastEdition
from publisher.model.delivery import Accounting, DeliveryState, SkipReason
from publisher.model.timetable import Frequency, Slot
from publisher.store.engine import Transaction
from publisher.store.listings import listed_until
from publisher.store.locking import lock_rows
from publisher.store.publication import LISTINGS
from publisher.store.schema.editions import (
    chunk,
    delivery,
    edition,
    edition_count,
    segment,
    segment_article,
)
from publisher.store.schema.readers import timetable
from publisher.store.timetables import TimetableRow, set_next_due, set_reached
from publisher.store.upsert import insert_into, last_number

__all__ = [
    "EditionRow",
    "account",
    "close_finished",
    "discard",
    "find_edition",
    "last_edition",
    "list_editions",
    "miss_edition",
    "open_edition",
    "planning_editions",
    "recall_instant",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionRow:
    """An edition as stored."""

    id: int
    timetable_id: int
    digest_key: str
    slot: str
    dated: date
    due_at: datetime
    expires_at: datetime
    composed_at: datetime
    up_to: int
    state: str
    frequency: Frequency

    @property
    def is_instant(self) -> bool:
        """Whether it follows the articles and not the clock."""
        return self.frequency is Frequency.INSTANT


def _editions() -> Select[Any]:
    return select(edition, timetable.c.digest_key, timetable.c.frequency).join(
        timetable, timetable.c.id == edition.c.timetable_id
    )


def _edition(row: Row[Any]) -> EditionRow:
    return EditionRow(
        id=row.id,
        timetable_id=row.timetable_id,
        digest_key=row.digest_key,
        slot=row.slot,
        dated=row.dated,
        due_at=row.due_at,
        expires_at=row.expires_at,
        composed_at=row.composed_at,
        up_to=row.up_to,
        state=row.state,
        frequency=Frequency(row.frequency),
    )


def open_edition(  # noqa: PLR0913 (what the planner has decided)
    tx: Transaction,
    row: TimetableRow,
    slot: Slot,
    *,
    expires_at: datetime,
    next_due_at: datetime | None,
    now: datetime,
    is_behind: bool = False,
) -> EditionRow | None:
    """Start the edition of a slot and move its timetable on, once (law 7).

    It reaches to the newest listing; one that `is_behind` newer slots of its timetable
    reaches to its own moment. Return None when the slot already has its edition.
    """
    up_to = listed_until(tx, slot.due_at) if is_behind else last_number(tx, LISTINGS)
    new = _insert_edition(
        tx, row, slot, expires_at=expires_at, now=now, up_to=up_to, state="planning"
    )
    if next_due_at is not None:
        set_next_due(tx, row, next_due_at)
    elif new is not None:
        set_reached(tx, row.id, up_to)
    return new


def last_edition(
    tx: Transaction, timetable_id: int, *, was_opened: bool = False
) -> LastEdition | None:
    """Return the newest edition of a timetable, or None before the first.

    With `was_opened`, of those that were: nobody had one that was missed.
    """
    row = tx.execute(
        select(edition.c.due_at, edition.c.composed_at, edition.c.state)
        .where(
            edition.c.timetable_id == timetable_id,
            *([edition.c.state != "missed"] if was_opened else []),
        )
        .order_by(edition.c.slot.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return LastEdition(
        due_at=row.due_at,
        opened_at=row.composed_at,
        is_finished=row.state in {"closed", "missed"},
    )


def miss_edition(tx: Transaction, row: TimetableRow, slot: Slot, now: datetime) -> bool:
    """Record that a slot went by while nobody was running.

    False when it had its edition: a zone may have moved since its hour was reckoned.
    """
    missed = _insert_edition(
        tx, row, slot, expires_at=now, now=now, up_to=0, state="missed"
    )
    return missed is not None


def _insert_edition(  # noqa: PLR0913 (one argument per column)
    tx: Transaction,
    row: TimetableRow,
    slot: Slot,
    *,
    expires_at: datetime,
    now: datetime,
    up_to: int,
    state: str,
) -> EditionRow | None:
    inserted = tx.execute(
        insert_into(tx, edition)
        .values(
            timetable_id=row.id,
            slot=slot.key,
            dated=slot.day,
            due_at=slot.due_at,
            expires_at=expires_at,
            composed_at=now.replace(microsecond=0),
            up_to=up_to,
            state=state,
        )
        .on_conflict_do_nothing()
        .returning(edition.c.id)
    ).scalar()
    if inserted is None:
        return None
    return _edition(tx.execute(_editions().where(edition.c.id == inserted)).one())


def planning_editions(tx: Transaction) -> list[EditionRow]:
    """Return editions whose planning is not finished: instant ones first, then by age.

    To plan one for a million readers takes long, and who wants it at once is not to
    wait for that.
    """
    rows = tx.execute(_editions().where(edition.c.state == "planning"))
    found = [_edition(row) for row in rows]
    return sorted(found, key=lambda row: (not row.is_instant, row.id))


def find_edition(tx: Transaction, edition_id: int) -> EditionRow:
    """Return an edition by its number."""
    return _edition(tx.execute(_editions().where(edition.c.id == edition_id)).one())


def list_editions(tx: Transaction, limit: int) -> list[EditionRow]:
    """Return the newest editions, newest first."""
    rows = tx.execute(_editions().order_by(edition.c.id.desc()).limit(limit))
    return [_edition(row) for row in rows]


def discard(tx: Transaction, row: EditionRow) -> None:
    """Forget an edition that nobody was due for."""
    own = select(segment.c.id).where(segment.c.edition_id == row.id)
    tx.execute(delete(segment_article).where(segment_article.c.segment_id.in_(own)))
    tx.execute(delete(segment).where(segment.c.edition_id == row.id))
    tx.execute(delete(edition).where(edition.c.id == row.id))


def recall_instant(tx: Transaction, edition_ids: Iterable[int]) -> None:
    """Let instant timetables have another edition for readers passed over meanwhile.

    While a reader's message was under way, newer editions skipped that reader.
    """
    ids = sorted(set(edition_ids))
    own = select(edition.c.timetable_id).where(edition.c.id.in_(ids))
    if len(ids) > 1:
        lock_rows(tx, timetable, timetable.c.id.in_(own))
    earliest = (
        select(func.min(edition.c.up_to))
        .where(edition.c.id.in_(ids), edition.c.timetable_id == timetable.c.id)
        .scalar_subquery()
    )
    tx.execute(
        update(timetable)
        .where(
            timetable.c.id.in_(own),
            timetable.c.frequency == "instant",
            timetable.c.reached > earliest,
        )
        .values(reached=earliest)
    )


def close_finished(tx: Transaction) -> int:
    """Close editions that have nothing left to send; return how many."""
    is_open = edition.c.state == "open"
    if tx.execute(select(edition.c.id).where(is_open).limit(1)).first() is None:
        return 0
    # Who lets a message wait again has done so before we look, or opens it after.
    lock_rows(tx, edition, is_open)
    unsettled = (
        select(chunk.c.id)
        .where(chunk.c.edition_id == edition.c.id, chunk.c.ready_at.is_not(None))
        .exists()
    )
    closed = tx.execute(
        update(edition)
        .where(is_open, ~unsettled)
        .values(state="closed")
        .returning(edition.c.id)
    )
    return len(closed.all())


def account(tx: Transaction, edition_id: int) -> Accounting:
    """Return the accounting equation of an edition (law 12).

    Deliveries that retention has let go are in it with their numbers.
    """
    present = tx.execute(_counts().where(delivery.c.edition_id == edition_id)).one()
    counts = {kind: present[at] for at, kind in enumerate(_KINDS) if present[at]}
    past = select(
        edition_count.c.state, edition_count.c.reason, edition_count.c.readers
    ).where(edition_count.c.edition_id == edition_id)
    for row in tx.execute(past):
        kind = (DeliveryState(row.state), row.reason)
        counts[kind] = counts.get(kind, 0) + row.readers
    by_state: dict[DeliveryState, int] = {}
    for (state, _), readers in counts.items():
        by_state[state] = by_state.get(state, 0) + readers
    return Accounting(
        due=sum(counts.values()),
        by_state=by_state,
        skipped_by_reason={
            reason: readers
            for (state, reason), readers in counts.items()
            if state is DeliveryState.SKIPPED
        },
    )


_KINDS: list[tuple[DeliveryState, str]] = [
    *((state, "") for state in DeliveryState if state is not DeliveryState.SKIPPED),
    *((DeliveryState.SKIPPED, reason.value) for reason in SkipReason),
]
"""Everything that may have become of a delivery, as far as it is counted apart."""


def _counts() -> Select[*tuple[int, ...]]:
    """Count deliveries of each kind in one row; to group them, SQLite sorts all."""
    counts: list[ColumnElement[int]] = [
        func.count().filter(
            delivery.c.state == state.value,
            *([delivery.c.reason == reason] if reason else []),
        )
        for state, reason in _KINDS
    ]
    return select(*counts)
