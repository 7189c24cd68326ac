"""The catalogue leads people and programs to the feed they want."""

import json
from dataclasses import replace

import pytest
from lxml.etree import fromstring

from publisher.model.rubric import RubricTree
from tests.builders import a_rubric
from tests.web.client import Client
from tests.web.page import Page, words
from tests.web.site import BASE_URL, Site, statements

RSS, ATOM, JSON = (
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
)


@pytest.mark.parametrize(
    ("path", "language", "heading"),
    [
        ("/", "ru", "У каждой рубрики — своя лента"),
        ("/ru/", "ru", "У каждой рубрики — своя лента"),
        ("/kk/", "kk", "Әр айдардың өз таспасы бар"),
    ],
)
async def test_there_is_a_page_in_every_language(
    reader: Client, path: str, language: str, heading: str
) -> None:
    page = Page.of(await reader.get(path))

    assert (page.language, page.heading) == (language, heading)


async def test_the_interface_speaks_english_where_the_newspaper_does(
    lasting_site: Site,
) -> None:
    languages = ("ru", "kk", "en")
    facts = replace(lasting_site.parts.facts, languages=languages)
    addresses = replace(lasting_site.parts.addresses, languages=languages)
    parts = replace(lasting_site.parts, facts=facts, addresses=addresses)

    page = Page.of(
        await Site(lasting_site.newsroom, parts, lasting_site.builder).client.get(
            "/en/"
        )
    )

    assert (page.language, page.heading) == ("en", "A feed for every rubric")


async def test_every_open_rubric_is_listed_with_every_format(
    lasting_site: Site,
) -> None:
    page = Page.of(await lasting_site.client.get("/kk/"))

    links = [str(a.get("href")) for a in page.root.iter("a")]
    for rubric in lasting_site.newsroom.tree:
        path = lasting_site.newsroom.tree.path(rubric.key)
        assert f"/kk/rubrics/{path}" in links
        for ending in ("rss", "atom", "json"):
            assert f"{BASE_URL}/feeds/{path}.kk.{ending}" in links
            answer = await lasting_site.client.get(f"/feeds/{path}.kk.{ending}")
            assert answer.status == 200


async def test_the_page_points_to_its_feeds_rss_first(reader: Client) -> None:
    answer = await reader.get("/kk/")

    expected = [
        (kind, f"{BASE_URL}/feeds/latest.kk.{ending}")
        for kind, ending in ((RSS, "rss"), (ATOM, "atom"), (JSON, "json"))
    ]
    assert Page.of(answer).alternates() == expected
    assert answer["link"] == ", ".join(
        f'<{url}>; rel="alternate"; type="{kind}"' for kind, url in expected
    )


async def test_the_newest_article_is_dated_in_the_newsrooms_zone(
    reader: Client,
) -> None:
    page = Page.of(await reader.get("/ru/"))

    lines = [words(p) for p in page.all("p") if p.get("class") == "newest"]
    assert lines[0] == "сегодня, 08:00"
    assert "статей пока нет" in lines


async def test_dates_are_read_once_for_every_change(site: Site) -> None:
    client = site.client
    await client.get("/ru/")

    with statements(site.newsroom.store) as seen:
        await client.get("/ru/")

    assert seen == []


async def test_a_newspaper_without_rubrics_says_so(
    empty_site: Site,
) -> None:
    bare = empty_site.replant(RubricTree(()))
    closed = RubricTree(
        tuple(replace(rubric, is_closed=True) for rubric in bare.newsroom.tree)
    )

    page = Page.of(await empty_site.replant(closed).client.get("/ru/"))

    assert "Рубрик пока нет." in page.text


async def test_a_closed_rubric_is_not_listed_but_what_is_open_below_it_is(
    site: Site,
) -> None:
    closed = site.replant(site.closed("politika"))

    links = Page.of(await closed.client.get("/ru/")).links()

    assert "Политика" not in links
    assert links["Международный вектор"].endswith("/politika/mezhdunarodnyi-vektor")


async def test_names_from_the_configuration_are_only_text(site: Site) -> None:
    name = '<img src=x onerror=alert(1)> "Рубрика"'
    tree = RubricTree(
        (*site.newsroom.tree, a_rubric("evil", names={"ru": name, "kk": name}))
    )

    answer = await site.replant(tree).client.get("/ru/")

    assert "<img" not in answer.text
    assert name in Page.of(answer).links()


async def test_opml_is_nested_like_the_rubrics(reader: Client) -> None:
    answer = await reader.get("/kk/feeds.opml")

    assert answer["content-type"] == "text/x-opml; charset=utf-8"
    root = fromstring(answer.body)
    urls = [str(o.get("xmlUrl")) for o in root.iter("outline") if o.get("xmlUrl")]
    assert f"{BASE_URL}/feeds/novosti/politika.kk.rss" in urls
    assert all(".kk." in url for url in urls)


async def test_the_whole_opml_has_every_language(reader: Client) -> None:
    root = fromstring((await reader.get("/feeds.opml")).body)

    urls = {str(o.get("xmlUrl")) for o in root.iter("outline")}
    assert {f"{BASE_URL}/feeds/sport{part}.rss" for part in ("", ".ru", ".kk")} <= urls


async def test_json_lists_every_feed_for_programs(reader: Client) -> None:
    answer = await reader.get("/feeds.json")

    assert answer["content-type"] == "application/json"
    assert answer["access-control-allow-origin"] == "*"
    listed = json.loads(answer.body)
    assert listed["version"] == 1
    assert {feed["language"] for feed in listed["feeds"]} == {None, "ru", "kk"}


async def test_closed_rubrics_are_in_no_list(site: Site) -> None:
    client = site.replant(site.closed("sport")).client

    for path in ("/feeds.opml", "/feeds.json", "/ru/feeds.opml"):
        assert "sport.ru" not in (await client.get(path)).text


@pytest.mark.parametrize("path", ["/feeds", "/ru"])
async def test_near_misses_lead_to_the_catalogue(reader: Client, path: str) -> None:
    assert (await reader.get(path)).status == 307


async def test_pages_may_be_kept_for_a_minute(reader: Client) -> None:
    assert (await reader.get("/ru/"))["cache-control"] == "public, max-age=60"


async def test_below_a_prefix_every_link_keeps_it(lasting_site: Site) -> None:
    facts = replace(lasting_site.parts.facts, base_url=f"{BASE_URL}/news")
    parts = replace(lasting_site.parts, facts=facts)

    page = Page.of(
        await Site(lasting_site.newsroom, parts, lasting_site.builder).client.get(
            "/ru/"
        )
    )

    ours = [
        str(a.get("href")) for a in page.root.iter("a") if a.get("href", "")[0] == "/"
    ]
    assert ours
    assert all(link.startswith("/news/") for link in ours)
