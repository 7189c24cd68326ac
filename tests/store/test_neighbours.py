"""Articles that point at each other show each other's present state (law 4).

Translations and related articles arrive in any order; whichever comes, changes or goes
last rebuilds the feeds of the others.
"""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest

from publisher.model.article import IncomingArticle, Link
from publisher.store import Store, Transaction, articles
from publisher.store.articles import TakenIn
from tests.builders import MORNING, an_arrival, an_article
from tests.store.newsroom import Newsroom

RUSSIAN = an_article("ru-1", title="Мост открыт", rubrics=("politika",))
KAZAKH = an_article(
    "kk-1",
    language="kk",
    title="Көпір ашылды",
    rubrics=("sport",),
    translation_of="ru-1",
)
POINTING = an_article("b", related=("a", "b", "a"), rubrics=("sport",))
TARGET = an_article("a", title="С чего всё началось", rubrics=("politika",))


def feeds_of(newsroom: Newsroom, incoming: IncomingArticle) -> set[str]:
    return newsroom.showing(incoming.rubrics, incoming.language)


@pytest.mark.parametrize(
    "order", [(RUSSIAN, KAZAKH), (KAZAKH, RUSSIAN)], ids=["ru first", "kk first"]
)
def test_translations_find_each_other_whichever_comes_first(
    newsroom: Newsroom, order: tuple[IncomingArticle, IncomingArticle]
) -> None:
    first = newsroom.take(order[0])
    newsroom.forget_work()

    second = newsroom.take(order[1])

    assert newsroom.load(first).translations == (
        Link(order[1].url, order[1].title, order[1].language),
    )
    assert newsroom.load(second).translations == (
        Link(order[0].url, order[0].title, order[0].language),
    )
    assert newsroom.load(first).entry_version == 2
    assert newsroom.marked() == feeds_of(newsroom, RUSSIAN) | feeds_of(newsroom, KAZAKH)


@pytest.mark.parametrize(
    "order", [(TARGET, POINTING), (POINTING, TARGET)], ids=["target first", "last"]
)
def test_a_related_article_is_shown_whichever_comes_first(
    newsroom: Newsroom, order: tuple[IncomingArticle, IncomingArticle]
) -> None:
    for incoming in order:
        newsroom.forget_work()
        newsroom.take(incoming)

    pointing = newsroom.load(newsroom.take(POINTING))
    assert pointing.related == (Link(TARGET.url, TARGET.title, "ru"),)
    assert newsroom.marked() >= feeds_of(newsroom, POINTING)


@pytest.mark.parametrize(
    "changed",
    [
        an_article("ru-1", title="Мост открыли", rubrics=("politika",)),
        an_article("ru-1", title="Мост открыт", rubrics=("politika",), url="https://x"),
        an_article("ru-1", rubrics=("politika",), is_withdrawn=True),
        an_article("ru-1", rubrics=("politika",), translation_of="something else"),
        an_article("ru-1", rubrics=("politika",), embargo_until=MORNING + timedelta(1)),
    ],
    ids=["title", "address", "withdrawal", "another group", "embargo"],
)
def test_whatever_a_translation_shows_of_another_follows_that_one(
    newsroom: Newsroom, changed: IncomingArticle
) -> None:
    newsroom.take(RUSSIAN)
    kazakh = newsroom.take(KAZAKH)
    before = newsroom.load(kazakh)
    newsroom.forget_work()

    newsroom.take(changed)

    after = newsroom.load(kazakh)
    assert after.translations != before.translations
    assert after.entry_version == before.entry_version + 1
    assert after.updated_at == before.updated_at
    assert newsroom.marked() >= feeds_of(newsroom, KAZAKH)


def test_an_embargoed_article_is_pointed_at_only_from_its_time_on(
    newsroom: Newsroom,
) -> None:
    pointing = newsroom.take(POINTING)
    newsroom.take(an_article("a", published_at=MORNING + timedelta(hours=1)))
    hidden = newsroom.load(pointing).related
    newsroom.forget_work()
    newsroom.wait(hours=1)

    newsroom.release()

    assert hidden == ()
    assert len(newsroom.load(pointing).related) == 1
    assert newsroom.marked() >= feeds_of(newsroom, POINTING)


def test_related_articles_keep_the_order_their_editor_gave_them(
    newsroom: Newsroom,
) -> None:
    for source_id in ("c", "a", "b"):
        newsroom.take(an_article(source_id))

    number = newsroom.take(an_article("z", related=("b", "missing", "c", "a")))

    urls = [link.url.rpartition("/")[2] for link in newsroom.load(number).related]
    assert urls == ["b", "c", "a"]


def test_an_article_in_the_same_language_is_no_translation(newsroom: Newsroom) -> None:
    first = newsroom.take(an_article("a"))
    newsroom.take(an_article("b", translation_of="a"))

    assert newsroom.load(first).translations == ()


def test_a_stranger_is_left_alone(newsroom: Newsroom) -> None:
    stranger = newsroom.take(an_article("c"))
    newsroom.take(RUSSIAN)
    newsroom.take(KAZAKH)

    assert newsroom.load(stranger).entry_version == 1


@pytest.mark.postgres
def test_articles_that_come_in_at_the_same_time_do_not_miss_each_other(
    postgres_store: Store, newsroom_on_postgres: Newsroom
) -> None:
    newsroom = newsroom_on_postgres
    newsroom.take(TARGET)
    renamed = an_article("a", title="Как это началось", rubrics=("politika",))
    has_changed, may_commit = threading.Event(), threading.Event()

    def take(tx: Transaction, incoming: IncomingArticle) -> TakenIn:
        arrival = an_arrival(incoming, source_id=newsroom.source.id)
        return articles.take_in(tx, arrival, newsroom.tree, newsroom.clock.now())

    def rename_slowly(tx: Transaction) -> None:
        take(tx, renamed)
        has_changed.set()
        may_commit.wait(10)

    with ThreadPoolExecutor(2) as pool:
        renaming = pool.submit(postgres_store.transact, rename_slowly)
        has_changed.wait(10)
        pointing = pool.submit(postgres_store.transact, take, POINTING)
        may_have_seen_the_old_title = bool(wait([pointing], timeout=0.3).done)
        may_commit.set()
        renaming.result()
        number = pointing.result().id

    was_repaired = newsroom.load(number).entry_version > 1
    assert was_repaired or not may_have_seen_the_old_title


@pytest.mark.postgres
def test_two_machines_that_take_in_the_same_new_article_keep_it_once(
    postgres_store: Store, newsroom_on_postgres: Newsroom
) -> None:
    newsroom = newsroom_on_postgres
    arrival = an_arrival(source_id=newsroom.source.id)
    start = threading.Barrier(4)

    def machine(_: int) -> TakenIn:
        start.wait(10)
        now = newsroom.clock.now()
        return postgres_store.transact(articles.take_in, arrival, newsroom.tree, now)

    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(machine, range(4)))

    assert sorted(taken.kept for taken in kept) == ["new", "same", "same", "same"]
    assert len({taken.id for taken in kept}) == 1
