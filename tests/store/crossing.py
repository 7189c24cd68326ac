"""Two works that cross: one stops after each of its statements, the other runs on.

Where the two lock rows in different orders, one of these crossings is a deadlock.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from publisher.store import Store, Transaction

__all__ = ["Work", "crossings", "is_anybody_stuck"]

Work = Callable[[Transaction], object]
DEADLOCK = "40P01"


def crossings(store: Store, one: Work, other: Work) -> Iterator[tuple[str, bool]]:
    """Yield after which statements `one` was stopped, and whether both got through.

    It is stopped where it may have locked something. Both are undone afterwards.
    """
    with ThreadPoolExecutor(1) as pool:
        number = 0
        while True:
            number += 1
            stop = _Stop(store, pool, other, after=number)
            is_through = _undone(store, one, stop)
            if stop.rest is None:
                return
            yield stop.said, is_through & stop.rest.result()


class _Stop:
    """Lets the other run when so many statements of the first are done."""

    def __init__(
        self, store: Store, pool: ThreadPoolExecutor, other: Work, *, after: int
    ) -> None:
        self._store, self._pool, self._other = store, pool, other
        self._left = after
        self.said = ""
        self.rest: Future[bool] | None = None

    def __call__(self, statement: str) -> None:
        if statement.startswith("SELECT") and " FOR " not in statement:
            return  # Nothing new is locked.
        self._left -= 1
        if self._left == 0:
            self.said = statement
            self.rest = self._pool.submit(_undone, self._store, self._other)
            while not (self.rest.done() or self._store.query(is_anybody_stuck)):
                time.sleep(0.002)


def _undone(
    store: Store, work: Work, told: Callable[[str], None] | None = None
) -> bool:
    """Do a work and undo it; return False where it was ended for a deadlock."""
    with store.engine.connect() as connection:
        connection.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
        if told is not None:

            @event.listens_for(connection, "after_cursor_execute")
            def _tell(*done: object) -> None:
                told(str(done[2]))

        try:
            work(connection)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != DEADLOCK:
                raise
            return False
        finally:
            connection.rollback()
    return True


def is_anybody_stuck(tx: Transaction) -> bool:
    """Tell whether a transaction waits for another."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return int(tx.execute(waiting).scalar_one()) > 0
