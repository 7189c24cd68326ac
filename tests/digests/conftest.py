"""After every test the books balance, whatever it did to deliveries (law 12)."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.books import discrepancies
from tests.conftest import POSTGRES, SQLITE
from tests.digests.machines import NewUrl
from tests.store.databases import PostgresServer, copy_of

STORES = ("store", "sqlite_store", "postgres_store")


@pytest.fixture(autouse=True)
def _the_books_balance(request: pytest.FixtureRequest) -> Iterator[None]:
    asked_for = [name for name in STORES if name in request.fixturenames]
    stores = [request.getfixturevalue(name) for name in asked_for]
    yield
    for store in stores:
        assert discrepancies(store) == []


@pytest.fixture(params=[SQLITE, POSTGRES])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewUrl]:
    """Return what makes an empty, migrated store, on each database in turn."""
    with ExitStack() as stack:

        def sqlite() -> str:
            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            template: Path = request.getfixturevalue("sqlite_template")
            return f"sqlite:///{copy_of(template, folder)}"

        def postgres() -> str:
            server: PostgresServer = request.getfixturevalue("postgres")
            return stack.enter_context(server.database(is_migrated=True))

        yield sqlite if request.param == "sqlite" else postgres
