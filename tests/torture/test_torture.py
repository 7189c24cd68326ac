"""Workers die at any moment, and nothing is lost, doubled or forgotten (law 10).

`make torture` is the large one: 200 kills, 10,000 readers, 50 connections.
"""

import pytest

from tests.store.databases import PostgresServer
from tests.torture.killing import torture
from tests.torture.report import Settings

pytestmark = pytest.mark.slow


def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing() -> None:
    report = torture(Settings(kills=5, readers=250, connections=10))

    assert report.faults == []
    assert report.kills >= 3
    assert report.retried > 0


@pytest.mark.postgres
def test_three_workers_that_are_killed_lose_nothing_and_double_nothing(
    postgres: PostgresServer,
) -> None:
    settings = Settings(kills=3, readers=1100, connections=10, workers=3)

    with postgres.database(is_migrated=True) as url:
        report = torture(settings, url)

    assert report.faults == []
    assert report.kills >= 1
    assert report.retried > 0
