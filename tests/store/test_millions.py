"""The newest 50 of a wide subtree cost the same of 200 thousand articles and 2 million.

Each database takes about a minute on two busy cores and half a gigabyte of disk: two
million articles are made inside SQL, and the indexes of the schema are built over them.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from publisher.store import Store, Transaction
from publisher.store.listings import newest_of_rubrics
from publisher.store.schema.articles import listing
from tests.conftest import POSTGRES, SQLITE
from tests.store.costs import cost_of
from tests.store.databases import PostgresServer, copy_of, open_store, vacuum
from tests.store.millions import LANGUAGE, SUBTREE, grow, newest_numbers

pytestmark = pytest.mark.slow

SOME, MANY = 200_000, 2_000_000
MOST_STEPS = 1.3
LEVEL = len(SUBTREE)
"""Blocks that an index one level higher costs: one for each rubric's look."""
FIFTY = 50


@pytest.fixture(params=[SQLITE, POSTGRES])
def own_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Return a store that no other test has ever used, and that is gone afterwards."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        file = copy_of(template, tmp_path)
        with open_store(f"sqlite:///{file}") as opened:
            yield opened
        file.unlink()
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database(is_migrated=True) as url, open_store(url) as opened:
            yield opened


def newest(tx: Transaction) -> list[int]:
    """Ask as the service does."""
    return [found for _, found in newest_of_rubrics(tx, SUBTREE, LANGUAGE, FIFTY)]


def counted(tx: Transaction) -> int:
    """Ask what has to look at every article of the subtree, and at its table."""
    if tx.dialect.name == "postgresql":
        # What an index may answer alone depends on how far VACUUM came.
        tx.execute(text("SET LOCAL enable_indexonlyscan = off"))
    statement = (
        select(func.count())
        .select_from(listing)
        .where(listing.c.rubric_id.in_(SUBTREE), listing.c.language == LANGUAGE)
    )
    return int(tx.execute(statement).scalar_one())


def costs(store: Store) -> tuple[int, int]:
    """Return what our question costs, and what it costs to look at everything."""
    vacuum(store)
    assert store.query(newest) == newest_numbers(FIFTY)
    ours = cost_of(store, newest, is_small=False)
    return ours, cost_of(store, counted, is_small=False)


def test_the_newest_of_a_wide_subtree_cost_no_more_of_ten_times_the_articles(
    own_store: Store,
) -> None:
    grow(own_store, 0, SOME)
    before, all_before = costs(own_store)
    grow(own_store, SOME, MANY)
    after, all_after = costs(own_store)

    most = before * MOST_STEPS if own_store.is_sqlite else before + LEVEL
    assert after <= most, f"{before} became {after}"
    # What does grow is seen to grow, by the same measure.
    assert all_after > 5 * all_before
