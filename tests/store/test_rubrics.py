"""A rubric is renamed, moved, closed and opened again without losing anything.

Its number, its feeds and its articles stay; its old addresses lead to the present one.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.clock import SteppedClock
from publisher.model.feed import standing_feeds
from publisher.model.rubric import Rubric, RubricTree
from publisher.store import Store, Transaction, feeds
from publisher.store.publication import LISTINGS
from publisher.store.rubrics import find_moved, sync_tree
from publisher.store.schema.articles import listing
from publisher.store.schema.feeds import feed
from publisher.store.schema.rubrics import rubric, rubric_address, rubric_name
from publisher.store.upsert import last_number
from tests.builders import MORNING, a_rubric, a_tree, an_article
from tests.effort import effort
from tests.store.databases import empty
from tests.store.newsroom import LANGUAGES, Newsroom

BEFORE = a_tree()


def changed(tree: RubricTree, key: str, **fields: object) -> RubricTree:
    """Return a tree in which one rubric is different."""
    return RubricTree(
        tuple(
            replace(found, **fields) if found.key == key else found  # type: ignore[arg-type]
            for found in tree
        )
    )


def without(tree: RubricTree, key: str) -> RubricTree:
    return RubricTree(tuple(found for found in tree if found.key != key))


def all_feeds(tree: RubricTree) -> set[str]:
    return {found.key for found in standing_feeds(tree, ("ru", "kk"))}


def present_path(newsroom: Newsroom, old_path: str) -> str | None:
    """Return where an old address leads, as who answers requests finds out."""
    key = newsroom.store.query(find_moved, old_path)
    return newsroom.tree.path(key) if key else None


def test_the_first_tree_gets_numbers_and_feeds_in_every_language(
    store: Store, clock: SteppedClock
) -> None:
    newsroom = Newsroom(store, clock)

    assert newsroom.changed == {found.key for found in BEFORE}
    assert sorted(found.id for found in newsroom.tree) == [1, 2, 3, 4, 5, 6]
    assert [replace(found, id=0) for found in newsroom.tree] == list(BEFORE)
    keys = {row.key for row in newsroom.rows(feed)}
    assert keys == all_feeds(BEFORE)


def test_all_new_feeds_wait_to_be_built(store: Store, clock: SteppedClock) -> None:
    newsroom = Newsroom(store, clock)
    newsroom.plant(RubricTree((*BEFORE, a_rubric("kultura"))))

    assert newsroom.marked() >= {"kultura", "kultura.ru", "kultura.kk"}


def test_the_same_tree_again_changes_no_row(newsroom: Newsroom) -> None:
    before = newsroom.everything()
    newsroom.wait(days=1)

    newsroom.plant(BEFORE)

    assert newsroom.changed == set()
    assert newsroom.everything() == before


def test_a_new_name_is_told_in_all_its_feeds(newsroom: Newsroom) -> None:
    numbers = {found.key: found.id for found in newsroom.tree}
    renamed_at = newsroom.wait(hours=1)

    newsroom.plant(changed(BEFORE, "sport", names={"ru": "Спорт и здоровье"}))

    assert newsroom.changed == {"sport"}
    assert {found.key: found.id for found in newsroom.tree} == numbers
    assert newsroom.touched_at("sport.kk") == renamed_at
    assert newsroom.touched_at("futbol") == MORNING
    assert newsroom.marked() == all_feeds(BEFORE)
    names = newsroom.rows(
        rubric_name, rubric_name.c.rubric_id == newsroom.tree.get("sport").id
    )
    assert {row.language: row.name for row in names} == {"ru": "Спорт и здоровье"}


def test_a_moved_rubric_takes_its_subtree_along_and_old_addresses_lead_there(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(an_article(rubrics=("vektor",)))

    newsroom.plant(changed(BEFORE, "politika", parent=None, slug="politics"))

    assert newsroom.changed == {"politika", "vektor"}
    assert present_path(newsroom, "novosti/politika") == "politics"
    assert present_path(newsroom, "novosti/politika/mezhdunarodnyi-vektor") == (
        "politics/mezhdunarodnyi-vektor"
    )
    assert newsroom.listed_under(number) == {"vektor"}
    newsroom.forget_work()
    newsroom.take(an_article(rubrics=("vektor",), title="Переехали"))
    assert newsroom.marked() == {
        f"{key}{ending}{variant}"
        for key in ("", "politika", "vektor")
        for ending in ("", ".ru")
        for variant in ("", "~short")
    }


def test_every_address_a_rubric_ever_had_leads_to_the_present_one(
    newsroom: Newsroom,
) -> None:
    for slug in ("sports", "igry", "atletika"):
        newsroom.plant(changed(BEFORE, "sport", slug=slug))

    old = ["sport", "sports", "igry", "sport/futbol", "sports/futbol", "igry/futbol"]
    assert [present_path(newsroom, path) for path in old] == [
        *(["atletika"] * 3),
        *(["atletika/futbol"] * 3),
    ]


def test_an_address_that_never_was_leads_nowhere(newsroom: Newsroom) -> None:
    newsroom.plant(changed(BEFORE, "sport", slug="sports"))

    assert present_path(newsroom, "kultura") is None
    assert present_path(newsroom, "sports") is None


def test_an_address_taken_over_leads_to_who_had_it_last(newsroom: Newsroom) -> None:
    moved = changed(BEFORE, "sport", slug="arhiv")
    newsroom.plant(moved)
    newsroom.plant(RubricTree((*moved, a_rubric("novyi-sport", slug="sport"))))
    newsroom.plant(RubricTree((*moved, a_rubric("novyi-sport", slug="novoe"))))

    assert present_path(newsroom, "sport") == "novoe"


def test_another_order_is_kept_and_is_no_change_of_a_rubric(
    newsroom: Newsroom,
) -> None:
    newsroom.plant(RubricTree(tuple(reversed(tuple(BEFORE)))))

    assert newsroom.changed == set()
    rows = sorted(newsroom.rows(rubric), key=lambda row: int(row.position))
    assert [row.key for row in rows][:2] == ["sport", "futbol"]


def test_a_rubric_that_is_taken_out_is_closed_and_keeps_its_articles(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(an_article(rubrics=("futbol",)))
    before = newsroom.tree.get("futbol")
    closed_at = newsroom.wait(hours=1)

    newsroom.plant(without(BEFORE, "futbol"))

    kept = newsroom.tree.get("futbol")
    assert newsroom.changed == {"futbol"}
    assert kept == replace(before, is_closed=True)
    assert newsroom.one(rubric, rubric.c.key == "futbol").closed_at == closed_at
    assert newsroom.load(number).rubric_keys == ()
    assert newsroom.listed_under(number) == {"futbol"}


def test_a_closed_rubric_stays_closed_since_the_same_moment(
    newsroom: Newsroom,
) -> None:
    closed_at = newsroom.wait(hours=1)
    newsroom.plant(changed(BEFORE, "sport", is_closed=True))
    newsroom.wait(hours=1)

    newsroom.plant(changed(BEFORE, "sport", is_closed=True))
    newsroom.plant(without(without(BEFORE, "futbol"), "sport"))

    assert newsroom.one(rubric, rubric.c.key == "sport").closed_at == closed_at


def test_an_opened_rubric_has_its_number_and_its_articles_again(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(an_article(rubrics=("futbol",)))
    before = newsroom.tree.get("futbol")
    newsroom.plant(without(BEFORE, "futbol"))

    newsroom.plant(BEFORE)

    assert newsroom.changed == {"futbol"}
    assert newsroom.tree.get("futbol") == before
    assert newsroom.load(number).rubric_keys == ("futbol",)
    assert newsroom.one(rubric, rubric.c.key == "futbol").closed_at is None


def test_an_article_saved_while_its_rubric_was_closed_is_listed_when_it_opens(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(an_article(rubrics=("futbol",)))
    newsroom.plant(changed(BEFORE, "futbol", is_closed=True))
    newsroom.take(an_article(rubrics=("futbol",), title="Матч окончен"))

    newsroom.plant(BEFORE)

    assert newsroom.listed_under(number) == {"futbol"}


def test_an_opened_rubric_lists_all_it_has_again_for_who_was_served_past_it(
    newsroom: Newsroom,
) -> None:
    newsroom.take(an_article("before", rubrics=("futbol",)))
    newsroom.plant(changed(BEFORE, "futbol", is_closed=True))
    newsroom.take(an_article("meanwhile", rubrics=("futbol",)))
    newsroom.take(an_article("elsewhere", rubrics=("sport",)))
    served_up_to = newsroom.store.query(last_number, LISTINGS)

    newsroom.plant(BEFORE)

    futbol = newsroom.tree.get("futbol").id
    rows = newsroom.rows(listing, listing.c.rubric_id == futbol)
    assert [row.is_repeat for row in rows] == [True, True]
    assert min(row.listed_no for row in rows) > served_up_to


KEYS = ("a", "b", "c", "d", "e")


@st.composite
def trees(draw: st.DrawFn) -> RubricTree:
    """Return a tree of some of five rubrics, in any shape and order."""
    keys = draw(st.permutations(KEYS).map(tuple))
    kept = keys[: draw(st.integers(1, len(keys)))]
    rubrics: list[Rubric] = []
    for position, key in enumerate(kept):
        parent = draw(st.sampled_from([None, *kept[:position]]))
        slug = draw(st.sampled_from([key, f"{key}-2"]))
        closed = draw(st.booleans())
        rubrics.append(a_rubric(key, parent, slug=slug, is_closed=closed))
    return RubricTree(tuple(rubrics))


@effort(30)
@given(history=st.lists(trees(), min_size=1, max_size=5))
def test_after_any_history_of_trees_numbers_are_stable_and_addresses_lead_home(
    store: Store, clock: SteppedClock, history: list[RubricTree]
) -> None:
    empty(store)
    newsroom = Newsroom(store, clock, history[0])
    numbers: dict[str, int] = {}
    addresses: dict[str, set[str]] = {}

    for wanted in history:
        newsroom.plant(wanted)
        for found in newsroom.tree:
            assert numbers.setdefault(found.key, found.id) == found.id
            assert found.is_closed == (
                found.key not in wanted or wanted.get(found.key).is_closed
            )
        for found in wanted:
            addresses.setdefault(wanted.path(found.key), set()).add(found.key)

    present = {newsroom.tree.path(found.key) for found in newsroom.tree}
    for path, holders in addresses.items():
        if path not in present and len(holders) == 1:
            assert newsroom.store.query(find_moved, path) in holders
    present = {row.key for row in newsroom.rows(feed)}
    assert present >= all_feeds(newsroom.tree)
    # A rubric keeps the feed of itself alone when it loses what is below it.
    assert all(key.startswith("only:") for key in present - all_feeds(newsroom.tree))


@pytest.mark.postgres
def test_machines_that_start_at_once_agree_on_the_tree(
    postgres_store: Store, clock: SteppedClock
) -> None:
    start = threading.Barrier(4)

    def plant(tx: Transaction) -> dict[str, int]:
        tree, new = sync_tree(tx, BEFORE, clock.now())
        feeds.sync_feeds(tx, tree, LANGUAGES, new, clock.now())
        return {found.key: found.id for found in tree}

    def machine(_: int) -> dict[str, int]:
        start.wait(10)
        return postgres_store.transact(plant)

    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(machine, range(4))

    assert others == [first] * 3


def test_no_past_address_is_remembered_where_nothing_moved(
    newsroom: Newsroom,
) -> None:
    newsroom.plant(changed(BEFORE, "sport", names={"ru": "Спортивные"}))

    assert newsroom.count(rubric_address) == 0
