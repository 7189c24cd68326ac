"""Workers die at any moment, and nothing is lost, doubled or forgotten (law 10).

`make torture` is the large one: 200 kills, 10,000 readers, 50 connections.
"""

from dataclasses import replace

import pytest

from publisher.model.delivery import DeliveryState
from tests.store.databases import PostgresServer
from tests.torture.killing import torture
from tests.torture.report import Settings

pytestmark = pytest.mark.slow

THREE = Settings(kills=4, readers=1100, connections=10, workers=3, has_log=True)


def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing() -> None:
    report = torture(Settings(kills=5, readers=250, connections=10))

    assert report.faults == []
    assert report.kills >= 3
    assert report.retried > 0


@pytest.mark.postgres
def test_three_workers_that_are_killed_lose_nothing_and_double_nothing(
    postgres: PostgresServer,
) -> None:
    with postgres.database(is_migrated=True) as url:
        report = torture(replace(THREE, kills=3, has_log=False), url)

    assert report.faults == []
    assert report.kills >= 1
    assert report.retried > 0


def test_with_the_log_of_the_relay_no_message_of_three_workers_stays_in_doubt() -> None:
    report = torture(THREE)

    assert report.faults == []
    assert report.count(DeliveryState.SENT) == THREE.readers
    assert report.doubts == sum(report.resolved.values()) > 0


@pytest.mark.postgres
def test_nor_does_it_on_postgresql(postgres: PostgresServer) -> None:
    with postgres.database(is_migrated=True) as url:
        report = torture(THREE, url)

    assert report.faults == []
    assert report.count(DeliveryState.SENT) == THREE.readers
    assert report.doubts == sum(report.resolved.values()) > 0
