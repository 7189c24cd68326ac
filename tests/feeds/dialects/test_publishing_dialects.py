"""Dialects of what is public in a store: found by address, stable until it changes."""

from datetime import timedelta

import pytest
from lxml import etree

from publisher.clock import SteppedClock
from publisher.errors import RubricError
from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.dialects.dialect import Withdrawn
from publisher.feeds.dialects.publishing import (
    DialectAddress,
    DialectDocument,
    dialect_document,
    find_dialect,
    newest_articles,
    sitemap_document,
)
from publisher.store import Store
from tests.builders import MORNING, a_rubric, a_tree, an_article
from tests.feeds.dialects.aggregators import BODY, BY_KEY, KEYS, items, texts
from tests.feeds.newsroom import FACTS, FEEDS
from tests.store.newsroom import LANGUAGES, Newsroom

TITLES = {"ru": "Мост откроют к осени, обещают", "kk": "Көпір күзде ашылады деп жоспар"}


@pytest.fixture
def newsroom(sqlite_store: Store, clock: SteppedClock) -> Newsroom:
    newsroom = Newsroom(sqlite_store, clock)
    clock.move_to(MORNING + timedelta(days=30))
    return newsroom


def take(
    newsroom: Newsroom, number: int, language: str = "ru", rubric: str = "politika"
) -> int:
    published_at = MORNING + timedelta(hours=number)
    return newsroom.take(
        an_article(
            f"a{number}",
            language=language,
            title=f"{TITLES[language]} {number}",
            body_html=BODY,
            published_at=published_at,
            modified_at=published_at,
            rubrics=(rubric,),
        )
    )


def addresses_of(newsroom: Newsroom) -> FeedAddresses:
    return FeedAddresses(FEEDS, newsroom.tree, LANGUAGES)


def made(newsroom: Newsroom, path: str) -> DialectDocument:
    addresses = addresses_of(newsroom)
    wanted = find_dialect(path, addresses)
    assert wanted is not None
    return dialect_document(newsroom.store, addresses, FACTS, wanted)


@pytest.mark.parametrize("key", KEYS)
def test_every_address_names_a_dialect_of_a_feed(newsroom: Newsroom, key: str) -> None:
    addresses = addresses_of(newsroom)

    def found(stem: str) -> DialectAddress | None:
        return find_dialect(f"/feeds/{stem}.{key}.xml", addresses)

    assert found("latest") == DialectAddress("", "", BY_KEY[key])
    assert found("novosti/politika.kk") == DialectAddress("politika", "kk", BY_KEY[key])
    assert found("nowhere") is None
    assert find_dialect("/feeds/latest.xml", addresses) is None
    assert find_dialect("/feeds/latest.rss", addresses) is None


def test_a_document_names_the_address_that_it_is_found_at(newsroom: Newsroom) -> None:
    take(newsroom, 1)
    root = etree.fromstring(
        made(newsroom, "/feeds/novosti/politika.ru.yandex.xml").body
    )

    link = root.find("channel/atom:link", root.nsmap)
    assert link is not None
    path = str(link.get("href")).removeprefix(FEEDS)
    assert find_dialect(path, addresses_of(newsroom)) is not None


@pytest.mark.parametrize("key", KEYS)
def test_the_newest_articles_of_a_rubric_and_below_are_shown(
    newsroom: Newsroom, key: str
) -> None:
    first, second = take(newsroom, 1), take(newsroom, 2, rubric="vektor")
    take(newsroom, 3, rubric="sport")

    document = made(newsroom, f"/feeds/novosti.ru.{key}.xml")

    assert document.shown == (second, first)
    assert len(items(etree.fromstring(document.body))) == 2
    assert document.media_type == "application/rss+xml; charset=utf-8"


def test_the_same_state_gives_the_same_bytes_and_validators(newsroom: Newsroom) -> None:
    take(newsroom, 1)
    before = made(newsroom, "/feeds/latest.yandex.xml")
    newsroom.clock.move(timedelta(days=3))

    assert made(newsroom, "/feeds/latest.yandex.xml") == before

    take(newsroom, 2)
    after = made(newsroom, "/feeds/latest.yandex.xml")
    assert after.validators != before.validators
    assert after.validators.modified_at == MORNING + timedelta(hours=2)


def test_a_dialect_of_one_language_is_in_the_main_one_unless_asked(
    newsroom: Newsroom,
) -> None:
    russian, kazakh = take(newsroom, 1), take(newsroom, 2, language="kk")

    assert made(newsroom, "/feeds/latest.msn.xml").shown == (russian,)
    assert made(newsroom, "/feeds/latest.kk.msn.xml").shown == (kazakh,)
    assert made(newsroom, "/feeds/latest.yandex.xml").shown == (kazakh, russian)


def test_withdrawn_articles_move_the_date_of_the_feed(newsroom: Newsroom) -> None:
    take(newsroom, 1)
    gone = Withdrawn(
        uid="tag:gazeta.example,2025-01-01:article:9",
        url="https://gazeta.example/ru/9",
        title="Снято",
        withdrawn_at=MORNING + timedelta(hours=5),
    )
    wanted = DialectAddress("", "ru", BY_KEY["smartnews"])

    document = dialect_document(
        newsroom.store, addresses_of(newsroom), FACTS, wanted, withdrawn=[gone]
    )

    assert document.validators.modified_at == gone.withdrawn_at
    assert texts(items(etree.fromstring(document.body))[0], "guid") == [gone.uid]


@pytest.mark.parametrize("key", KEYS)
def test_an_empty_store_has_every_document(newsroom: Newsroom, key: str) -> None:
    document = made(newsroom, f"/feeds/latest.{key}.xml")

    assert document.shown == ()
    assert etree.fromstring(document.body).tag == "rss"


def test_a_closed_rubric_has_no_dialects(newsroom: Newsroom) -> None:
    tree = a_tree(a_rubric("novosti"), a_rubric("sport", is_closed=True))
    newsroom.plant(tree)
    wanted = DialectAddress("sport", "", BY_KEY["yandex"])

    with pytest.raises(RubricError, match='"sport" is closed'):
        dialect_document(newsroom.store, addresses_of(newsroom), FACTS, wanted)


def test_an_unknown_rubric_has_no_articles_but_a_reason(newsroom: Newsroom) -> None:
    with pytest.raises(RubricError, match="did you mean"):
        newest_articles(newsroom.store, newsroom.tree, "sporst", "", 10)


def test_the_sitemap_holds_the_news_of_two_days(newsroom: Newsroom) -> None:
    take(newsroom, 1)
    recent = [take(newsroom, number) for number in (40, 70)]

    document = sitemap_document(newsroom.store, newsroom.tree, FACTS)

    assert document.shown == tuple(reversed(recent))
    assert len(etree.fromstring(document.body)) == 2
    assert document.media_type == "application/xml; charset=utf-8"


def test_the_sitemap_of_a_language_holds_it_alone(newsroom: Newsroom) -> None:
    take(newsroom, 1)
    kazakh = take(newsroom, 2, language="kk")

    document = sitemap_document(newsroom.store, newsroom.tree, FACTS, language="kk")

    assert document.shown == (kazakh,)
    assert (
        sitemap_document(
            newsroom.store, newsroom.tree, FACTS, now=MORNING + timedelta(days=9)
        ).shown
        == ()
    )
