"""What goes by itself with time: rules, each worked off in small steps.

A step finds what is due by an index, so it costs what is due and not what there is.
What is counted stays counted: the books of an edition balance before, between and after
the steps (law 12).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    delete,
    func,
    literal_column,
    select,
    text,
    update,
)

from publisher.model.delivery import DeliveryState
from publisher.store.engine import Transaction
from publisher.store.forgetting import forget_subscription
from publisher.store.locking import lock_rows
from publisher.store.replies import forget_replies
from publisher.store.schema.editions import (
    attempt,
    chunk,
    delivery,
    edition,
    edition_count,
)
from publisher.store.schema.letters import letter
from publisher.store.schema.readers import consent, data_request, subscription
from publisher.store.upsert import insert_into

__all__ = ["RULES", "Place", "Rule", "Step"]

_COUNTED = [
    state.value
    for state in DeliveryState
    if state.is_final and state is not DeliveryState.HELD
]
"""A doubt is open until somebody knows; its delivery stays."""
_IS_TRACED = text("(ip <> '' OR agent <> '')")
"""Spelled as in the index ix_consent_traced, so that SQLite finds it."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far an edition is worked off: the deliveries up to a subscription."""

    edition_id: int
    subscription_id: int


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did: how many rows, whether there is more, and where it goes on."""

    rows: int
    has_more: bool
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """How what is older than a moment is found, counted and let go."""

    due: Callable[[datetime], Select[Any]]
    take: Callable[[Transaction, datetime, datetime, Place | None, int], Step]

    def count(self, tx: Transaction, before: datetime) -> int:
        """Return how many editions or rows are due."""
        asked = select(func.count()).select_from(self.due(before).subquery())
        return int(tx.execute(asked).scalar_one())


# ------------------------------------------------------------------------- editions


def _unquieted(before: datetime) -> Select[Any]:
    return select(edition.c.id).where(
        edition.c.quieted_at.is_(None), edition.c.due_at < before
    )


def _uncounted(before: datetime) -> Select[Any]:
    return select(edition.c.id).where(
        edition.c.counted_at.is_(None), edition.c.due_at < before
    )


def _quiet(
    tx: Transaction, before: datetime, now: datetime, place: Place | None, at_once: int
) -> Step:
    place = place or _first(tx, _unquieted(before))
    if place is None:
        return Step(0, has_more=False)
    lock_rows(tx, edition, edition.c.id == place.edition_id)
    found = _next_deliveries(tx, place, at_once)
    rows = forget_replies(tx, [row.id for row in found])
    if len(found) < at_once:
        _mark(tx, place, {"quieted_at": now})
        return Step(rows, has_more=True)
    reached = Place(place.edition_id, found[-1].subscription_id)
    return Step(rows, has_more=True, place=reached)


def _count(
    tx: Transaction, before: datetime, now: datetime, place: Place | None, at_once: int
) -> Step:
    place = place or _first(tx, _uncounted(before))
    if place is None:
        return Step(0, has_more=False)
    lock_rows(tx, edition, edition.c.id == place.edition_id)
    found = _next_deliveries(tx, place, at_once)
    gone = [row for row in found if row.state in _COUNTED]
    _add_to_counts(tx, place.edition_id, gone)
    numbers = [row.id for row in gone]
    tx.execute(delete(attempt).where(attempt.c.delivery_id.in_(numbers)))
    tx.execute(delete(delivery).where(delivery.c.id.in_(numbers)))
    if len(found) < at_once:
        _drop_empty_chunks(tx, place.edition_id)
        _mark(tx, place, {"counted_at": now, "quieted_at": now})
        return Step(len(gone), has_more=True)
    reached = Place(place.edition_id, found[-1].subscription_id)
    return Step(len(gone), has_more=True, place=reached)


def _first(tx: Transaction, due: Select[Any]) -> Place | None:
    oldest = tx.execute(due.order_by(edition.c.due_at).limit(1)).scalar()
    return None if oldest is None else Place(oldest, 0)


def _next_deliveries(tx: Transaction, place: Place, at_once: int) -> list[Any]:
    return list(
        tx.execute(
            select(
                delivery.c.id,
                delivery.c.subscription_id,
                delivery.c.state,
                delivery.c.reason,
            )
            .where(
                delivery.c.edition_id == place.edition_id,
                delivery.c.subscription_id > place.subscription_id,
            )
            .order_by(delivery.c.subscription_id)
            .limit(at_once)
        )
    )


def _add_to_counts(tx: Transaction, edition_id: int, gone: list[Any]) -> None:
    counts: dict[tuple[str, str], int] = {}
    for row in gone:
        is_skipped = row.state == DeliveryState.SKIPPED.value
        kind = (row.state, row.reason if is_skipped else "")
        counts[kind] = counts.get(kind, 0) + 1
    for (state, reason), readers in sorted(counts.items()):
        statement = insert_into(tx, edition_count).values(
            edition_id=edition_id, state=state, reason=reason, readers=readers
        )
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=["edition_id", "state", "reason"],
                set_={"readers": edition_count.c.readers + readers},
            )
        )


def _drop_empty_chunks(tx: Transaction, edition_id: int) -> None:
    is_needed = select(delivery.c.id).where(delivery.c.chunk_id == chunk.c.id).exists()
    tx.execute(delete(chunk).where(chunk.c.edition_id == edition_id, ~is_needed))


def _mark(tx: Transaction, place: Place, values: Mapping[str, Any]) -> None:
    tx.execute(update(edition).where(edition.c.id == place.edition_id).values(values))


# ----------------------------------------------------------------------------- rows


def _traced(before: datetime) -> Select[Any]:
    return select(consent.c.id).where(_IS_TRACED, consent.c.at < before)


def _untrace(
    tx: Transaction, before: datetime, now: datetime, place: Place | None, at_once: int
) -> Step:
    del now, place
    found = _traced(before).order_by(consent.c.at).limit(at_once)
    numbers = tx.execute(found).scalars().all()
    tx.execute(update(consent).where(consent.c.id.in_(numbers)).values(ip="", agent=""))
    return Step(len(numbers), has_more=len(numbers) == at_once)


def _settled_letters(before: datetime) -> Select[Any]:
    return select(letter.c.id).where(letter.c.settled_at < before)


def _old_requests(before: datetime) -> Select[Any]:
    return select(data_request.c.id).where(data_request.c.expires_at < before)


def _dropping(
    table: Table, due: Callable[[datetime], Select[Any]], age: ColumnElement[datetime]
) -> Rule:
    """Return the rule that deletes the rows of a table that are due, oldest first."""

    def take(
        tx: Transaction,
        before: datetime,
        now: datetime,
        place: Place | None,
        at_once: int,
    ) -> Step:
        del now, place
        found = due(before).order_by(age).limit(at_once)
        numbers = tx.execute(found).scalars().all()
        tx.execute(delete(table).where(table.c.id.in_(numbers)))
        return Step(len(numbers), has_more=len(numbers) == at_once)

    return Rule(due, take)


def _left(before: datetime) -> Select[Any]:
    return select(subscription.c.id).where(
        # Spelled as in the index ix_subscription_left, so that SQLite finds it.
        subscription.c.state == literal_column("'left'"),
        subscription.c.ended_at < before,
    )


def _forget_left(
    tx: Transaction, before: datetime, now: datetime, place: Place | None, at_once: int
) -> Step:
    del place
    few = max(1, at_once // 20)  # Each takes years of deliveries along.
    found = tx.execute(_left(before).order_by(subscription.c.ended_at).limit(few))
    numbers = found.scalars().all()
    for number in numbers:
        forget_subscription(tx, number, now)
    return Step(len(numbers), has_more=len(numbers) == few)


RULES: Mapping[str, Rule] = {
    "replies": Rule(_unquieted, _quiet),
    "deliveries": Rule(_uncounted, _count),
    "traces": Rule(_traced, _untrace),
    "letters": _dropping(letter, _settled_letters, letter.c.settled_at),
    "requests": _dropping(data_request, _old_requests, data_request.c.expires_at),
    "left": Rule(_left, _forget_left),
}
"""By their key in `[retention]`."""
