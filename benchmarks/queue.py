"""Claims from a queue of 200 thousand: the last must cost what the first costs."""

import time
from datetime import timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import Column, Table, func, insert, literal, select, update
from sqlalchemy.sql.expression import ColumnElement

from benchmarks.measure import Ratio
from publisher.clock import SystemClock
from publisher.store import Store, Transaction, leases
from publisher.store.schema.editions import chunk, delivery
from publisher.store.schema.readers import subscriber, subscription

__all__ = ["claims"]

READERS, CHUNK = 200_000, 500
COMPARED = 40


def claims(planned: tuple[Path, str]) -> Ratio:
    """Claim every chunk; return the last claims beside the first."""
    store = Store(planned[1])
    try:
        store.transact(_multiply)
        spent = []
        while (took := _claim(store)) is not None:
            spent.append(took)
    finally:
        store.close()
    assert len(spent) >= READERS // CHUNK
    first, last = spent[1 : COMPARED + 1], spent[-COMPARED - 1 : -1]
    name = f"last {COMPARED} claims of {READERS // 1000} thousand"
    return Ratio(name, "first", median(last), median(first), 1.2)


def _claim(store: Store) -> float | None:
    """Lease a chunk and read who is due, timed; then settle it, untimed."""
    now = SystemClock().now()
    begun = time.perf_counter()
    lease = store.transact(leases.lease_chunk, now, now + timedelta(hours=1))
    if lease is None:
        return None
    store.query(leases.due_deliveries, lease, now)
    took = (time.perf_counter() - begun) * 1e6
    store.transact(_settle, lease.chunk_id)
    store.transact(leases.release_chunk, lease)
    return took


def _settle(tx: Transaction, number: int) -> None:
    tx.execute(
        update(delivery)
        .where(delivery.c.chunk_id == number)
        .values(state="sent", settled_at=func.now())
    )


def _multiply(tx: Transaction) -> None:
    """Give the one planned reader 200 thousand companions, 500 in a chunk."""
    numbers = func.generate_series(1, READERS).table_valued("n").render_derived()
    n: ColumnElement[int] = numbers.c.n
    ends = {
        table: tx.execute(select(func.max(table.c.id))).scalar_one()
        for table in (subscriber, subscription, chunk)
    }

    def copy(table: Table, rows: ColumnElement[bool] | None, **own: object) -> None:
        columns: list[Column[object]] = [
            c for c in table.c if c.name != "id" or "id" in own
        ]
        values = [own.get(c.name, c) for c in columns]
        chosen = select(*values).select_from(table).join(numbers, literal(value=True))
        first = select(func.min(table.c.id)).scalar_subquery()
        chosen = chosen.where(table.c.id == first)
        if rows is not None:
            chosen = chosen.where(rows)
        tx.execute(insert(table).from_select([c.name for c in columns], chosen))

    text = func.concat("q", n)
    copy(subscriber, None, id=ends[subscriber] + n, email=text, address_key=text)
    copy(
        subscription,
        None,
        id=ends[subscription] + n,
        subscriber_id=ends[subscriber] + n,
    )
    copy(chunk, n <= READERS // CHUNK, id=ends[chunk] + n)
    copy(
        delivery,
        None,
        subscription_id=ends[subscription] + n,
        chunk_id=ends[chunk] + (n - 1) // CHUNK + 1,
    )
