"""The pace of sending, shared by all processes: one small row for every gate.

A process asks about once a second, in one short transaction, and gets slots for that
second; so the price per message is next to nothing. Rows are locked in the order of
their keys, and what happens to them is decided by `publisher.model.passage`.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, exists, func, select, update

from publisher.model.breaker import SPANS
from publisher.model.delivery import DeliveryState
from publisher.model.gate import Answer, Feedback, Gate, Order, Tally, Terms
from publisher.model.passage import answer
from publisher.store import places
from publisher.store.engine import Transaction
from publisher.store.schema.editions import chunk, delivery
from publisher.store.schema.letters import letter
from publisher.store.schema.pace import gate, gate_tally
from publisher.store.upsert import insert_into

__all__ = ["complained", "consult", "known_by_all", "list_gates", "reopen"]

NOTICED = timedelta(seconds=6)
"""After so long every process knows that a gate was opened: it looks every five."""
SLOT_SECONDS = 300
KEPT = timedelta(days=2)
COUNTED = ("passed", "blocked", "bounced", "complained")


def consult(
    tx: Transaction, orders: Sequence[Order], now: datetime
) -> dict[str, Answer]:
    """Take in what happened at gates, give slots and places; one order for each."""
    gates = _locked(tx, [order.key for order in orders])
    given = places.lease(tx, orders, now)
    answers: dict[str, Answer] = {}
    for order in orders:
        before, own = gates[order.key], given.get(order.key)
        tallies = _counted(tx, before, order, now)
        found = answer(before, order, tallies, now, own)
        if found.gate != before:
            _save(tx, found.gate)
        answers[order.key] = found
    return answers


def list_gates(tx: Transaction) -> list[Gate]:
    """Return every gate that was ever asked, by key."""
    return [
        Gate(**row._mapping)  # noqa: SLF001 (its API)
        for row in tx.execute(select(gate).order_by(gate.c.key))
    ]


def reopen(tx: Transaction, key: str, now: datetime) -> bool:
    """Let mail pass at full rate and forget why not; False for an unknown gate.

    What was put off for as long as it was shut is ready soon.
    """
    select_it = select(gate.c.open_until, gate.c.rest_until).where(gate.c.key == key)
    before = tx.execute(select_it.with_for_update()).first()
    if before is None:
        return False
    tx.execute(delete(gate_tally).where(gate_tally.c.gate_key == key))
    tx.execute(
        update(gate)
        .where(gate.c.key == key)
        .values(
            open_until=None,
            probe_until=None,
            reason="",
            trips=0,
            counted_from=now,
            level=None,
            ceiling=0.0,
            rest_until=None,
        )
    )
    for until in filter(None, before):
        _call_up(tx, until, now + NOTICED)
    return True


def known_by_all(tx: Transaction, until: datetime, now: datetime) -> datetime:
    """Return until when to put off what was told to wait until a moment.

    Who told so may not have noticed yet that a gate was opened since.
    """
    opened = select(func.max(gate.c.counted_from)).where(
        gate.c.open_until.is_(None),
        gate.c.rest_until.is_(None),
        gate.c.counted_from > now - NOTICED,
    )
    opened_at = tx.execute(opened).scalar()
    return until if opened_at is None else min(until, opened_at + NOTICED)


def _call_up(tx: Transaction, until: datetime, soon: datetime) -> None:
    """Make ready what waits for an instant, but not for an attempt of its own."""
    is_put_off = exists().where(
        delivery.c.chunk_id == chunk.c.id,
        delivery.c.state == DeliveryState.WAITING.value,
        delivery.c.ready_at <= soon,
    )
    tx.execute(
        update(chunk)
        .where(chunk.c.ready_at > soon, chunk.c.ready_at <= until, is_put_off)
        .values(ready_at=soon)
    )
    tx.execute(
        update(letter)
        .where(
            letter.c.state == DeliveryState.WAITING.value,
            letter.c.attempts == 0,
            letter.c.ready_at > soon,
            letter.c.ready_at <= until,
        )
        .values(ready_at=soon)
    )


def complained(
    tx: Transaction, key: str, terms: Terms, count: int, now: datetime
) -> Gate:
    """Take in that so many readers of a provider called our mail spam."""
    feedback = Feedback(complained=count)
    order = Order(key=key, terms=terms, feedback=feedback)
    return consult(tx, [order], now)[key].gate


def _locked(tx: Transaction, keys: Sequence[str]) -> dict[str, Gate]:
    """Return gates for update; those never asked before are made."""
    statement = select(gate).where(gate.c.key.in_(keys)).order_by(gate.c.key)
    statement = statement.with_for_update()
    rows = tx.execute(statement).all()
    if len(rows) < len(keys):
        new = sorted(set(keys) - {row.key for row in rows})
        made = [asdict(Gate(key=key)) for key in new]
        tx.execute(insert_into(tx, gate).on_conflict_do_nothing(), made)
        rows = tx.execute(statement).all()
    return {row.key: Gate(**row._mapping) for row in rows}  # noqa: SLF001 (its API)


def _save(tx: Transaction, after: Gate) -> None:
    values = asdict(after)
    tx.execute(update(gate).where(gate.c.key == values.pop("key")).values(**values))


def _counted(
    tx: Transaction, before: Gate, order: Order, now: datetime
) -> dict[timedelta, Tally]:
    """Count what happened, and return what a breaker looks at after an event."""
    feedback = order.feedback
    if not order.terms.breaks or not feedback:
        return {}
    _tally(tx, order.key, feedback, now)
    if not (feedback.blocked or feedback.bounced or feedback.complained):
        return {}
    return {span: _sum(tx, before, now - span) for span in SPANS}


def _tally(tx: Transaction, key: str, feedback: Feedback, now: datetime) -> None:
    seconds = now.timestamp()
    since = datetime.fromtimestamp(seconds - seconds % SLOT_SECONDS, UTC)
    values = {name: getattr(feedback, name) for name in COUNTED}
    if not any(values.values()):
        return
    statement = insert_into(tx, gate_tally).values(gate_key=key, since=since, **values)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["gate_key", "since"],
            set_={name: gate_tally.c[name] + values[name] for name in COUNTED},
        )
    )
    tx.execute(
        delete(gate_tally).where(
            gate_tally.c.gate_key == key, gate_tally.c.since < now - KEPT
        )
    )


def _sum(tx: Transaction, before: Gate, since: datetime) -> Tally:
    if before.counted_from is not None:
        since = max(since, before.counted_from)
    span = timedelta(seconds=SLOT_SECONDS)
    sums = [func.coalesce(func.sum(gate_tally.c[name]), 0) for name in COUNTED]
    row = tx.execute(
        select(*sums).where(
            gate_tally.c.gate_key == before.key, gate_tally.c.since > since - span
        )
    ).one()
    return Tally(**dict(zip(COUNTED, map(int, row), strict=True)))
