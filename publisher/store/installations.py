"""Which installations may send from this store; what is in question if it is old."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, insert, literal, or_, select, update

from publisher.model.delivery import DeliveryState
from publisher.model.installation import Stop, StoreMark
from publisher.store import letter_doubts
from publisher.store.doubts import SET_BACK, take_as_sent
from publisher.store.engine import Transaction
from publisher.store.schema.editions import (
    attempt,
    delivery,
    edition,
    installation,
    sending,
)
from publisher.store.schema.letters import letter
from publisher.store.schema.readers import subscriber, timetable
from publisher.store.upsert import greater, insert_into

__all__ = [
    "WaitingEdition",
    "advance",
    "has_history",
    "hold_in_question",
    "mark_of",
    "mark_store",
    "stop_sending",
    "take_in_question_as_sent",
    "waiting_editions",
]


ONLY = 1
"""The key of the one row that says which store this is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEdition:
    """An edition with deliveries that would go."""

    id: int
    digest_key: str
    slot: str
    due_at: datetime
    waiting: int


def mark_of(tx: Transaction) -> StoreMark | None:
    """Return what the store says about sending, None before anybody sent from it."""
    row = tx.execute(select(sending)).first()
    if row is None:
        return None
    return StoreMark(
        store_key=row.store_key,
        counter=row.counter,
        advanced_at=row.advanced_at,
        stopped=Stop(row.stopped_why) if row.stopped_why else None,
        lost_until=row.lost_until,
        hosts=frozenset(tx.execute(select(installation.c.host_key)).scalars()),
        generation=row.generation,
    )


def has_history(tx: Transaction, before: datetime) -> bool:
    """Tell whether anything was ever sent, or a reader was there before a moment."""
    was_tried = exists(select(attempt.c.number))
    was_begun = exists(select(letter.c.id).where(letter.c.begun_at.is_not(None)))
    was_there = exists(select(subscriber.c.id).where(subscriber.c.created_at < before))
    return bool(tx.execute(select(or_(was_tried, was_begun, was_there))).scalar())


def mark_store(
    tx: Transaction,
    store_key: str,
    counter: int,
    generation: int,
    host: tuple[str, str],
    now: datetime,
) -> None:
    """Let a host (key and name) send, and everybody whom a stop had stopped.

    A store that has a key keeps it, and its counter never goes back; generation 0
    leaves the one it has. So machines that begin at one moment agree.
    """
    statement = insert_into(tx, sending).values(
        id=ONLY,
        store_key=store_key,
        counter=counter,
        generation=generation,
        advanced_at=now,
        stopped_why="",
    )
    news: dict[str, object] = {
        "counter": greater(tx.dialect.name, sending.c.counter, counter),
        "advanced_at": now,
        "stopped_why": "",
        "stopped_at": None,
        "lost_until": None,
    }
    if generation:
        news["generation"] = generation
    tx.execute(
        statement.on_conflict_do_update(index_elements=[sending.c.id], set_=news)
    )
    host_key, name = host
    statement = insert_into(tx, installation).values(
        host_key=host_key, name=name[:200], confirmed_at=now
    )
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["host_key"],
            set_={"name": name[:200], "confirmed_at": now},
        )
    )


def advance(tx: Transaction, now: datetime) -> int:
    """Count that somebody begins to send; return the new number."""
    number: int = tx.execute(
        update(sending)
        .values(counter=sending.c.counter + 1, advanced_at=now)
        .returning(sending.c.counter)
    ).scalar_one()
    return number


def stop_sending(
    tx: Transaction, why: Stop, lost_until: datetime, now: datetime
) -> None:
    """Stop everybody who sends from this store, until an operator confirms."""
    tx.execute(
        update(sending)
        .where(sending.c.stopped_why == "")
        .values(stopped_why=why.value, stopped_at=now, lost_until=lost_until)
    )


def waiting_editions(tx: Transaction) -> list[WaitingEdition]:
    """Return the editions with deliveries that would go, oldest first."""
    rows = tx.execute(
        select(
            edition.c.id,
            timetable.c.digest_key,
            edition.c.slot,
            edition.c.due_at,
            func.count().label("waiting"),
        )
        .join(timetable, timetable.c.id == edition.c.timetable_id)
        .join(delivery, delivery.c.edition_id == edition.c.id)
        .where(
            edition.c.state.in_(["open", "planning"]),
            delivery.c.state == DeliveryState.WAITING.value,
        )
        .group_by(edition.c.id, timetable.c.digest_key)
        .order_by(edition.c.id)
    )
    return [WaitingEdition(**row._mapping) for row in rows]  # noqa: SLF001 (its API)


def hold_in_question(
    tx: Transaction, known_at: datetime, until: datetime, now: datetime
) -> int:
    """Hold what was due by a time; return how many deliveries it was.

    So are letters posted by then.
    """
    letter_doubts.hold_in_question(tx, known_at, until, now)
    return len(_held(tx, known_at, until, now))


def _held(
    tx: Transaction, known_at: datetime, until: datetime, now: datetime
) -> Sequence[int]:
    """Hold what was due by a time: in doubt, for it may have been sent.

    Return which deliveries it was. What the store knew of at `known_at`, when it was
    copied, has its Message-ID from then, so evidence can speak of it. An edition that
    is planned anew has not.
    """
    known = (
        select(
            delivery.c.id,
            delivery.c.attempts + 1,
            literal(known_at, attempt.c.begun_at.type),
            literal(until, attempt.c.begun_at.type),
            *(literal(text) for text in ("doubt", "dot")),
            literal(0),
            literal(SET_BACK),
        )
        .join(edition, edition.c.id == delivery.c.edition_id)
        .where(
            delivery.c.state == DeliveryState.WAITING.value,
            edition.c.due_at <= until,
            edition.c.composed_at <= known_at,
        )
    )
    columns = ["delivery_id", "number", "begun_at", "ended_at"]
    columns += ["outcome", "phase", "code", "reply"]
    tx.execute(insert(attempt).from_select(columns, known))
    held = tx.execute(
        update(delivery)
        .where(
            delivery.c.state == DeliveryState.WAITING.value,
            delivery.c.edition_id.in_(
                select(edition.c.id).where(
                    edition.c.due_at <= until, edition.c.state.in_(["open", "planning"])
                )
            ),
        )
        .values(
            state=DeliveryState.HELD.value,
            reason=SET_BACK,
            attempts=delivery.c.attempts + 1,
            settled_at=now,
        )
        .returning(delivery.c.id)
    )
    return held.scalars().all()


def take_in_question_as_sent(
    tx: Transaction, known_at: datetime, until: datetime, now: datetime
) -> int:
    """Count what was due by a time as sent; return how many deliveries it was."""
    letter_doubts.take_in_question_as_sent(tx, known_at, until, now)
    ids = _held(tx, known_at, until, now)
    taken = 0
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        taken += len(take_as_sent(tx, some, "operator: sent before the restore", now))
    return taken
