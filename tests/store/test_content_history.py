"""Nobody gets an article twice and nobody loses one, in ten thousand histories.

Rubrics overlap, articles move, are edited, withdrawn and come back, late and
back-dated ones and embargoes among them; readers change rubrics, language, hour and
frequency, pause, leave and return; the planner stumbles, the service stands still, and
relays refuse, delay and say nothing. HISTORIES says how many to try, and
FIRST with which to begin.
"""

import os

import pytest
from sqlalchemy import func, select, update

from publisher.store import Store, Transaction
from publisher.store.schema.editions import delivery, edition
from publisher.store.schema.readers import subscription
from tests.store.histories import History, Planted, ViolationError

STEPS = 40
FEW, MANY = 4, 80
FIRST = int(os.environ.get("FIRST", "0"))
WANTED = int(os.environ.get("HISTORIES", str(MANY)))


def violations(store: Store, seeds: range, planted: Planted | None = None) -> list[str]:
    """Return what was violated in which history."""
    found: list[str] = []
    for seed in seeds:
        try:
            History(store, seed, planted).run(STEPS)
        except ViolationError as error:
            found.append(f"history {seed}: {error}")
    return found


def test_no_article_comes_twice_and_none_is_lost(store: Store) -> None:
    few = FEW if store.is_sqlite else FEW // 4

    assert violations(store, range(few)) == []


@pytest.mark.slow
def test_no_article_comes_twice_and_none_is_lost_in_many_histories(
    store: Store,
) -> None:
    many = WANTED if store.is_sqlite else MANY // 10

    assert violations(store, range(FIRST, FIRST + many)) == []


def forget(tx: Transaction, subscription_id: int) -> None:
    """Count nothing as had."""
    of_reader = subscription.c.id == subscription_id
    tx.execute(update(subscription).where(of_reader).values(cursor=0))


def count_as_had(tx: Transaction, subscription_id: int) -> None:
    """Count whatever was planned as had, sent or not."""
    newest = (
        select(func.max(edition.c.up_to))
        .join(delivery, delivery.c.edition_id == edition.c.id)
        .where(delivery.c.subscription_id == subscription_id)
        .scalar_subquery()
    )
    of_reader = subscription.c.id == subscription_id
    tx.execute(update(subscription).where(of_reader).values(cursor=newest))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("planted", "expected"), [(forget, "came twice"), (count_as_had, "was lost")]
)
def test_the_oracle_sees_what_is_wrong(
    sqlite_store: Store, planted: Planted, expected: str
) -> None:
    found = (violations(sqlite_store, range(n, n + 1), planted) for n in range(12))

    assert any(expected in one for violated in found for one in violated)
