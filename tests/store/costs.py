"""What a query costs, counted and not timed: the same in every run.

On SQLite the steps of its virtual machine, on PostgreSQL the blocks of tables and
indexes that were asked for, cached or not.
"""

import sqlite3
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import text

from publisher.store import Store, Transaction

__all__ = ["STEPS", "cost_of"]

STEPS = 10
"""Precise enough, and ten times as quick as counting each."""

BLOCKS = text(
    "SELECT coalesce(sum(pg_stat_get_xact_blocks_fetched(oid)), 0) FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace"
)


class NotKeptError(Exception):
    """Undoes what was measured."""


def cost_of(
    store: Store, work: Callable[[Transaction], object], *, is_small: bool
) -> int:
    """Return what some work on a store costs; what it changes is undone.

    PostgreSQL reads tables of a few pages as a whole, as that is quickest. Say that the
    store `is_small` to see what their indexes are good for.
    """
    count = 0

    def measured(tx: Transaction) -> None:
        nonlocal count
        if is_small and not store.is_sqlite:
            for quicker in ("seqscan", "hashjoin", "mergejoin"):
                tx.execute(text(f"SET LOCAL enable_{quicker} = off"))
        # What is looked up for the first time is not what we look for, nor is what the
        # planner meets of rows that the questions before took back: it passes those
        # over once they were met.
        for _ in range(3):
            with suppress(NotKeptError), tx.begin_nested():
                work(tx)
                raise NotKeptError
        count = (count_steps if store.is_sqlite else count_blocks)(tx, work)
        raise NotKeptError

    with suppress(NotKeptError):
        store.transact(measured)
    return count


def count_steps(tx: Transaction, work: Callable[[Transaction], object]) -> int:
    connection = tx.connection.driver_connection
    assert isinstance(connection, sqlite3.Connection)
    count = 0

    def step() -> int:
        nonlocal count
        count += STEPS
        return 0

    connection.set_progress_handler(step, STEPS)
    try:
        work(tx)
    finally:
        connection.set_progress_handler(None, 0)
    return count


def count_blocks(tx: Transaction, work: Callable[[Transaction], object]) -> int:
    # What another process reads for this one would not be counted.
    tx.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
    before = tx.execute(BLOCKS).scalar_one()
    work(tx)
    return int(tx.execute(BLOCKS).scalar_one() - before)
