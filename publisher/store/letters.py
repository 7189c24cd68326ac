"""Letters: posted in the transaction of what they tell of, and sent soon after."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select, update

from publisher.model.delivery import DeliveryState
from publisher.store.engine import Transaction
from publisher.store.schema.letters import letter
from publisher.store.upsert import insert_into, number_for

__all__ = [
    "LetterRow",
    "NewLetter",
    "account",
    "clear_settled",
    "find_letters",
    "list_letters",
    "post",
    "send_again",
]

AGAIN = [DeliveryState.HELD.value, DeliveryState.FAILED.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLetter:
    """A letter to be sent.

    `once` says what it is about, such as `confirm-17`: of two with the same, the second
    is not posted. `kind` names its folder in `templates/email`. `facts` are plain JSON
    values that its template is filled with. After `expires_at` it is not sent any more.
    """

    once: str
    kind: str
    email: str
    language: str
    facts: Mapping[str, Any]
    expires_at: datetime
    subscriber_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """A letter as operators see it; `begun_at` is that of its last attempt, if any."""

    id: int
    kind: str
    email: str
    state: DeliveryState
    reason: str
    attempts: int
    posted_at: datetime
    expires_at: datetime
    begun_at: datetime | None
    settled_at: datetime | None


def post(tx: Transaction, new: NewLetter, now: datetime) -> bool:
    """Put a letter into the queue; return whether it was not there before."""
    posted = tx.execute(
        insert_into(tx, letter)
        .values(
            **number_for(tx, letter),
            once=new.once,
            kind=new.kind,
            subscriber_id=new.subscriber_id,
            email=new.email,
            language=new.language,
            facts=dict(new.facts),
            posted_at=now,
            expires_at=new.expires_at,
            state="waiting",
            reason="",
            attempts=0,
            ready_at=now,
            fence=0,
        )
        .on_conflict_do_nothing(index_elements=["once"])
        .returning(letter.c.id)
    )
    return posted.first() is not None


def list_letters(
    tx: Transaction, limit: int, state: DeliveryState | None = None
) -> list[LetterRow]:
    """Return the newest letters, perhaps only those of a state."""
    asked = _rows().order_by(letter.c.id.desc()).limit(limit)
    if state is not None:
        asked = asked.where(letter.c.state == state.value)
    return _found(tx, asked)


def find_letters(tx: Transaction, ids: Collection[int]) -> list[LetterRow]:
    """Return the letters with these numbers that there are."""
    return _found(tx, _rows().where(letter.c.id.in_(ids)).order_by(letter.c.id))


def _rows() -> Select[tuple[object, ...]]:
    return select(
        letter.c.id,
        letter.c.kind,
        letter.c.email,
        letter.c.state,
        letter.c.reason,
        letter.c.attempts,
        letter.c.posted_at,
        letter.c.expires_at,
        letter.c.begun_at,
        letter.c.settled_at,
    )


def _found(tx: Transaction, asked: Select[tuple[object, ...]]) -> list[LetterRow]:
    rows = (dict(row._mapping) for row in tx.execute(asked))  # noqa: SLF001 (its API)
    return [LetterRow(**{**row, "state": DeliveryState(row["state"])}) for row in rows]


def account(tx: Transaction) -> tuple[int, dict[DeliveryState, int]]:
    """Return how many letters were posted, and how many are in each state."""
    posted = tx.execute(select(func.count()).select_from(letter)).scalar_one()
    rows = tx.execute(select(letter.c.state, func.count()).group_by(letter.c.state))
    return posted, {DeliveryState(state): count for state, count in rows}


def clear_settled(tx: Transaction, before: datetime) -> int:
    """Remove letters that were settled before a time; return how many.

    One that is held is in doubt until it cannot be sent again any more.
    """
    is_held = letter.c.state == DeliveryState.HELD.value
    removed = tx.execute(
        delete(letter).where(
            letter.c.settled_at < before, ~is_held | (letter.c.expires_at < before)
        )
    )
    return removed.rowcount


def send_again(tx: Transaction, letter_id: int, said: str, now: datetime) -> bool:
    """Let a letter wait again that is held or has failed, and is not past its time.

    One that is held is sent as the same bytes; one that failed is composed anew. `said`
    is kept with it. Return whether there was such a letter.
    """
    again = tx.execute(
        update(letter)
        .where(
            letter.c.id == letter_id,
            letter.c.state.in_(AGAIN),
            letter.c.expires_at > now,
        )
        .values(
            state=DeliveryState.WAITING.value,
            reason=said[:200],
            ready_at=now,
            leased_until=None,
            settled_at=None,
        )
    )
    return again.rowcount == 1
