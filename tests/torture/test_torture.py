"""Workers die at any moment, and nothing is lost, doubled or forgotten (law 10).

`make torture` is the large one: 200 kills, 10,000 readers, 50 connections.
"""

from collections.abc import Iterator

import pytest

from tests.conftest import POSTGRES, SQLITE
from tests.store.databases import PostgresServer
from tests.torture.killing import Settings, torture

pytestmark = pytest.mark.slow


@pytest.fixture(params=[SQLITE, POSTGRES])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the URL of a database of its own; empty: a new file of SQLite."""
    if request.param == "sqlite":
        yield ""
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database(is_migrated=True) as found:
        yield found


@pytest.mark.parametrize(("workers", "readers"), [(1, 300), (3, 1100)])
def test_killed_workers_lose_nothing_and_double_nothing(
    url: str, workers: int, readers: int
) -> None:
    settings = Settings(kills=6, readers=readers, connections=10, workers=workers)

    report = torture(settings, url)

    assert report.faults == []
    assert report.kills >= 3
    assert report.retried > 0
