"""A rubric's page shows its latest articles and how they come by themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from publisher.clock import SteppedClock
from publisher.model.article import Byline, Picture
from publisher.model.rubric import RubricTree
from publisher.store import Store
from tests.builders import MORNING, a_picture, a_tree, an_article
from tests.web.client import Client
from tests.web.page import Page, words
from tests.web.site import BASE_URL, SITE_URL, Site

HOSTILE = '</h2><script>alert(1)</script><img src=x onerror=alert(2)> & "x"'


def headlines(page: Page) -> list[str]:
    return [words(h) for a in page.root.iter("article") for h in a.iter("h2")]


async def test_it_shows_the_articles_of_its_subtree_newest_first(
    reader: Client,
) -> None:
    page = Page.of(await reader.get("/ru/rubrics/novosti"))

    assert headlines(page) == [
        "Маслихат обсудил бюджет",
        "Мост через Есиль откроют к Наурызу",
    ]


async def test_it_shows_articles_of_its_own_language(reader: Client) -> None:
    page = Page.of(await reader.get("/kk/rubrics/novosti/obshchestvo"))

    assert page.heading == "Қоғам"
    assert headlines(page) == ["Есіл үстіндегі көпір Наурызға дейін ашылады"]


async def test_an_article_has_lead_byline_local_time_and_picture(
    reader: Client,
) -> None:
    page = Page.of(await reader.get("/ru/rubrics/novosti/obshchestvo"))

    (article,) = page.all("article")
    assert "Движение по новой переправе" in words(article)
    assert "Соб. инф., 07:00" in words(article)
    (picture,) = article.iter("img")
    assert picture.get("src") == a_picture().url
    assert picture.get("alt") == a_picture().alt
    assert page.links()["Мост через Есиль откроют к Наурызу"] == f"{SITE_URL}/ru/most"


async def test_pictures_from_elsewhere_are_not_loaded(site: Site) -> None:
    elsewhere = Picture(url="https://tracker.example/pixel.gif", alt="")
    own_cdn = Picture(url="https://img.gazeta.example/a.jpg", alt="Река")
    site.newsroom.take(an_article("a", rubrics=("sport",), picture=elsewhere))
    site.newsroom.take(an_article("b", rubrics=("sport",), picture=own_cdn))

    answer = await site.client.get("/ru/rubrics/sport")

    assert "tracker.example" not in answer.text
    assert own_cdn.url in answer.text
    assert "https://*.gazeta.example" in answer["content-security-policy"]


async def test_a_hostile_article_is_only_text(site: Site) -> None:
    site.newsroom.take(
        an_article(
            "x",
            rubrics=("sport",),
            title=HOSTILE,
            lead=HOSTILE,
            bylines=(Byline(HOSTILE),),
            picture=replace(a_picture(), alt=HOSTILE),
            url="javascript:alert(3)",
        )
    )

    answer = await site.client.get("/ru/rubrics/sport")

    page = Page.of(answer)
    assert page.all("script") == []
    assert "javascript:" not in answer.text
    assert [h for h in headlines(page) if h.startswith("</h2>")]
    names = [str(name) for e in page.root.iter() for name in e.attrib]
    assert not [name for name in names if name.startswith("on")]


async def test_discovery_goes_from_the_rubric_to_the_site(reader: Client) -> None:
    answer = await reader.get("/kk/rubrics/novosti/politika")

    urls = [url for _, url in Page.of(answer).alternates()]
    stems = ["novosti/politika", "novosti", "latest"]
    assert urls == [
        f"{BASE_URL}/feeds/{stem}.kk.{ending}"
        for stem in stems
        for ending in ("rss", "atom", "json")
    ]
    assert answer["link"].startswith(
        f'<{urls[0]}>; rel="alternate"; type="application/rss+xml", <{urls[1]}>'
    )


async def test_every_feed_a_page_points_to_has_a_title_of_its_own(
    reader: Client,
) -> None:
    page = Page.of(await reader.get("/ru/rubrics/novosti/politika"))

    titles = [link.get("title") for link in page.all("link") if link.get("title")]
    assert titles[0] == "Новости / Политика — Степной вестник (RSS)"
    assert len(set(titles)) == len(titles)


async def test_it_tells_where_it_stands_in_the_tree(reader: Client) -> None:
    links = Page.of(await reader.get("/ru/rubrics/novosti/politika")).links()

    assert links["Новости"] == "/ru/rubrics/novosti"
    assert links["Международный вектор"] == (
        "/ru/rubrics/novosti/politika/mezhdunarodnyi-vektor"
    )


async def test_the_same_page_is_offered_in_the_other_language(reader: Client) -> None:
    page = Page.of(await reader.get("/ru/rubrics/sport"))

    assert page.links()["Қазақ тілі"] == "/kk/rubrics/sport"
    (canonical,) = page.all("link", rel="canonical")
    assert canonical.get("href") == f"{BASE_URL}/ru/rubrics/sport"


async def test_without_a_language_it_is_in_the_main_one(reader: Client) -> None:
    page = Page.of(await reader.get("/rubrics/sport"))

    assert page.language == "ru"
    (canonical,) = page.all("link", rel="canonical")
    assert canonical.get("href") == f"{BASE_URL}/ru/rubrics/sport"


async def test_an_empty_rubric_invites_to_subscribe(reader: Client) -> None:
    page = Page.of(await reader.get("/ru/rubrics/sport"))

    assert "Здесь пока ничего не опубликовано." in page.text
    assert f"{BASE_URL}/feeds/sport.ru.rss" in page.text


async def test_it_shows_no_more_than_the_latest_twenty(site: Site) -> None:
    for number in range(25):
        site.newsroom.take(
            an_article(
                f"a{number}",
                title=f"Матч {number}",
                rubrics=("futbol",),
                published_at=MORNING + timedelta(minutes=number),
            )
        )

    page = Page.of(await site.client.get("/ru/rubrics/sport"))

    assert len(headlines(page)) == 20
    assert headlines(page)[0] == "Матч 24"


@pytest.mark.parametrize("stem", ["", "/ru", "/kk"])
async def test_an_old_address_leads_to_the_new_one(site: Site, stem: str) -> None:
    tree = RubricTree(
        tuple(replace(r, slug="vlast") if r.key == "politika" else r for r in a_tree())
    )
    client = site.replant(tree).client

    answer = await client.get(f"{stem}/rubrics/novosti/politika")

    assert answer.status == 301
    assert answer["location"] == f"{stem}/rubrics/novosti/vlast"
    assert (await client.get(answer["location"])).status == 200


async def test_a_closed_rubric_is_gone_in_the_readers_language(site: Site) -> None:
    client = site.replant(site.closed("sport")).client

    answer = await client.get("/kk/rubrics/sport")

    assert answer.status == 410
    assert Page.of(answer).heading == "Айдар жабылған"


@pytest.mark.parametrize("path", ["nope", "novosti/nope", "", "..%2f..", "%00"])
async def test_an_unknown_rubric_is_a_page_that_does_not_exist(
    reader: Client, path: str
) -> None:
    answer = await reader.get(f"/kk/rubrics/{path}")

    assert answer.status == 404
    assert Page.of(answer).heading == "Мұндай бет жоқ"


async def test_an_address_with_a_nul_is_no_page(
    store: Store, clock: SteppedClock
) -> None:
    site = Site.open(store, clock)

    answer = await site.client.get("/ru/rubrics/novosti%00")

    assert answer.status == 404
