"""What the ledger nearly always has to record, as one statement (PostgreSQL).

Messages were sent and others are to begin: half of all that a worker waits for is the
way to the database and back. So both go in one statement, which is a transaction of its
own and needs none to be begun or ended. Whatever it leaves undone is unusual, and
`publisher.store.ledger` does it with time for the reasons.

On SQLite there is no way to save, and nothing is done here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    Update,
    any_,
    bindparam,
    case,
    false,
    func,
    select,
    true,
    update,
)

from publisher.model.delivery import DeliveryState
from publisher.store.beginning import (
    Asked,
    begun_deliveries,
    given_for,
    opened_attempts,
)
from publisher.store.engine import Store
from publisher.store.lists import beside
from publisher.store.schema.editions import attempt, delivery, edition
from publisher.store.schema.metadata import UtcDateTime
from publisher.store.schema.readers import subscription, timetable
from publisher.store.settling import MAX_REPLY
from publisher.store.verdict import Verdict

__all__ = ["NOTHING", "Done", "exchange", "usual_statement"]


@dataclass(frozen=True, slots=True)
class Done:
    """The deliveries whose verdicts are recorded, and those that have begun."""

    settled: frozenset[int] = frozenset()
    begun: frozenset[int] = frozenset()


NOTHING = Done()


async def exchange(
    store: Store,
    verdicts: Sequence[Verdict],
    asked: Sequence[Asked],
    now: datetime,
) -> Done:
    """Record what was sent, and let begin what nothing speaks against, durably.

    The same checks are made within it as in `ledger.begin` (law 9). Nothing begins
    before every verdict is recorded: what a connection sent before counts as begun
    until then, and each may have one (law 10). Return what was done; the rest is left
    as it was.
    """
    found = None if store.is_sqlite else usual_statement(verdicts, asked, now)
    if found is None:
        return NOTHING
    rows = await store.at_once(*found)
    return Done(
        frozenset(number for number, is_new in rows if not is_new),
        frozenset(number for number, is_new in rows if is_new),
    )


def usual_statement(
    verdicts: Sequence[Verdict], asked: Sequence[Asked], now: datetime
) -> tuple[Any, dict[str, Any]] | None:
    """Return what records the usual, with its parameters; None if nothing is usual."""
    sent = _usual(verdicts)
    begins = asked if len(sent) == len(verdicts) else ()
    if not (sent or begins):
        return None
    statement = _statement(
        settles=bool(sent),
        begins=bool(begins),
        recalls=bool(sent) and sent[0].may_recall,
    )
    return statement, _given(sent, begins, now)


def _usual(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return those that were sent, as far as only replies differ."""

    def kind(each: Verdict) -> tuple[object, ...]:
        return each.number, each.outcome, each.phase, each.code, each.may_recall

    sent = [v for v in verdicts if v.state is DeliveryState.SENT and v.has_begun]
    return [each for each in sent if kind(each) == kind(sent[0])]


def _given(
    sent: Sequence[Verdict], asked: Sequence[Asked], now: datetime
) -> dict[str, Any]:
    """Return what the statement is about."""
    given: dict[str, Any] = {"at": now}
    if sent:
        first = sent[0]
        given |= {
            "sent_ids": [each.delivery_id for each in sent],
            "replies": [each.reply[:MAX_REPLY] for each in sent],
            "first": first.delivery_id,
            "tried": first.number,
            "told_outcome": first.outcome,
            "told_phase": first.phase,
            "told_code": first.code,
        }
    if asked:
        given |= given_for(asked)
    return given


_AT = bindparam("at", type_=UtcDateTime())
_SENT_IDS = bindparam("sent_ids", type_=ARRAY(BigInteger))

# Messages of one edition are settled together: that of the first one.
_EDITION = select(delivery.c.edition_id).where(delivery.c.id == bindparam("first"))
_UP_TO = select(edition.c.up_to).where(edition.c.id == _EDITION.scalar_subquery())


