"""Deliveries in doubt: which they are, and what ends a doubt."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, update

from publisher.model.delivery import DeliveryState
from publisher.store.engine import Transaction
from publisher.store.held import wait_again
from publisher.store.ledger import settle
from publisher.store.schema.editions import attempt, delivery, edition, segment
from publisher.store.schema.readers import timetable
from publisher.store.verdict import Verdict

__all__ = [
    "SET_BACK",
    "DoubtRow",
    "count_doubts",
    "find_doubts",
    "list_doubts",
    "send_again",
    "take_as_bounced",
    "take_as_sent",
]

SET_BACK = "in doubt: it may have been sent by a store that is lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtRow:
    """A delivery in doubt: its final dot was sent, and no reply was seen.

    `begun_at` and `ended_at` are those of its last attempt: nothing of ours was on the
    wire outside of them. Both are None where it is not known to have been begun.
    `since` is when it was held; `frame` is that of its segment.
    """

    id: int
    number: int
    edition_id: int
    digest_key: str
    slot: str
    subscription_id: int
    reason: str
    since: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    frame: Mapping[str, str]

    @property
    def word(self) -> str:
        """Return what operators call it."""
        return str(self.id)

    @property
    def is_of_lost_store(self) -> bool:
        """Whether it is an operator's word that holds it, and not a missing reply."""
        return self.reason == SET_BACK


def _doubts() -> Select[tuple[object, ...]]:
    return (
        select(
            delivery.c.id,
            delivery.c.attempts.label("number"),
            delivery.c.edition_id,
            timetable.c.digest_key,
            edition.c.slot,
            delivery.c.subscription_id,
            delivery.c.reason,
            delivery.c.settled_at.label("since"),
            attempt.c.begun_at,
            attempt.c.ended_at,
            segment.c.frame,
        )
        .join(segment, segment.c.id == delivery.c.segment_id)
        .join(edition, edition.c.id == delivery.c.edition_id)
        .join(timetable, timetable.c.id == edition.c.timetable_id)
        .outerjoin(
            attempt,
            (attempt.c.delivery_id == delivery.c.id)
            & (attempt.c.number == delivery.c.attempts)
            & (attempt.c.outcome == "doubt"),
        )
        .where(delivery.c.is_held)
    )


def list_doubts(
    tx: Transaction, limit: int, since: datetime | None = None
) -> list[DoubtRow]:
    """Return the deliveries in doubt, the last held first; or those held since."""
    asked = (
        _doubts()
        .order_by(delivery.c.settled_at.desc(), delivery.c.id.desc())
        .limit(limit)
    )
    if since is not None:
        asked = asked.where(delivery.c.settled_at >= since)
    return [DoubtRow(**row._mapping) for row in tx.execute(asked)]  # noqa: SLF001


def find_doubts(tx: Transaction, delivery_ids: Collection[int]) -> list[DoubtRow]:
    """Return those of some deliveries that are in doubt, by number."""
    asked = _doubts().where(delivery.c.id.in_(delivery_ids)).order_by(delivery.c.id)
    return [DoubtRow(**row._mapping) for row in tx.execute(asked)]  # noqa: SLF001


def count_doubts(tx: Transaction) -> int:
    """Return how many deliveries are in doubt."""
    asked = select(func.count()).where(delivery.c.is_held)
    return tx.execute(asked).scalar_one()


def take_as_sent(
    tx: Transaction, delivery_ids: Collection[int], said: str, now: datetime
) -> list[int]:
    """Count deliveries in doubt as sent; return those that were in doubt.

    `said` is kept with the attempt: what or who says so.
    """
    return _settle(tx, delivery_ids, DeliveryState.SENT, said, now)


def take_as_bounced(
    tx: Transaction, delivery_ids: Collection[int], said: str, now: datetime
) -> list[int]:
    """Count deliveries in doubt as failed; return those that were in doubt.

    The relay took the message, and could not deliver it: it came back, and the reader
    did not get its articles.
    """
    return _settle(tx, delivery_ids, DeliveryState.FAILED, said, now)


def _settle(
    tx: Transaction,
    delivery_ids: Collection[int],
    state: DeliveryState,
    said: str,
    now: datetime,
) -> list[int]:
    found = find_doubts(tx, delivery_ids)
    is_sent = state is DeliveryState.SENT
    settle(
        tx,
        [
            Verdict(
                delivery_id=row.id,
                number=row.number,
                state=state,
                reason="" if is_sent else said,
                retry_at=None,
                outcome="sent" if is_sent else "refused",
                phase="dot",
                code=0,
                reply=said,
                has_begun=True,
            )
            for row in found
        ],
        now,
    )
    return [row.id for row in found]


def send_again(
    tx: Transaction, delivery_ids: Collection[int], said: str, now: datetime
) -> dict[int, DeliveryState]:
    """Let deliveries in doubt wait again, to be sent as the same bytes (law 11).

    Whose articles went on into a later edition of the same reader's expires instead:
    nobody gets an article twice (law 8). Return what each has become that was in doubt;
    one that comes too late for its edition expires when its chunk is leased.
    """
    found = find_doubts(tx, delivery_ids)
    became = wait_again(tx, [row.id for row in found], said, None, now)
    for row in found:
        tx.execute(
            update(attempt)
            .where(attempt.c.delivery_id == row.id, attempt.c.number == row.number)
            .values(reply=said[:1000])
        )
    return became
