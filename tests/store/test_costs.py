"""A question costs what its answer costs, however long the newspaper's past is.

Everything the service asks again and again is counted twice, on a store and on one ten
times as large that gives the same answers.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.store import Store
from tests.conftest import POSTGRES, SQLITE
from tests.store.archive import multiply
from tests.store.costs import STEPS, cost_of
from tests.store.databases import PostgresServer, copy_of, open_store, vacuum
from tests.store.present import Present

MOST_STEPS = 1.3
MOST_BLOCKS = 2
"""An index that gains a level costs three blocks a look and not two; and PostgreSQL may
choose another plan. What reads the past costs ten times as much."""
QUESTIONS = (
    *("newest of a wide subtree", "newest in all languages", "newest of one rubric"),
    *("newest of the site", "fifty articles", "an article by its address"),
    *("kept fragments", "changed documents", "waiting feeds", "a job"),
    *("comments of an article", "a new comment", "numbers to show"),
    *("what was listed since", "where a new reader starts", "due timetables"),
    "when readers were served",
    *("due instant timetables", "groups of readers", "due deliveries"),
    *("groups of readers without a delivery", "whether a group may be written to"),
    "whether a timetable has readers",
    *("editions to plan", "an edition's account", "a saved article", "a new article"),
    *(
        "a released article",
        "an opened edition",
        "an enlisted group",
        "an edition in chunks",
        "a leased chunk",
        "a given back chunk",
    ),
    *("pauses that are over", "ended pauses"),
    *("a timetable's last edition", "what was listed until a moment"),
    *("a begun and sent message", "closed editions", "expired editions"),
)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("young", id="young"),
        pytest.param("old", id="old", marks=pytest.mark.slow),
    ],
)
def paper(request: pytest.FixtureRequest) -> str:
    """Return how old a newspaper is: thousands of articles, or a hundred thousand."""
    return str(request.param)


@pytest.fixture(scope="module", params=[SQLITE, POSTGRES])
def own_store(
    paper: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """Return a store that no other test has ever used."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        file = copy_of(template, tmp_path_factory.mktemp(paper))
        with open_store(f"sqlite:///{file}") as opened:
            yield opened
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database(is_migrated=True) as url, open_store(url) as opened:
            yield opened


@pytest.fixture(scope="module")
def costs(paper: str, own_store: Store) -> tuple[dict[str, int], dict[str, int]]:
    """Return what each question costs on a store, and on one ten times as large."""
    present = Present(own_store)
    *first, last = (0,) if paper == "young" else (0, 1, 2)

    def count_all() -> dict[str, int]:
        vacuum(own_store)
        return {
            name: cost_of(own_store, work, is_small=paper == "young")
            for name, work in present.questions().items()
        }

    for age in first:
        multiply(own_store, age=age)
    before = count_all()
    multiply(own_store, age=last)
    return before, count_all()


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS)
def test_ten_times_the_past_costs_no_more(
    own_store: Store, costs: tuple[dict[str, int], dict[str, int]], question: str
) -> None:
    before, after = costs[0][question], costs[1][question]

    most = before * MOST_STEPS if own_store.is_sqlite else before * MOST_BLOCKS

    assert after <= most + 2 * STEPS, f"{before} became {after}"


@pytest.mark.slow
def test_every_question_is_looked_at(
    costs: tuple[dict[str, int], dict[str, int]],
) -> None:
    assert set(costs[0]) == set(QUESTIONS)
