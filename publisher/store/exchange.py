"""What the ledger nearly always has to record, as one statement (PostgreSQL).

Messages were sent and others are to begin: half of all that a worker waits for is the
way to the database and back. So both go in one statement, which is a transaction of its
own and needs none to be begun or ended. Whatever it leaves undone is unusual, and
`publisher.store.ledger` does it with time for the reasons.

On SQLite there is no way to save, and nothing is done here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Select,
    String,
    Text,
    any_,
    bindparam,
    case,
    func,
    literal,
    select,
    update,
)
from sqlalchemy import column as a_column
from sqlalchemy.types import TypeEngine

from publisher.model.delivery import DeliveryState
from publisher.store.beginning import begun_deliveries, opened_attempts
from publisher.store.engine import Store, Transaction
from publisher.store.leases import Lease
from publisher.store.schema.editions import attempt, delivery, edition
from publisher.store.schema.metadata import UtcDateTime
from publisher.store.schema.readers import subscription, timetable
from publisher.store.settling import ANSWERED, MAX_REPLY, is_in_state
from publisher.store.verdict import Verdict

__all__ = ["NOTHING", "Done", "exchange"]

TOLD: dict[str, TypeEngine[Any]] = {
    "of": BigInteger(),
    "tried": Integer(),
    "outcome": Text(),
    "phase": Text(),
    "code": Integer(),
    "reply": Text(),
}


@dataclass(frozen=True, slots=True)
class Done:
    """The deliveries whose verdicts are recorded, and those that have begun."""

    settled: frozenset[int] = frozenset()
    begun: frozenset[int] = frozenset()


NOTHING = Done()


def exchange(
    store: Store,
    verdicts: Sequence[Verdict],
    asked: Mapping[Lease, Sequence[int]],
    now: datetime,
) -> Done:
    """Record what was sent, and let begin what nothing speaks against, durably.

    The same checks are made within it as in `ledger.begin` (law 9, law 10). Return what
    was done; the rest is left as it was.
    """
    sent = [v for v in verdicts if v.state is DeliveryState.SENT and v.has_begun]
    lease, ids = next(iter(asked.items()), (None, []))
    if store.is_sqlite or not (sent or ids):
        return NOTHING
    return store.at_once(_exchanged, sent, lease, ids, now)


def _exchanged(
    tx: Transaction,
    sent: Sequence[Verdict],
    lease: Lease | None,
    ids: Sequence[int],
    now: datetime,
) -> Done:
    given: dict[str, Any] = {"at": now}
    if sent:
        given |= {
            "of": [each.delivery_id for each in sent],
            "tried": [each.number for each in sent],
            "outcome": [each.outcome for each in sent],
            "phase": [each.phase for each in sent],
            "code": [each.code for each in sent],
            "reply": [each.reply[:MAX_REPLY] for each in sent],
        }
    if lease is not None:
        given |= {"ids": ids, "of_chunk": lease.chunk_id, "of_fence": lease.fence}
    statement = _statement(
        settles=bool(sent),
        begins=lease is not None,
        recalls=any(each.may_recall for each in sent),
    )
    rows = tx.execute(statement, given).all()
    return Done(
        frozenset(number for number, is_new in rows if not is_new),
        frozenset(number for number, is_new in rows if is_new),
    )


@cache
def _statement(*, settles: bool, begins: bool, recalls: bool) -> Any:  # noqa: ANN401 (a query, or two joined)
    """Return the statement; its rows are numbers, and whether each has begun now."""
    told: list[Select[Any]] = []
    further: list[Any] = []
    if settles:
        changed = _sent().cte("sent")
        reader = _moved_on(changed).cte("reader")
        further += [reader, _answered(changed, reader).cte("answered")]
        if recalls:
            further.append(_recalled(changed).cte("recalled"))
        told.append(select(changed.c.id, literal(value=False)))
    if begins:
        begun = begun_deliveries("postgresql").cte("begun")
        further.append(opened_attempts(begun).cte("opened"))
        told.append(select(begun.c.id, literal(value=True)))
    whole = told[0].union_all(*told[1:]) if told[1:] else told[0]
    return whole.add_cte(*further)


def _sent() -> Any:  # noqa: ANN401 (an update that returns)
    lists = (bindparam(name, type_=ARRAY(kind)) for name, kind in TOLD.items())
    columns = (a_column(name, kind) for name, kind in TOLD.items())
    told = func.unnest(*lists).table_valued(*columns).render_derived(name="told")
    at = bindparam("at", type_=UtcDateTime())
    return (
        update(delivery)
        .where(
            # The numbers alone are looked up in the key.
            delivery.c.id == any_(bindparam("of", type_=ARRAY(BigInteger))),
            delivery.c.id == told.c.of,
            delivery.c.attempts == told.c.tried,
            is_in_state(DeliveryState.BEGUN),
        )
        .values(state=DeliveryState.SENT.value, reason="", ready_at=at, settled_at=at)
        .returning(
            *(delivery.c.id, delivery.c.edition_id, delivery.c.subscription_id),
            *(told.c[name] for name in ("tried", *ANSWERED)),
        )
    )


def _moved_on(changed: Any) -> Any:  # noqa: ANN401 (CTE)
    """Count an edition's articles as had by the readers who were sent it (law 8)."""
    reached = (
        select(changed.c.subscription_id, func.max(edition.c.up_to).label("up_to"))
        .join(edition, edition.c.id == changed.c.edition_id)
        .group_by(changed.c.subscription_id)
        .subquery("reached")
    )
    return (
        update(subscription)
        .where(subscription.c.id == reached.c.subscription_id)
        .values(cursor=func.greatest(subscription.c.cursor, reached.c.up_to))
        .returning(subscription.c.id, subscription.c.state)
    )


def _answered(changed: Any, reader: Any) -> Any:  # noqa: ANN401 (CTEs)
    """Keep what was replied, but nothing about who was erased meanwhile."""
    reply = case((reader.c.state == "erased", ""), else_=changed.c.reply)
    return (
        update(attempt)
        .where(
            attempt.c.delivery_id == changed.c.id,
            attempt.c.number == changed.c.tried,
            reader.c.id == changed.c.subscription_id,
        )
        .values(
            ended_at=bindparam("at", type_=UtcDateTime()),
            outcome=changed.c.outcome.cast(String),
            phase=changed.c.phase,
            code=changed.c.code,
            reply=reply,
        )
    )


def _recalled(changed: Any) -> Any:  # noqa: ANN401 (CTE)
    """Let instant timetables have another edition, as `recall_instant` does."""
    earliest = (
        select(edition.c.timetable_id, func.min(edition.c.up_to).label("up_to"))
        .join(changed, changed.c.edition_id == edition.c.id)
        .group_by(edition.c.timetable_id)
        .subquery("earliest")
    )
    return (
        update(timetable)
        .where(
            timetable.c.id == earliest.c.timetable_id,
            timetable.c.frequency == "instant",
            timetable.c.reached > earliest.c.up_to,
        )
        .values(reached=earliest.c.up_to)
    )
