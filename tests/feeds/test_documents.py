"""Joining kept fragments gives, to the byte, what feedgen prints for the whole feed."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from publisher.feeds.documents import assemble, namespaces_in
from publisher.feeds.entries import entry_of
from publisher.feeds.feedgen_door import document_markup, feedgen_entry, feedgen_feed
from publisher.feeds.markup import NAMESPACES
from publisher.model.article import Article
from publisher.model.feed import FORMATS, FeedFormat, Variant
from tests.feeds.newsroom import (
    FACTS,
    FULL,
    NOON,
    SITE,
    TREE,
    a_head,
    a_kazakh_article,
    an_article,
    rendered_all,
)
from tests.feeds.reading import NAMES, parsed

XML_FORMATS = (FeedFormat.RSS, FeedFormat.ATOM)


def mixed_articles(count: int) -> list[Article]:
    """Return plain, full, Kazakh and nasty articles in turns."""
    nasty = {"title": "<b>&\x00]]>", "lead": "&#x3C; < &", "body_html": "<p>]]></p>"}
    kinds: list[dict[str, Any]] = [{}, FULL, nasty, {"comments_url": f"{SITE}/c"}]
    return [
        a_kazakh_article(number)
        if number % 5 == 0
        else an_article(number, **kinds[number % len(kinds)])
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize("form", XML_FORMATS)
@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_a_document_is_what_feedgen_prints_for_the_whole_feed(
    form: FeedFormat, count: int
) -> None:
    head, articles = replace(a_head(), style_url=""), mixed_articles(count)
    fragments = rendered_all(articles, form)

    document = assemble(head, form, fragments)

    whole = feedgen_feed(head, form, namespaces_in(fragments, form))
    for article in articles:
        entry = entry_of(article, TREE, FACTS)
        whole.add_entry(feedgen_entry(entry, form), order="append")
    assert document == document_markup(whole, form)


@pytest.mark.parametrize("form", XML_FORMATS)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"picture": FULL["picture"]},
        {"comments_url": f"{SITE}/c", "comment_count": 0},
        {"comments_url": f"{SITE}/c"},
        {"body_html": "<p>&lt;media:content&gt; &lt;slash:comments&gt;</p>"},
        {"rights": "<slash:comments></item>", "tags": ("<media:content>",)},
        FULL,
    ],
    ids=lambda changes: "+".join(changes) or "plain",
)
def test_exactly_the_namespaces_that_are_used_are_declared(
    form: FeedFormat, changes: dict[str, Any]
) -> None:
    fragments = rendered_all([an_article(1), an_article(2, **changes)], form)

    root = etree.fromstring(assemble(a_head(), form, fragments))

    declared = {p for p in root.nsmap if p is not None} & set(NAMESPACES[form])
    used = {
        element.prefix
        for element in root.iter("*")
        if element.prefix in NAMESPACES[form]
    }
    assert declared == used
    assert all(element.nsmap == root.nsmap for element in root.iter("*"))


def test_an_empty_feed_declares_nothing_it_does_not_use() -> None:
    assert namespaces_in([], FeedFormat.RSS) == {}
    assert namespaces_in([], FeedFormat.ATOM) == {}


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_feed_is_a_valid_feed(form: FeedFormat) -> None:
    document = assemble(a_head(), form, [])

    if form is FeedFormat.JSON:
        assert json.loads(document)["items"] == []
    else:
        assert parsed(document, form).feed.title == "Новости — Степная газета"


@pytest.mark.parametrize("form", XML_FORMATS)
def test_a_document_says_that_it_is_utf8_and_has_no_line_of_its_own(
    form: FeedFormat,
) -> None:
    head = a_head()
    document = assemble(head, form, rendered_all([an_article()], form))

    style = f'<?xml-stylesheet type="text/css" href="{head.style_url}"?>'.encode()
    begins = b"<?xml version='1.0' encoding='UTF-8'?>\n" + style + b"\n<"
    assert document.startswith(begins)
    assert document.decode("utf-8").count("\n") == 2


def test_a_json_feed_has_every_part_of_its_head() -> None:
    head = a_head("kk", "politika")
    head = replace(
        head,
        prev_archives={FeedFormat.JSON: "https://feeds.gazeta.example/a.json"},
        ttl=timedelta(minutes=10),
    )

    feed = json.loads(assemble(head, FeedFormat.JSON, []))

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == head.title
    assert feed["home_page_url"] == head.home_url
    assert feed["feed_url"] == head.urls[FeedFormat.JSON]
    assert feed["description"] == "Облыс жаңалықтары"
    assert feed["next_url"] == "https://feeds.gazeta.example/a.json"
    assert feed["icon"] == f"{SITE}/logo.png"
    assert feed["favicon"] == f"{SITE}/icon.png"
    assert feed["authors"] == [{"name": "Дала газеті", "url": SITE}]
    assert feed["language"] == "kk"
    assert feed["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]
    more = feed["_publisher"]
    assert more["id"] == head.uid
    assert more["updated"] == NOON.isoformat()
    assert more["ttl_minutes"] == 10
    assert more["alternates"] == [
        {"url": head.urls[FeedFormat.RSS], "type": "application/rss+xml"},
        {"url": head.urls[FeedFormat.ATOM], "type": "application/atom+xml"},
        {
            "url": head.alternates["ru"][FeedFormat.JSON],
            "type": "application/feed+json",
            "language": "ru",
        },
    ]


@pytest.mark.parametrize("form", XML_FORMATS)
def test_the_head_links_hubs_archive_and_alternates(form: FeedFormat) -> None:
    archive = f"https://feeds.gazeta.example/feeds/novosti.ru/archive/2025-03.{form}"
    head = replace(a_head(), prev_archives={form: archive})

    root = etree.fromstring(assemble(head, form, []))

    path = "channel/a:link" if form is FeedFormat.RSS else "a:link"
    links = [
        (link.get("rel"), link.get("type"), link.get("hreflang"), link.get("href"))
        for link in root.findall(path, NAMES)
    ]
    [other] = [o for o in XML_FORMATS if o is not form]
    assert links == [
        ("self", form.link_type, None, head.urls[form]),
        ("alternate", "text/html", None, head.home_url),
        ("alternate", other.link_type, None, head.urls[other]),
        ("alternate", "application/feed+json", None, head.urls[FeedFormat.JSON]),
        ("alternate", form.link_type, "kk", head.alternates["kk"][form]),
        ("alternate", "text/html; charset=utf-8", None, head.home_url),
        ("related", form.link_type, None, head.variants[Variant.SHORT][form]),
        ("hub", None, None, "https://hub.example/"),
        ("prev-archive", form.link_type, None, archive),
    ]


@pytest.mark.parametrize(
    ("logo", "icon", "expected"),
    [
        (f"{SITE}/logo.png", f"{SITE}/icon.gif", f"{SITE}/logo.png"),
        ("", f"{SITE}/icon.jpg", f"{SITE}/icon.jpg"),
        (f"{SITE}/logo.svg", "", None),
        ("", "", None),
    ],
)
def test_rss_names_a_raster_image_only(
    logo: str, icon: str, expected: str | None
) -> None:
    head = replace(a_head(), logo_url=logo, icon_url=icon)

    channel = etree.fromstring(assemble(head, FeedFormat.RSS, []))[0]

    assert channel.findtext("image/url") == expected
    if expected is not None:
        assert channel.findtext("image/title") == channel.findtext("title")
        assert channel.findtext("image/link") == channel.findtext("link")


@pytest.mark.parametrize("form", XML_FORMATS)
def test_the_first_and_the_last_alternate_are_the_page_itself(form: FeedFormat) -> None:
    """Readers that take either must open it, not a translation or another feed."""
    head, article = a_head(), an_article(**FULL)

    root = etree.fromstring(assemble(head, form, rendered_all([article], form)))

    [element] = root.findall(
        "channel/item" if form is FeedFormat.RSS else "a:entry", NAMES
    )
    for parent, page in ((element.getparent(), head.home_url), (element, article.url)):
        assert parent is not None
        pages = [
            link.get("href")
            for link in parent.findall("a:link", NAMES)
            if link.get("rel") == "alternate"
        ]
        assert len(pages) > 2
        assert pages[0] == pages[-1] == page
        assert pages.count(page) == 2
