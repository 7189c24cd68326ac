"""After every test the books balance, whatever it did to deliveries (law 12)."""

from collections.abc import Iterator

import pytest

from tests.books import discrepancies

STORES = ("store", "sqlite_store", "postgres_store")


@pytest.fixture(autouse=True)
def _the_books_balance(request: pytest.FixtureRequest) -> Iterator[None]:
    asked_for = [name for name in STORES if name in request.fixturenames]
    stores = [request.getfixturevalue(name) for name in asked_for]
    yield
    for store in stores:
        assert discrepancies(store) == []
