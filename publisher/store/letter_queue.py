"""The queue of letters: leased, frozen, begun, settled; or held in doubt (law 10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, literal, or_, select, update

from publisher.model.delivery import DeliveryState
from publisher.store.engine import Transaction
from publisher.store.generations import generation_of
from publisher.store.readers import ENDED, find_suppression
from publisher.store.schema.letters import letter
from publisher.store.schema.readers import subscription

__all__ = [
    "Leased",
    "LeasedLetter",
    "LetterVerdict",
    "begin",
    "fail_if_unwanted",
    "freeze",
    "give_back",
    "is_any_ready",
    "lease_letters",
    "settle",
]

WAITING, BEGUN, HELD = (
    DeliveryState.WAITING.value,
    DeliveryState.BEGUN.value,
    DeliveryState.HELD.value,
)
IN_DOUBT = "in doubt: the process stopped before the reply"
TOO_LATE = "its time was over"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedLetter:
    """A letter that one process may send for a while; `fence` outdates older leases.

    `message` is None until it was composed, at the first attempt; `generation` is that
    of the store, for the name of what is composed now.
    """

    id: int
    fence: int
    kind: str
    email: str
    language: str
    facts: Mapping[str, Any] = field(repr=False)
    attempts: int
    expires_at: datetime
    message: bytes | None = field(repr=False)
    generation: int = 0

    @property
    def rung(self) -> int:
        """How many attempts count for how long it waits: of letters, all."""
        return self.attempts


@dataclass(frozen=True, slots=True)
class Leased:
    """What a process took: letters to send, and numbers of what had ended by itself."""

    letters: tuple[LeasedLetter, ...]
    held: tuple[int, ...] = ()
    expired: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterVerdict:
    """What became of an attempt with this number, counted from 1."""

    number: int
    state: DeliveryState
    reason: str
    retry_at: datetime | None
    has_begun: bool


def _is_free(now: datetime) -> list[ColumnElement[bool]]:
    return [
        letter.c.ready_at <= now,
        or_(letter.c.leased_until.is_(None), letter.c.leased_until < now),
    ]


def is_any_ready(tx: Transaction, now: datetime) -> bool:
    """Tell whether a letter could be leased."""
    return bool(tx.execute(select(exists().where(*_is_free(now)))).scalar())


def lease_letters(
    tx: Transaction, now: datetime, until: datetime, limit: int
) -> Leased:
    """Lease the letters that have waited longest.

    What a process that is gone had begun is in doubt and held; what is past its time
    expires.
    """
    free = (
        select(letter.c.id)
        .where(*_is_free(now))
        .order_by(letter.c.ready_at, letter.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("free")
    )
    rows = tx.execute(
        update(letter)
        .where(letter.c.id.in_(select(free.c.id)))
        .values(leased_until=until, fence=letter.c.fence + 1)
        .returning(letter)
    ).all()
    begun = [row.id for row in rows if row.state == BEGUN]
    late = [r.id for r in rows if r.state == WAITING and r.expires_at <= now]
    _end(tx, begun, DeliveryState.HELD, IN_DOUBT, now)
    _end(tx, late, DeliveryState.EXPIRED, TOO_LATE, now)
    ended = {*begun, *late}
    generation = generation_of(tx) if rows else 0
    letters = [
        LeasedLetter(
            id=row.id,
            fence=row.fence,
            kind=row.kind,
            email=row.email,
            language=row.language,
            facts=row.facts,
            attempts=row.attempts,
            expires_at=row.expires_at,
            message=row.message,
            generation=generation,
        )
        for row in rows
        if row.id not in ended
    ]
    return Leased(
        tuple(sorted(letters, key=lambda one: one.id)), tuple(begun), tuple(late)
    )


def freeze(tx: Transaction, leased: LeasedLetter, message: bytes) -> bool:
    """Keep a letter's bytes for this and every later attempt (law 11).

    False when it is not ours any more.
    """
    kept = tx.execute(
        update(letter)
        .where(*_is_ours(leased), letter.c.message.is_(None))
        .values(message=message)
    )
    return kept.rowcount == 1


def begin(
    tx: Transaction,
    leased: LeasedLetter,
    address_key: str,
    until: datetime,
    now: datetime,
) -> bool:
    """Record a letter as begun, with a lease that outlasts the slowest reply.

    Asked right before the envelope: is it still ours, may we write to the address? A
    letter to a suppressed address fails here. Return whether to go on.
    """
    if fail_if_unwanted(tx, leased, address_key, now):
        return False
    begun = tx.execute(
        update(letter)
        .where(*_is_ours(leased), letter.c.message.is_not(None))
        .values(
            state=BEGUN,
            attempts=letter.c.attempts + 1,
            begun_at=now,
            leased_until=until,
        )
    )
    return begun.rowcount == 1


def fail_if_unwanted(
    tx: Transaction, leased: LeasedLetter, address_key: str, now: datetime
) -> bool:
    """Give a letter up whose address we may not write to; return whether that is so.

    Nor does a welcome go to who has left again.
    """
    suppression = find_suppression(tx, address_key)
    why = "" if suppression is None else f"suppressed: {suppression}"
    if not why and leased.kind == "welcome" and _has_left(tx, leased):
        why = "the reader has left"
    if not why:
        return False
    tx.execute(
        update(letter)
        .where(*_is_ours(leased))
        .values(**_ended(DeliveryState.FAILED, why, now))
    )
    return True


def _has_left(tx: Transaction, leased: LeasedLetter) -> bool:
    """Tell whether a letter is to a subscriber who has no subscription any more."""
    goes_on = exists().where(
        subscription.c.subscriber_id == letter.c.subscriber_id,
        subscription.c.state.not_in(ENDED),
    )
    of_nobody = letter.c.subscriber_id.is_not(None) & ~goes_on
    asked = select(of_nobody).where(letter.c.id == leased.id)
    return bool(tx.execute(asked).scalar())


def settle(
    tx: Transaction, leased: LeasedLetter, verdict: LetterVerdict, now: datetime
) -> bool:
    """Record what became of an attempt; False when the verdict came too late.

    It counts for its own attempt only. On a letter that was held in doubt meanwhile a
    final verdict counts, for it is evidence; what says more than that counts also where
    the letter was to be sent again.
    """
    before = [BEGUN]
    if verdict.state.is_final:
        before += [HELD] if verdict.state is DeliveryState.HELD else [HELD, WAITING]
    if verdict.has_begun:
        is_meant = and_(letter.c.attempts == verdict.number, letter.c.state.in_(before))
    else:
        is_meant = and_(*_is_ours(leased), letter.c.attempts == verdict.number - 1)
    values: dict[str, Any] = {
        "state": verdict.state.value,
        "reason": verdict.reason[:200],
        "ready_at": verdict.retry_at,
        "leased_until": None,
    }
    if verdict.state.is_final:
        values = _ended(verdict.state, verdict.reason, now)
    settled = tx.execute(
        update(letter)
        .where(letter.c.id == leased.id, is_meant)
        .values(attempts=verdict.number, **values)
    )
    return settled.rowcount == 1


def give_back(
    tx: Transaction, leased: Sequence[LeasedLetter], not_before: datetime
) -> None:
    """Let letters be leased again, from an instant on; nothing was tried."""
    later = literal(not_before, letter.c.ready_at.type)
    for one in leased:
        tx.execute(
            update(letter)
            .where(*_is_ours(one))
            .values(
                leased_until=None,
                ready_at=case(
                    (letter.c.ready_at < later, later), else_=letter.c.ready_at
                ),
            )
        )


def _is_ours(leased: LeasedLetter) -> list[ColumnElement[bool]]:
    return [
        letter.c.id == leased.id,
        letter.c.fence == leased.fence,
        letter.c.state == WAITING,
    ]


def _end(
    tx: Transaction,
    ids: Sequence[int],
    state: DeliveryState,
    reason: str,
    now: datetime,
) -> None:
    if ids:
        ended = _ended(state, reason, now)
        tx.execute(update(letter).where(letter.c.id.in_(ids)).values(**ended))


def _ended(state: DeliveryState, reason: str, now: datetime) -> dict[str, Any]:
    """Return the values of a letter with which nothing more happens by itself.

    The bytes of one that is held are kept: it may be sent again, as the same (law 11).
    """
    values: dict[str, Any] = {
        "state": state.value,
        "reason": reason[:200],
        "ready_at": None,
        "leased_until": None,
        "settled_at": now,
    }
    return values if state is DeliveryState.HELD else values | {"message": None}
