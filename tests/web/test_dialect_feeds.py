"""Dialects are served where they are switched on, and follow their feeds."""

from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from publisher.feeds.dialects.offered import Make
from publisher.feeds.dialects.publishing import (
    SITEMAP_PATH,
    DialectDocument,
    document_at,
)
from publisher.feeds.dialects.registry import DIALECTS
from publisher.model.rubric import RubricTree
from publisher.model.window import Window
from publisher.web.dialects import DialectFeeds
from tests.builders import a_picture, an_article
from tests.web.client import Client
from tests.web.site import BASE_URL, Site, statements

KEYS = [dialect.key for dialect in DIALECTS]
YANDEX = "/feeds/latest.ru.yandex.xml"
SMARTNEWS = "/feeds/latest.ru.smartnews.xml"


@pytest.fixture
def served(site: Site) -> Site:
    """Return the newspaper with every dialect switched on."""
    parts = replace(site.parts, dialects=frozenset(KEYS), has_news_sitemap=True)
    return Site(site.newsroom, parts, site.builder)


def publish(site: Site, key: str, **changes: object) -> None:
    newsroom = site.newsroom
    now = newsroom.clock.move(timedelta(minutes=1))
    newsroom.take(an_article(key, **{"published_at": now, **changes}))  # type: ignore[arg-type]
    site.build()


@pytest.mark.parametrize("key", KEYS)
async def test_a_dialect_is_what_the_command_prints(served: Site, key: str) -> None:
    path = f"/feeds/novosti.ru.{key}.xml"
    answer = await served.client.get(path)

    parts = served.parts
    made = document_at(parts.store, parts.addresses, parts.facts, path)
    assert made is not None
    assert (answer.status, answer.body) == (200, made.body)
    assert answer["content-type"] == made.media_type
    assert answer["access-control-allow-origin"] == "*"
    assert etree.fromstring(answer.body) is not None


async def test_the_news_sitemap_is_served(served: Site) -> None:
    answer = await served.client.get(SITEMAP_PATH)

    assert answer.status == 200
    assert b"<urlset" in answer.body


async def test_who_has_it_is_told_so_without_the_store(served: Site) -> None:
    client = served.client
    first = await client.get(YANDEX)

    with statements(served.newsroom.store) as seen:
        again = await client.get(YANDEX, **{"if-none-match": first["etag"]})
        whole = await client.get(YANDEX)

    assert seen == []
    assert (again.status, again.body) == (304, b"")
    assert whole.body == first.body


async def test_it_follows_its_feed(served: Site) -> None:
    client = Client(served.app)
    before = await client.get(YANDEX)
    publish(served, "one", title="Новость")

    after = await client.get(YANDEX)

    assert before["etag"] != after["etag"]
    assert "Новость".encode() in after.body
    assert "Новость".encode() not in before.body


async def test_a_withdrawn_article_is_told_to_who_listens(served: Site) -> None:
    client = Client(served.app)
    publish(served, "one", title="Новость")
    before = await client.get(SMARTNEWS)
    publish(served, "one", title="Новость", is_withdrawn=True)

    after = await client.get(SMARTNEWS)

    assert b"deleted" not in before.body
    assert b"deleted" in after.body


@pytest.mark.parametrize(
    "changes",
    [{"is_withdrawn": True}, {"rubrics": ("sport",)}, {"picture": a_picture()}],
)
async def test_who_asks_by_date_gets_what_is_no_news_as_well(
    served: Site, changes: dict[str, object]
) -> None:
    path, client = "/feeds/novosti.ru.yandex.xml", Client(served.app)
    publish(served, "one", title="Новость")
    at = served.newsroom.clock.now()
    before = await client.get(path)
    publish(served, "one", title="Новость", published_at=at, **changes)

    after = await client.get(path, **{"if-modified-since": before["last-modified"]})

    assert (await client.get(path)).body != before.body
    assert after.status == 200


