"""A listing is read from an index and is what sorting everything would give."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.store import Store, Transaction
from publisher.store.listings import (
    came_in_at,
    listed_since,
    newest_of_rubrics,
    newest_of_site,
)
from publisher.store.schema.articles import article, listing, source
from publisher.store.schema.rubrics import rubric
from tests.builders import MORNING
from tests.effort import effort
from tests.store.databases import empty

LANGUAGES = ("ru", "kk")
RUBRICS = range(1, 6)


@dataclass(frozen=True)
class Filed:
    """A public article with where it is listed, under which number."""

    id: int
    published_at: datetime
    language: str
    rubrics: Sequence[int]
    listed_no: int
    is_repeat: bool


# Few moments, so that many articles have the same.
FILED = st.builds(
    Filed,
    id=st.just(0),
    published_at=st.integers(0, 6).map(lambda h: MORNING - timedelta(hours=h)),
    language=st.sampled_from(LANGUAGES),
    rubrics=st.lists(st.sampled_from(RUBRICS), unique=True, max_size=4),
    listed_no=st.integers(1, 9),
    is_repeat=st.booleans(),
)
NEWSPAPERS = st.lists(FILED, max_size=25).map(
    lambda found: [Filed(**{**vars(f), "id": i}) for i, f in enumerate(found, 1)]
)


def fill(tx: Transaction, filed: Sequence[Filed], rubrics: Sequence[int]) -> None:
    """Write articles and their listings as they are, without any rule."""
    tx.execute(source.insert().values(id=1, name="gazeta"))
    tx.execute(
        rubric.insert(),
        [
            {"id": i, "key": f"r{i}", "slug": f"r{i}", "position": i, "path": f"r{i}"}
            for i in rubrics
        ],
    )
    articles = [
        {
            "id": one.id,
            "uid": f"tag:gazeta.example:{one.id}",
            "source_id": 1,
            "source_key": str(one.id),
            "path": "a.md",
            "language": one.language,
            "state": "public",
            "revision": 1,
            "entry_version": 1,
            "content_hash": "",
            "url": f"https://gazeta.example/{one.id}",
            "translation_key": str(one.id),
            "published_at": one.published_at,
            "shown_at": one.published_at,
            "updated_at": one.published_at,
            "taken_in_at": MORNING,
            "visible_at": MORNING,
            "first_listed_no": one.listed_no,
        }
        for one in filed
    ]
    listings = [
        {
            "rubric_id": rubric_id,
            "article_id": one.id,
            "language": one.language,
            "published_at": one.published_at,
            "shown_at": one.published_at,
            "listed_no": one.listed_no,
            "is_repeat": one.is_repeat,
        }
        for one in filed
        for rubric_id in one.rubrics
    ]
    for table, rows in ((article, articles), (listing, listings)):
        if rows:
            tx.execute(table.insert(), rows)


@effort(25)
@given(
    filed=NEWSPAPERS,
    wanted=st.lists(st.sampled_from(RUBRICS), unique=True),
    language=st.sampled_from(["", *LANGUAGES]),
    limit=st.integers(1, 8),
)
def test_the_newest_of_some_rubrics_are_those_that_sorting_everything_gives(
    store: Store, filed: list[Filed], wanted: list[int], language: str, limit: int
) -> None:
    empty(store)
    store.transact(fill, filed, RUBRICS)

    found = store.query(newest_of_rubrics, wanted, language, limit)

    everything = [
        (one.published_at, one.id)
        for one in filed
        if set(one.rubrics) & set(wanted) and language in ("", one.language)
    ]
    assert found == sorted(everything, reverse=True)[:limit]


@effort(25)
@given(
    filed=NEWSPAPERS,
    language=st.sampled_from(["", *LANGUAGES]),
    limit=st.integers(1, 8),
)
def test_the_newest_of_the_site_are_those_that_sorting_everything_gives(
    store: Store, filed: list[Filed], language: str, limit: int
) -> None:
    empty(store)
    store.transact(fill, filed, RUBRICS)

    found = store.query(newest_of_site, language, limit)

    everything = [
        (one.published_at, one.id) for one in filed if language in ("", one.language)
    ]
    assert found == sorted(everything, reverse=True)[:limit]


@effort(25)
@given(
    filed=NEWSPAPERS,
    wanted=st.lists(st.sampled_from(RUBRICS), unique=True),
    language=st.sampled_from(LANGUAGES),
    bounds=st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted),
    oldest=st.integers(0, 6).map(lambda hours: MORNING - timedelta(hours=hours)),
)
def test_what_was_listed_since_a_number_is_what_looking_at_everything_gives(
    store: Store,
    filed: list[Filed],
    wanted: list[int],
    language: str,
    bounds: list[int],
    oldest: datetime,
) -> None:
    empty(store)
    store.transact(fill, filed, RUBRICS)
    after, up_to = bounds

    found = store.query(
        listed_since,
        wanted,
        language,
        after=after,
        up_to=up_to,
        published_from=oldest,
    )

    assert found == {
        one.id: one.is_repeat
        for one in filed
        if set(one.rubrics) & set(wanted)
        and one.language == language
        and after < one.listed_no <= up_to
        and one.published_at >= oldest
    }


def test_a_subtree_of_many_rubrics_is_no_limit(store: Store) -> None:
    rubrics = range(1, 451)
    filed = [
        Filed(i, MORNING + timedelta(minutes=i), "ru", [i], i, is_repeat=False)
        for i in rubrics
    ]
    store.transact(fill, filed, rubrics)

    found = store.query(newest_of_rubrics, rubrics, "ru", 3)
    since = store.query(
        listed_since, rubrics, "ru", after=447, up_to=450, published_from=MORNING
    )

    assert [number for _, number in found] == [450, 449, 448]
    assert sorted(since) == [448, 449, 450]


@pytest.mark.parametrize("is_first", [True, False])
def test_an_article_known_under_one_rubric_is_a_repeat_under_all(
    store: Store, *, is_first: bool
) -> None:
    numbers = {1: not is_first, 2: is_first}

    def write(tx: Transaction) -> None:
        fill(tx, [Filed(1, MORNING, "ru", [], 1, is_repeat=False)], RUBRICS)
        for rubric_id, is_repeat in numbers.items():
            tx.execute(
                listing.insert().values(
                    rubric_id=rubric_id,
                    article_id=1,
                    language="ru",
                    published_at=MORNING,
                    shown_at=MORNING,
                    listed_no=rubric_id,
                    is_repeat=is_repeat,
                )
            )

    store.transact(write)

    found = store.query(
        listed_since, [1, 2], "ru", after=0, up_to=9, published_from=MORNING
    )

    assert found == {1: True}


@pytest.mark.parametrize(
    ("listed_no", "newest"), [(0, 1), (1, 1), (2, 1), (3, 3), (4, 3), (9, 3)]
)
def test_when_the_newest_came_in_of_what_was_listed_up_to_a_number(
    store: Store, listed_no: int, newest: int
) -> None:
    """The second was under embargo, and is listed after the third."""
    numbers = {1: 2, 2: 4, 3: 3}

    def write(tx: Transaction) -> None:
        filed = [
            Filed(i, MORNING, "ru", [], number, is_repeat=False)
            for i, number in numbers.items()
        ]
        fill(tx, filed, RUBRICS)
        for i in numbers:
            moment = MORNING + timedelta(hours=i)
            own = article.c.id == i
            tx.execute(article.update().where(own).values(taken_in_at=moment))

    store.transact(write)

    found = store.query(came_in_at, listed_no)

    assert found == MORNING + timedelta(hours=newest)


def test_nothing_came_in_before_the_first_article(store: Store) -> None:
    assert store.query(came_in_at, 0) is None
