"""Bring a store up to date; safe to start from several machines at once."""

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError

from publisher.errors import StoreError
from publisher.store.engine import open_engine

__all__ = ["check_store", "inspect_store", "migrate"]

_LOCK = 7_331_042
"""Any fixed number: machines that migrate the same PostgreSQL wait for each other."""

_DAMAGED = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration with the scripts of this package."""
    config = Config()
    scripts = Path(__file__).resolve().parent / "migrations"
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def newest_revision() -> str:
    """Return the revision that this program needs."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    return head or ""


def migrate(url: str) -> None:
    """Upgrade the store at `url`; raises StoreError when it is newer than we are.

    Foreign keys are off meanwhile: a batch migration on SQLite recreates tables, and
    the drop would cascade. They are checked afterwards, before the commit.
    """
    engine = open_engine(url, pool_size=1, foreign_keys=False)
    shown = _shown(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            command.upgrade(alembic_config(connection), "head")
            if connection.dialect.name == "sqlite":
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if broken:
                    msg = (
                        f"store {shown}: the migration would break references: {broken}"
                    )
                    raise StoreError(msg)
    except CommandError as error:
        msg = (
            f"store {shown} is not one that this version can open ({error});"
            " run the version that wrote it, or restore a backup"
        )
        raise StoreError(msg) from error
    except DBAPIError as error:
        raise _failed(url, error, "migrated") from error
    finally:
        engine.dispose()


def _shown(url: str) -> str:
    """Return an address that can be opened, without its password."""
    return make_url(url).render_as_string(hide_password=True)


def _failed(url: str, error: DBAPIError, done: str) -> StoreError:
    """Tell a server that nobody reaches from a store that cannot be `done` to."""
    if error.statement is None and make_url(url).get_backend_name() == "postgresql":
        # The driver goes on to ask whether a server is running, on a second line.
        reason = (str(error.orig).splitlines() or [""])[0]
        return StoreError(
            f"store {_shown(url)} cannot be reached:"
            f" {reason.removeprefix('connection failed: ')}; see that PostgreSQL runs"
            " there, and that store.url and store.password_file are right"
        )
    what = f"store {_shown(url)} cannot be {done}: {error.orig}"
    if getattr(error.orig, "sqlite_errorcode", None) in _DAMAGED:
        what += "; the file is damaged, or is no store: put a backup in its place"
    return StoreError(what)


def current_revision(connection: Connection) -> str | None:
    """Return the revision a store is at, or None when it has no tables."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version"))
    return revision.scalar()


def check_store(url: str) -> None:
    """Raise StoreError unless the store at `url` can be used as it is."""
    file = make_url(url).database if url.startswith("sqlite") else None
    if file is None or Path(file).exists():
        engine = open_engine(url, pool_size=1)
        try:
            with engine.connect() as connection:
                if current_revision(connection) == newest_revision():
                    return
        except DBAPIError as error:
            raise _failed(url, error, "read") from error
        finally:
            engine.dispose()
    found = inspect_store(url)
    msg = f"store {_shown(url)} is not ready: {found}; run `publisher serve`"
    raise StoreError(msg)


def inspect_store(url: str) -> str:
    """Say in words what is at `url`, changing nothing; raises StoreError."""
    file = make_url(url).database if url.startswith("sqlite") else None
    if file is not None and not Path(file).exists():
        return f"{file} will be made at the first start"
    engine = open_engine(url, pool_size=1)
    try:
        with engine.connect() as connection:
            found = current_revision(connection)
    except DBAPIError as error:
        raise _failed(url, error, "read") from error
    finally:
        engine.dispose()
    newest = newest_revision()
    if found is None:
        return "is empty; the first start makes its tables"
    if found == newest:
        return f"is up to date (revision {found})"
    scripts = ScriptDirectory.from_config(alembic_config())
    if found not in {script.revision for script in scripts.walk_revisions()}:
        msg = (
            f"store {_shown(url)} is at revision {found}, which a newer version made;"
            " run that version, or put a backup of before in its place"
        )
        raise StoreError(msg)
    return f"is at revision {found}; the first start brings it to {newest}"
