"""Feed addresses of a site that was here before lead to the feeds of today."""

from dataclasses import replace

import pytest

from publisher.feeds.old_addresses import OldFeed
from publisher.model.feed import FeedFormat
from tests.web.client import Client
from tests.web.site import BASE_URL, Site

OLD = (
    OldFeed(path="/feed/", language="ru"),
    OldFeed(path="/feed/atom/", language="ru", format=FeedFormat.ATOM),
    OldFeed(path="/?feed=rss2", language="ru"),
    OldFeed(path="/category/{rubric}/feed/", language="ru"),
    OldFeed(path="/category/society/feed/", rubric_key="obshchestvo"),
    OldFeed(path="/rss.xml", language="kk", is_redirect=False),
    OldFeed(path="/{rubric}/index.rss", is_redirect=False),
    OldFeed(path="/?feed=rss2&cat=5", rubric_key="politika", language="ru"),
)


@pytest.fixture
def old_client(lasting_site: Site) -> Client:
    parts = replace(lasting_site.parts, old_feeds=OLD)
    return Client(Site(lasting_site.newsroom, parts, lasting_site.builder).app)


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("/feed/", "/feeds/latest.ru.rss"),
        ("/feed", "/feeds/latest.ru.rss"),
        ("/feed/?withoutcomments=1", "/feeds/latest.ru.rss"),
        ("/feed/atom/", "/feeds/latest.ru.atom"),
        ("/?feed=rss2", "/feeds/latest.ru.rss"),
        ("/?feed=rss2&paged=2", "/feeds/latest.ru.rss"),
        ("/?cat=5&feed=rss2", "/feeds/novosti/politika.ru.rss"),
        ("/category/sport/feed/", "/feeds/sport.ru.rss"),
        ("/category/novosti/politika/feed/", "/feeds/novosti/politika.ru.rss"),
        ("/category/POLITIKA/feed", "/feeds/novosti/politika.ru.rss"),
        (
            "/category/mezhdunarodnyi-vektor/feed/",
            "/feeds/novosti/politika/mezhdunarodnyi-vektor.ru.rss",
        ),
        ("/category/society/feed/", "/feeds/novosti/obshchestvo.rss"),
    ],
)
async def test_an_old_address_leads_to_the_feed_at_once(
    old_client: Client, asked: str, path: str
) -> None:
    answer = await old_client.get(asked)

    assert (answer.status, answer["location"]) == (301, BASE_URL + path)
    assert (await old_client.get(path)).status == 200


@pytest.mark.parametrize(
    "asked", ["/category/none/feed/", "/feeds/latest.ru.rss", "/", "/?feed=atom", "/x"]
)
async def test_everything_else_is_answered_as_before(
    old_client: Client, lasting_site: Site, asked: str
) -> None:
    answer = await old_client.get(asked)

    plain = await Client(lasting_site.app).get(asked)
    assert (answer.status, answer.body) == (plain.status, plain.body)


async def test_an_address_may_stay_where_it_was(old_client: Client) -> None:
    there, here = (
        await old_client.get("/rss.xml"),
        await old_client.get("/feeds/latest.kk.rss"),
    )

    assert there.status == 200
    assert there.body == here.body
    assert there["etag"] == here["etag"]
    again = await old_client.get("/rss.xml", **{"if-none-match": there["etag"]})
    assert (again.status, again.body) == (304, b"")
    assert (await old_client.head("/rss.xml")).status == 200


async def test_a_placeholder_may_answer_in_place(old_client: Client) -> None:
    answer = await old_client.get("/sport/index.rss")

    assert answer.body == (await old_client.get("/feeds/sport.rss")).body


async def test_a_closed_rubric_says_so_after_one_step(site: Site) -> None:
    closed = site.replant(site.closed("sport"))
    parts = replace(closed.parts, old_feeds=OLD)
    client = Client(Site(closed.newsroom, parts, closed.builder).app)

    answer = await client.get("/category/sport/feed/")

    assert answer.status == 301
    assert (await client.get(answer["location"].removeprefix(BASE_URL))).status == 410


async def test_a_form_is_never_redirected(old_client: Client) -> None:
    assert (await old_client.post("/feed/")).status == 404