async def test_it_follows_articles_that_its_feed_shows_no_more(
    served: Site,
) -> None:
    path = "/feeds/novosti.ru.yandex.xml"
    window = Window(items=1, span=timedelta(0), returning=0)
    site = Site(served.newsroom, served.parts, replace(served.builder, window=window))
    publish(site, "one", title="Новость", picture=a_picture())
    at = site.newsroom.clock.now()
    publish(site, "two", title="Ещё одна")
    feed = await site.client.get("/feeds/novosti.ru.rss")
    before = await site.client.get(path)

    other = a_picture(url="https://gazeta.example/other.jpg")
    publish(site, "one", title="Новость", published_at=at, picture=other)

    dated = {"if-modified-since": before["last-modified"]}
    after = await site.client.get(path, **dated)
    assert (await site.client.get("/feeds/novosti.ru.rss")).headers == feed.headers
    assert b"other.jpg" in after.body
    assert before["etag"] != after["etag"]


async def test_a_dialect_may_be_compressed(served: Site) -> None:
    answer = await served.client.get(YANDEX, **{"accept-encoding": "gzip"})

    assert answer["content-encoding"] == "gzip"
    assert answer["etag"] != (await served.client.get(YANDEX))["etag"]


async def test_a_head_has_no_body(served: Site) -> None:
    answer = await served.client.head(YANDEX)

    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [YANDEX, SITEMAP_PATH, "/feeds/latest.ru.rambler.xml", "/feeds/none.yandex.xml"],
)
async def test_what_is_not_switched_on_is_not_there(site: Site, path: str) -> None:
    assert (await site.client.get(path)).status == 404


def making(site: Site, make: Make) -> DialectFeeds:
    """Return what serves dialects made so, with nothing behind it."""

    async def nothing(*_: object) -> None:
        """Stand for the application behind it."""

    return DialectFeeds(
        nothing,
        make=make,
        store=site.parts.store,
        index=site.parts.index,
        addresses=site.parts.addresses,
        switched_on=frozenset(KEYS),
        has_sitemap=False,
        max_age=site.parts.max_age,
    )


def in_every_dialect(site: Site) -> Client:
    parts = replace(site.parts, dialects=frozenset(KEYS))
    return Client(Site(site.newsroom, parts, site.builder).app)


async def test_a_closed_rubric_is_gone_in_every_dialect(served: Site) -> None:
    client = in_every_dialect(served.replant(served.closed("sport")))

    assert (await client.get("/feeds/sport.ru.yandex.xml")).status == 410


@pytest.mark.parametrize("key", KEYS)
async def test_where_a_rubric_has_moved_its_dialects_lead(
    served: Site, key: str
) -> None:
    rubrics = [
        replace(rubric, slug="vlast") if rubric.key == "politika" else rubric
        for rubric in served.newsroom.tree
    ]
    client = in_every_dialect(served.replant(RubricTree(tuple(rubrics))))

    answer = await client.get(f"/feeds/novosti/politika.kk.{key}.xml")
    short = await client.get(f"/feeds/novosti/politika/short.kk.{key}.xml")

    assert answer.status == 301
    assert answer["location"] == f"{BASE_URL}/feeds/novosti/vlast.kk.{key}.xml"
    assert short.status == 404


async def test_only_feeds_in_full_have_dialects(served: Site) -> None:
    assert (await served.client.get("/feeds/latest/short.ru.yandex.xml")).status == 404


async def test_a_store_that_fails_is_a_matter_of_asking_again(
    empty_site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    def make(_: str) -> DialectDocument | None:
        msg = "the disk is full"
        raise OSError(msg)

    answer = await Client(making(empty_site, make)).get(YANDEX)

    assert (answer.status, answer["retry-after"]) == (503, "60")
    assert f"dialect.failed path={YANDEX}" in caplog.text


async def test_what_cannot_be_made_anew_is_served_as_it_was(
    served: Site, caplog: pytest.LogCaptureFixture
) -> None:
    parts, is_broken = served.parts, False

    def make(path: str) -> DialectDocument | None:
        if is_broken:
            msg = "the disk is full"
            raise OSError(msg)
        return document_at(parts.store, parts.addresses, parts.facts, path)

    client = Client(making(served, make))
    before = await client.get(YANDEX)
    publish(served, "one", title="Новость")
    is_broken = True

    after = await client.get(YANDEX)
    never_made = await client.get(SMARTNEWS)

    assert (after.status, after.body) == (200, before.body)
    assert "dialect.failed" in caplog.text
    assert (never_made.status, never_made["retry-after"]) == (503, "60")
