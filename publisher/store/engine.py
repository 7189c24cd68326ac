"""The store: one synchronous engine, short transactions, and a thread pool for them.

SQLite writers begin IMMEDIATE and take turns inside the process: a deferred
transaction that read first would fail at once when it turns to writing after another
commit. A commit is durable when it returns (synchronous=FULL), because deliveries rely
on it (law 10).
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    SelectBase,
    create_engine,
    event,
    literal,
    make_url,
    select,
)
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InvalidatePoolError,
    OperationalError,
)
from sqlalchemy.pool import ConnectionPoolEntry

from publisher.errors import StoreError

__all__ = ["OUT_OF_ORDER", "Store", "Transaction", "is_reachable"]

Transaction = Connection
"""What every query takes first; other rooms pass it on and never look inside."""

OUT_OF_ORDER = (OperationalError, OSError)
"""What befalls all work alike: a disk that is full, a database that is away."""

P = ParamSpec("P")
T = TypeVar("T")

_SWITCHES = 300
_PAUSE = 0.1
"""In seconds: with so many switches as long as others wait for a lock."""

_IDLE = 1.0
"""In seconds: after so long a connection to PostgreSQL may have gone unnoticed."""

_TRIES = 5
_RETRYABLE = {"40001", "40P01", "23505"}
"""PostgreSQL's codes after which the whole transaction runs again: serialization
failure, deadlock, and a unique key that somebody else was quicker to write."""


class Line(Protocol):
    """A connection over which an event loop talks by itself."""

    async def rows(
        self, statement: SelectBase, given: Mapping[str, Any]
    ) -> Sequence[tuple[Any, ...]]:
        """Return the rows of a statement, which is committed by then."""
        ...

    def close(self) -> None:
        """Close it, whatever it is doing."""
        ...


class Store:
    """An open store, to be closed in the end; raises StoreError when it cannot open.

    Addresses are hashed with `address_secret`; what needs it refuses without.
    """

    def __init__(
        self, url: str, *, threads: int = 4, address_secret: bytes = b""
    ) -> None:
        self.engine = open_engine(url, pool_size=threads)
        self.use_address_secret(address_secret)
        self._writer: threading.Lock | None = (
            threading.Lock() if self.is_sqlite else None
        )
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="store")
        self._line: Line | None = None
        if not self.is_sqlite:
            from publisher.store.loop_line import open_line  # noqa: PLC0415 (an extra)

            self._line = open_line(self.engine.url, self._threads, idle=_IDLE)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded store."""
        return self.engine.dialect.name == "sqlite"

    def use_address_secret(self, secret: bytes) -> None:
        """Hash addresses with a secret, in every transaction from now on."""
        self.engine.update_execution_options(address_secret=secret)

    def transact(
        self,
        work: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `work` in one transaction, again from the start if the database asks.

        `work` must have no effect outside the transaction.
        """
        return self._tried(partial(self._once, work, *args, **kwargs))

    async def at_once(
        self, statement: SelectBase, given: Mapping[str, Any]
    ) -> Sequence[tuple[Any, ...]]:
        """Run a statement that takes each of its rows by a key, and return its rows.

        PostgreSQL takes it for a transaction of its own, and needs not be told where
        that begins and ends. Raises psycopg.Error; StoreError on SQLite.
        """
        if self._line is None:
            msg = "SQLite has no statements that are run at once"
            raise StoreError(msg)
        for _ in range(_TRIES - 1):
            try:
                return await self._line.rows(statement, given)
            except Exception as error:
                if getattr(error, "sqlstate", None) not in _RETRYABLE:
                    raise
        return await self._line.rows(statement, given)

    def query(
        self,
        work: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `work`, which only reads, in one transaction."""
        reading = self.engine.execution_options(is_read_only=True)
        with reading.begin() as connection:
            return work(connection, *args, **kwargs)

    async def run(
        self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run blocking work of the store in its own threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(work, *args, **kwargs))

    def empty_log(self) -> None:
        """Let nothing that was deleted stay in SQLite's write-ahead log."""
        if self._writer is not None:
            with self._writer:
                connection = self.engine.raw_connection()
                try:
                    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
                finally:
                    connection.close()

    def close(self) -> None:
        """Finish what runs, then close every connection."""
        self._threads.shutdown()
        if self._line is not None:
            self._line.close()
        self.engine.dispose()

    @staticmethod
    def _tried(act: Callable[[], T]) -> T:
        for _ in range(_TRIES - 1):
            try:
                return act()
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _RETRYABLE:
                    raise
        return act()

    def _once(
        self,
        work: Callable[Concatenate[Transaction, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        with self._writer or nullcontext(), self.engine.begin() as connection:
            return work(connection, *args, **kwargs)


def is_reachable(tx: Transaction) -> bool:
    """Answer True; asking takes a transaction, which fails when the store is gone."""
    return tx.execute(select(literal(1))).scalar() == 1


def open_engine(url: str, *, pool_size: int, foreign_keys: bool = True) -> Engine:
    """Return an engine that behaves as the service expects on either database."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        msg = "store.url is not an address such as sqlite:///var/publisher.db"
        raise StoreError(msg) from error
    shown = parsed.render_as_string(hide_password=True)
    try:
        if parsed.get_backend_name() == "sqlite":
            return _open_sqlite(parsed, pool_size, foreign_keys=foreign_keys)
        if parsed.get_backend_name() == "postgresql":
            return _open_postgresql(parsed, pool_size)
    except ModuleNotFoundError as error:
        msg = (
            f'store.url "{shown}" needs the driver of PostgreSQL, which is not'
            " installed: take requirements-dev.lock instead of requirements.lock, as"
            " docs/how-to/install-as-a-service.md tells"
        )
        raise StoreError(msg) from error
    except (ArgumentError, OSError, DBAPIError) as error:
        msg = f'store.url "{shown}" cannot be opened: {error}'
        raise StoreError(msg) from error
    msg = f'store.url "{shown}": only sqlite:/// and postgresql:// are supported'
    raise StoreError(msg)


def _open_postgresql(url: URL, pool_size: int) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        hide_parameters=True,  # They hold addresses of readers.
    )
    _try_idle(engine)
    return engine


def _try_idle(engine: Engine) -> None:
    """Try a connection that was idle; in the middle of work that costs a fifth."""

    @event.listens_for(engine, "checkin")
    def _note(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _try(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401
        used_at = record.info.get("used_at", time.monotonic())
        if time.monotonic() - used_at <= _IDLE:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            msg = "the database has gone since"
            raise InvalidatePoolError(msg) from error


def _open_sqlite(url: URL, pool_size: int, *, foreign_keys: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        shown = url.render_as_string(hide_password=True)
        msg = f'store.url "{shown}" names no file: a store in memory would forget'
        raise StoreError(msg)
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=2, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401
        connection.isolation_level = None  # We begin transactions ourselves.
        connection.execute("PRAGMA busy_timeout = 30000")
        _write_ahead(connection)
        for pragma in (
            "synchronous = FULL",
            f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
            "secure_delete = ON",  # Who was erased is not in the file either.
            "temp_store = MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        is_read_only = connection.get_execution_options().get("is_read_only")
        connection.exec_driver_sql("BEGIN" if is_read_only else "BEGIN IMMEDIATE")

    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch a file to WAL; who does so at the same time is refused without a wait.

    SQLite asks no busy handler there (https://sqlite.org/wal.html, section 9).
    """
    for _ in range(_SWITCHES):
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
            return
        time.sleep(_PAUSE)
    connection.execute("PRAGMA journal_mode = WAL")
