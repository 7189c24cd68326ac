"""Letters in doubt: which they are, and what ends a doubt."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, literal, select, update

from publisher.model.delivery import DeliveryState
from publisher.store.doubts import SET_BACK
from publisher.store.engine import Transaction
from publisher.store.letter_queue import TOO_LATE
from publisher.store.schema.letters import letter

__all__ = [
    "LetterDoubtRow",
    "count_doubts",
    "find_doubts",
    "hold_in_question",
    "list_doubts",
    "send_again",
    "take_as_bounced",
    "take_as_sent",
    "take_in_question_as_sent",
]

HELD = DeliveryState.HELD.value
HEAD = 4096
"""Bytes of a message that surely hold its Message-ID, after any signatures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterDoubtRow:
    """A letter in doubt: its final dot was sent, and no reply was seen.

    Nothing of it was on the wire in its last attempt before `begun_at` or after
    `since`, when it was held. `head` is how its bytes begin. Without these, or without
    `begun_at`, the message that may have been sent is not known.
    """

    id: int
    kind: str
    reason: str
    since: datetime
    begun_at: datetime | None
    expires_at: datetime
    head: bytes | None = field(repr=False)

    @property
    def word(self) -> str:
        """Return what operators call it."""
        return f"letter-{self.id}"

    @property
    def ended_at(self) -> datetime:
        """Return when its last attempt was over at the latest."""
        return self.since

    @property
    def is_of_lost_store(self) -> bool:
        """Whether it is an operator's word that holds it, and not a missing reply."""
        return self.reason == SET_BACK


def _doubts() -> Select[tuple[object, ...]]:
    return select(
        letter.c.id,
        letter.c.kind,
        letter.c.reason,
        letter.c.settled_at.label("since"),
        letter.c.begun_at,
        letter.c.expires_at,
        func.substr(letter.c.message, 1, HEAD, type_=letter.c.message.type).label(
            "head"
        ),
    ).where(letter.c.state == HELD)


def list_doubts(
    tx: Transaction, limit: int, since: datetime | None = None
) -> list[LetterDoubtRow]:
    """Return the letters in doubt, the last held first; or only those held since."""
    asked = (
        _doubts().order_by(letter.c.settled_at.desc(), letter.c.id.desc()).limit(limit)
    )
    if since is not None:
        asked = asked.where(letter.c.settled_at >= since)
    return [LetterDoubtRow(**row._mapping) for row in tx.execute(asked)]  # noqa: SLF001


def find_doubts(tx: Transaction, letter_ids: Collection[int]) -> list[LetterDoubtRow]:
    """Return those of some letters that are in doubt, by number."""
    asked = _doubts().where(letter.c.id.in_(letter_ids)).order_by(letter.c.id)
    return [LetterDoubtRow(**row._mapping) for row in tx.execute(asked)]  # noqa: SLF001


def count_doubts(tx: Transaction) -> int:
    """Return how many letters are in doubt."""
    asked = select(func.count()).where(letter.c.state == HELD)
    return tx.execute(asked).scalar_one()


def take_as_sent(
    tx: Transaction, letter_ids: Collection[int], said: str, now: datetime
) -> list[int]:
    """Count letters in doubt as sent; return those that were in doubt.

    `said` is kept with the letter: what or who says so.
    """
    return _end(tx, letter_ids, DeliveryState.SENT, said, now)


def take_as_bounced(
    tx: Transaction, letter_ids: Collection[int], said: str, now: datetime
) -> list[int]:
    """Count letters in doubt as failed, as they came back; return those in doubt."""
    return _end(tx, letter_ids, DeliveryState.FAILED, said, now)


def send_again(
    tx: Transaction, letter_ids: Collection[int], said: str, now: datetime
) -> dict[int, DeliveryState]:
    """Let letters in doubt wait again, to be sent as the same bytes (law 11).

    What is past its time expires instead: its link would not work any more. Return what
    each has become that was in doubt.
    """
    late = [row.id for row in find_doubts(tx, letter_ids) if row.expires_at <= now]
    expired = _end(tx, late, DeliveryState.EXPIRED, f"{said}; {TOO_LATE}", now)
    waiting = {
        "state": DeliveryState.WAITING.value,
        "reason": said[:200],
        "ready_at": now,
        "settled_at": None,
    }
    again = _change(tx, letter_ids, waiting)
    return dict.fromkeys(expired, DeliveryState.EXPIRED) | dict.fromkeys(
        again, DeliveryState.WAITING
    )


def hold_in_question(
    tx: Transaction, known_at: datetime, until: datetime, now: datetime
) -> Sequence[int]:
    """Hold what was posted by a time: in doubt, for a lost store may have sent it.

    Return which letters it was. What the store had composed at `known_at`, when it was
    copied, has its name from then, so evidence can speak of it. What it had not was
    composed by the lost store alone, and nobody knows under which name.
    """
    is_named = letter.c.message.is_not(None)
    held = tx.execute(
        update(letter)
        .where(
            letter.c.state == DeliveryState.WAITING.value, letter.c.posted_at <= until
        )
        .values(
            state=HELD,
            reason=SET_BACK,
            ready_at=None,
            leased_until=None,
            fence=letter.c.fence + 1,
            attempts=letter.c.attempts + case((is_named, 1), else_=0),
            begun_at=case(
                (is_named, literal(known_at, letter.c.begun_at.type)),
                else_=letter.c.begun_at,
            ),
            settled_at=now,
        )
        .returning(letter.c.id)
    )
    return held.scalars().all()


def take_in_question_as_sent(
    tx: Transaction, known_at: datetime, until: datetime, now: datetime
) -> None:
    """Count what was posted by a time as sent."""
    held = hold_in_question(tx, known_at, until, now)
    said = "operator: sent before the restore"
    for start in range(0, len(held), 500):
        _end(tx, held[start : start + 500], DeliveryState.SENT, said, now)


def _end(
    tx: Transaction,
    letter_ids: Collection[int],
    state: DeliveryState,
    said: str,
    now: datetime,
) -> list[int]:
    return _change(tx, letter_ids, _ended(state, said, now))


def _ended(state: DeliveryState, said: str, now: datetime) -> dict[str, Any]:
    """Return the values of a letter whose bytes are not needed any more."""
    return {
        "state": state.value,
        "reason": said[:200],
        "message": None,
        "settled_at": now,
    }


def _change(
    tx: Transaction, letter_ids: Collection[int], values: dict[str, Any]
) -> list[int]:
    changed = tx.execute(
        update(letter)
        .where(letter.c.id.in_(letter_ids), letter.c.state == HELD)
        .values(**values)
        .returning(letter.c.id)
    )
    return list(changed.scalars())
