"""Claims from a queue of 200 thousand: the last must cost what the first costs."""

import time
from datetime import timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import func, update

from benchmarks.measure import Ratio
from publisher.clock import SystemClock
from publisher.store import Store, Transaction, leases
from publisher.store.due import due_deliveries
from publisher.store.schema.editions import delivery
from tests.store.queues import lengthen

__all__ = ["claims"]

READERS, CHUNK = 200_000, 500
COMPARED = 40


def claims(planned: tuple[Path, str]) -> Ratio:
    """Claim every chunk; return the last claims beside the first."""
    store = Store(planned[1])
    try:
        store.transact(lengthen, READERS, CHUNK)
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
    store.query(due_deliveries, lease, now)
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