@cache
def _statement(*, settles: bool, begins: bool, recalls: bool) -> Any:  # noqa: ANN401 (a query, or two joined)
    """Return the statement; its rows are numbers, and whether each has begun now.

    Every table is asked by lists of keys and never joined: PostgreSQL may have planned
    this when a table was empty, and a join could then mean to read all of it.
    """
    told: list[Select[Any]] = []
    further: list[Any] = []
    beginning = begun_deliveries("postgresql")
    if settles:
        sent = _sent().cte("sent")
        moved_on = _moved_on(sent).cte("moved_on")
        further += [moved_on, _answered(sent, moved_on).cte("answered")]
        if recalls:
            further.append(_recalled(moved_on).cte("recalled"))
        told.append(select(sent.c.id, false()))
        # Of another edition, one may be left to be settled yet: then nothing begins.
        settled = select(func.count()).select_from(sent).scalar_subquery()
        beginning = beginning.where(settled == func.cardinality(_SENT_IDS))
    if begins:
        begun = beginning.cte("begun")
        further.append(opened_attempts(begun).cte("opened"))
        told.append(select(begun.c.id, true()))
    whole = told[0].union_all(*told[1:]) if told[1:] else told[0]
    return whole.add_cte(*further)


def _sent() -> Any:  # noqa: ANN401 (an update that returns)
    return (
        update(delivery)
        .where(
            delivery.c.id == any_(_SENT_IDS),
            # Not to be looked up: an edition may have a million of them.
            delivery.c.edition_id + 0 == _EDITION.scalar_subquery(),
            delivery.c.attempts == bindparam("tried"),
            delivery.c.state == DeliveryState.BEGUN.value,
        )
        .values(state=DeliveryState.SENT.value, reason="", ready_at=_AT, settled_at=_AT)
        .returning(delivery.c.id, delivery.c.subscription_id)
    )


def _is_among(number: ColumnElement[int], found: Any) -> ColumnElement[bool]:  # noqa: ANN401 (column of a CTE)
    return number == any_(func.array(select(found).scalar_subquery()))


def _moved_on(sent: Any) -> Any:  # noqa: ANN401 (CTE; an update that returns)
    """Count the edition's articles as had by the readers who were sent it (law 8)."""
    up_to = _UP_TO.scalar_subquery()
    return (
        update(subscription)
        .where(_is_among(subscription.c.id, sent.c.subscription_id))
        .values(cursor=func.greatest(subscription.c.cursor, up_to))
        .returning(subscription.c.id, subscription.c.state)
    )


def _answered(sent: Any, moved_on: Any) -> Update:  # noqa: ANN401 (CTEs)
    """Keep what was replied, but nothing about who was erased meanwhile.

    Who was erased while we waited for the reader's rows is known from these alone.
    """
    reader = (
        select(delivery.c.subscription_id)
        .where(delivery.c.id == attempt.c.delivery_id)
        .correlate(attempt)
        .scalar_subquery()
    )
    erased = select(moved_on.c.id).where(moved_on.c.state == "erased")
    is_erased = reader == any_(func.array(erased.scalar_subquery()))
    of = attempt.c.delivery_id
    reply = beside("postgresql", of, "sent_ids", "replies", Text())
    return (
        update(attempt)
        .where(
            _is_among(attempt.c.delivery_id, sent.c.id),
            attempt.c.number == bindparam("tried"),
        )
        .values(
            ended_at=_AT,
            outcome=bindparam("told_outcome"),
            phase=bindparam("told_phase"),
            code=bindparam("told_code"),
            reply=case((is_erased, ""), else_=reply),
        )
    )


def _recalled(moved_on: Any) -> Update:  # noqa: ANN401 (CTE)
    """Let an instant timetable have another edition, as `recall_instant` does.

    Its row is locked when all readers are: they are counted.
    """
    readers = select(func.count()).select_from(moved_on)
    of_edition = select(edition.c.timetable_id).where(
        edition.c.id == _EDITION.scalar_subquery()
    )
    up_to = _UP_TO.scalar_subquery()
    return (
        update(timetable)
        .where(
            timetable.c.id == of_edition.scalar_subquery(),
            timetable.c.frequency == "instant",
            timetable.c.reached > up_to,
            readers.scalar_subquery() > 0,
        )
        .values(reached=up_to)
    )
