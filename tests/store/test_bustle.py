"""Planners, movers, workers and erasers at once: the laws hold, and nobody is stuck."""

import random
import time
from contextlib import ExitStack

import pytest
from sqlalchemy import text

from publisher.clock import SteppedClock
from publisher.store import Store, Transaction
from tests.books import discrepancies
from tests.builders import MORNING
from tests.store.bustle import ACTORS, Actor, bustle, calm, most_of_one
from tests.store.databases import PostgresServer, open_store

SECONDS = 10


def deadlocks(store: Store) -> int:
    """Return how many there were, once everybody else has told theirs and gone."""
    others = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    count = text(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )

    def number(tx: Transaction, asked: object) -> int:
        return int(tx.execute(asked).scalar_one())  # type: ignore[call-overload]

    for _ in range(100):
        if store.query(number, others) == 0:
            break
        time.sleep(0.1)
    return store.query(number, count)


@pytest.mark.slow
@pytest.mark.postgres
def test_whatever_is_done_at_once_nobody_gets_an_article_twice_and_nobody_is_stuck(
    postgres: PostgresServer,
) -> None:
    clock = SteppedClock(MORNING)
    with postgres.database(is_migrated=True) as url:
        with ExitStack() as stack:
            actors = [
                Actor(stack.enter_context(open_store(url)), clock, random.Random(seed))
                for seed, _ in enumerate(ACTORS)
            ]
            bustle(actors, SECONDS)
            calm(actors[0])
            got, wrong = most_of_one(actors[0]), discrepancies(actors[0].store)
        with open_store(url) as store:
            stuck = deadlocks(store)

    assert set(got) == {1}
    assert got[1] > 100
    assert wrong == []
    assert stuck == 0
