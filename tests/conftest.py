"""What every test may ask for: databases, a clock; and what no test may do.

No test reaches beyond this machine, and none sees the settings of whoever runs it.
"""

import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from publisher.cli.logs import NOISY
from publisher.clock import SteppedClock
from publisher.store import Store, migrate
from tests.builders import MORNING
from tests.effort import SEARCH
from tests.network import forbid_network
from tests.shared_data import VARIABLE
from tests.store.databases import (
    PostgresServer,
    copy_of,
    empty,
    open_store,
    start_postgres,
)

SQLITE = pytest.param("sqlite", id="sqlite")
POSTGRES = pytest.param("postgres", id="postgres", marks=pytest.mark.postgres)

OUR_VARIABLES = "PUBLISHER_"
FOR_TESTS = {VARIABLE}

settings.register_profile("house", deadline=None, derandomize=True, max_examples=50)
settings.register_profile(SEARCH, deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


@pytest.fixture(scope="session", autouse=True)
def _stay_on_this_machine() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        forbid_network(patch, socket)
        yield


@pytest.fixture(autouse=True)
def _forget_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(OUR_VARIABLES) and name not in FOR_TESTS:
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _keep_logging() -> Iterator[None]:
    """Undo what a command does to the logging of the whole process."""
    loggers = [logging.getLogger(name) for name in ("", *NOISY)]
    handlers, levels = list(loggers[0].handlers), [each.level for each in loggers]
    yield
    loggers[0].handlers[:] = handlers
    for logger, level in zip(loggers, levels, strict=True):
        # Not the attribute: loggers remember which levels are off until this is called.
        logger.setLevel(level)


@pytest.fixture
def clock() -> SteppedClock:
    """Return a clock that stands at MORNING until it is moved."""
    return SteppedClock(MORNING)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite file, to be copied."""
    file = tmp_path_factory.mktemp("template") / "publisher.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Return a running PostgreSQL, one for all tests."""
    with start_postgres() as server:
        yield server


@pytest.fixture(params=[SQLITE, POSTGRES])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of a database of its own without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'publisher.db'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database(is_migrated=False) as url:
            yield url


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the URL of a fresh, migrated SQLite file."""
    return f"sqlite:///{copy_of(sqlite_template, tmp_path)}"


@pytest.fixture(scope="session")
def shared_sqlite(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """Return the SQLite store that tests share; ask for `store`, which empties it."""
    file = copy_of(sqlite_template, tmp_path_factory.mktemp("shared"))
    with open_store(f"sqlite:///{file}") as opened:
        yield opened


@pytest.fixture(scope="session")
def shared_postgres(postgres: PostgresServer) -> Iterator[Store]:
    """Return the PostgreSQL that tests share; ask for `store`, which empties it."""
    with open_store(postgres.url()) as opened:
        yield opened


@pytest.fixture(params=[SQLITE, POSTGRES])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Return an empty, migrated, open store, on each database in turn."""
    shared: Store = request.getfixturevalue(f"shared_{request.param}")
    yield shared
    empty(shared)


@pytest.fixture
def sqlite_store(shared_sqlite: Store) -> Iterator[Store]:
    """Return an empty, migrated, open store for tests that are not about databases."""
    yield shared_sqlite
    empty(shared_sqlite)


@pytest.fixture
def postgres_store(shared_postgres: Store) -> Iterator[Store]:
    """Return an empty, migrated, open PostgreSQL for what only it can get wrong.

    Tests that ask for it carry the marker `postgres`.
    """
    yield shared_postgres
    empty(shared_postgres)
