"""The news sitemap names the news of two days, each page of our own site once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from publisher.feeds.dialects.sitemap import MOST, news_sitemap
from publisher.model.article import Article
from tests.feeds.dialects.aggregators import NAMES
from tests.feeds.newsroom import FACTS, NOON, SITE, TREE, a_kazakh_article, an_article

IN_ORDER = ["loc", "lastmod", "news"]
IN_NEWS = ["publication", "publication_date", "title"]


def sitemap(*articles: Article, now: datetime | None = None) -> etree._Element:
    return etree.fromstring(news_sitemap(articles, TREE, FACTS, now=now))


def pages(root: etree._Element) -> list[str]:
    return [element.text or "" for element in root.findall("site:url/site:loc", NAMES)]


def local(elements: etree._Element) -> list[str]:
    return [etree.QName(element).localname for element in elements]


def test_every_page_has_what_the_form_asks_for_and_nothing_else() -> None:
    root = sitemap(an_article(), a_kazakh_article())

    assert etree.QName(root) == etree.QName(NAMES["site"], "urlset")
    assert root.nsmap == {None: NAMES["site"], "news": NAMES["news"]}
    for url in root:
        assert etree.QName(url) == etree.QName(NAMES["site"], "url")
        assert local(url) == IN_ORDER
        assert local(url[2]) == IN_NEWS
        assert local(url[2][0]) == ["name", "language"]
        assert all(
            (element.text or "").strip() for element in url.iter() if not len(element)
        )


def test_names_languages_and_dates_are_the_articles_own() -> None:
    root = sitemap(an_article(), a_kazakh_article())

    def said(name: str) -> list[str]:
        return [
            element.text or "" for element in root.iterfind(f".//news:{name}", NAMES)
        ]

    assert said("name") == ["Степная газета", "Дала газеті"]
    assert said("language") == ["ru", "kk"]
    assert said("publication_date") == [
        "2025-04-28T06:00:00+00:00",
        "2025-04-28T05:00:00+00:00",
    ]
    assert said("title")[0] == "Мост через Тобол строят по графику, этап 1"
    modified = root.findall("site:url/site:lastmod", NAMES)
    assert modified[0].text == "2025-04-28T06:20:00+00:00"


def test_two_days_are_counted_from_the_newest_article() -> None:
    newest = an_article(1, published_at=NOON)
    edge = an_article(2, published_at=NOON - timedelta(days=2))
    older = an_article(3, published_at=NOON - timedelta(days=2, seconds=1))

    assert pages(sitemap(older, newest, edge)) == [newest.url, edge.url]


def test_or_from_the_moment_that_is_given() -> None:
    articles = [an_article(1, published_at=NOON), an_article(2, published_at=NOON)]

    assert pages(sitemap(*articles, now=NOON + timedelta(days=3))) == []
    assert pages(sitemap(*articles, now=NOON - timedelta(seconds=1))) == []
    assert len(pages(sitemap(*articles, now=NOON))) == 2


def test_there_are_at_most_a_thousand_pages_the_newest_ones() -> None:
    many = [
        an_article(n, published_at=NOON - timedelta(seconds=n))
        for n in range(1, MOST + 11)
    ]

    found = pages(sitemap(*many))

    assert found == [f"{SITE}/ru/most-{n}" for n in range(1, MOST + 1)]


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://other.example/ru/most"},
        {"url": "javascript:x"},
        {"uid": ""},
        {"body_html": None},
        {"published_at": None},
    ],
    ids=str,
)
def test_pages_elsewhere_and_broken_articles_stay_out(changes: dict[str, Any]) -> None:
    good = an_article(1)

    assert pages(sitemap(good, an_article(2, **changes))) == [good.url]


def test_a_page_stands_once() -> None:
    assert pages(sitemap(an_article(1), an_article(2, url=an_article(1).url))) == [
        an_article(1).url
    ]


def test_a_site_without_articles_has_an_empty_sitemap() -> None:
    assert len(sitemap()) == 0


def test_the_same_articles_in_any_order_give_the_same_bytes() -> None:
    articles = [an_article(n) for n in range(1, 6)]

    assert news_sitemap(articles, TREE, FACTS) == news_sitemap(
        articles[::-1], TREE, FACTS
    )
