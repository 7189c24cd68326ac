"""Articles made of real attacks and broken files go out as feeds that harm nobody.

Each hostile text stands in the body, which is cleaned as for every article, and in
every other place of an article. The collections are not ours to commit: where they are
absent these tests skip, and say what is missing.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from html.parser import HTMLParser
from itertools import islice
from typing import Any

import pytest
from lxml import etree
from typing_extensions import override

from publisher.errors import ArticleError
from publisher.feeds.comments import render_comments
from publisher.feeds.dialects.plain.reading import lint_document
from publisher.feeds.dialects.registry import DIALECTS
from publisher.feeds.dialects.rendering import compose
from publisher.feeds.dialects.sitemap import news_sitemap
from publisher.feeds.documents import assemble
from publisher.feeds.fragments import render_fragments
from publisher.model.article import Article, Byline, Link, Picture
from publisher.model.comment import Comment, IncomingComment
from publisher.model.feed import FORMATS, FeedFormat
from publisher.rendering.cleaning import clean_article_html
from publisher.sources.comment_cleaning import clean_comments
from publisher.store.comments import Discussion
from tests.builders import an_article as an_incoming_article
from tests.feeds.newsroom import FACTS, SITE, TREE, a_head, an_article
from tests.feeds.reading import read
from tests.feeds.rules import atom_findings, rss_findings
from tests.shared_data import shared_data

pytestmark = pytest.mark.slow

AT_ONCE = 8
"""Attacks in one article, so that thousands make hundreds of articles."""
LONGEST = 400
"""Letters of what stands in a field; the body gets the whole text."""
ACTIVE = {"script", "style", "object", "embed", "base", "meta", "link", "form", "svg"}
HARMLESS = re.compile(r"(?:https?://|mailto:|tel:)")


class Looking(HTMLParser):
    """Collects what would act in a reader's window."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag] if tag in ACTIVE else []
        for name, value in attrs:
            leads = name in {"href", "src"}
            if name.startswith("on") or (leads and not HARMLESS.match(value or "")):
                self.found.append(f"{tag} {name}={value}")


def attacks() -> Iterator[str]:
    """Yield each text of the collections, some of them many kilobytes long."""
    folder = shared_data("security")
    payloads = (folder / "xss-payloads.txt").read_bytes().decode("utf-8", "replace")
    naughty = json.loads((folder / "blns.json").read_text(encoding="utf-8"))
    lines = iter([*payloads.splitlines(), *naughty])
    while several := list(islice(lines, AT_ONCE)):
        yield "\n".join(several)
    headers = json.loads((folder / "header-injection.json").read_text("utf-8"))
    yield from (str(case["value"]) for case in headers)
    files = [
        *sorted((folder / "feedparser-sanitize").glob("*.xml")),
        *sorted(shared_data("hostile-import").iterdir()),
    ]
    for file in files:
        yield file.read_bytes().decode("utf-8", "surrogateescape")


def as_article(number: int, text: str) -> Article:
    """Return an article that has a text everywhere, its body cleaned as always."""
    try:
        body = clean_article_html(text, f"{SITE}/").html
    except ArticleError:  # Longer than any article may be: it never comes in.
        body = clean_article_html(text[:10_000], f"{SITE}/").html
    part = text[:LONGEST]
    return an_article(
        number,
        title=f"Новость {part}",
        lead=part,
        body_html=body,
        bylines=(Byline(part, f"{SITE}/{part}"),),
        picture=Picture(
            url=f"{SITE}/a.jpg", alt=part, caption=part, credit=part, length=1
        ),
        related=(Link(f"{SITE}/r", part, "ru"),),
        tags=(part, part[:20]),
        rights=part,
    )


@cache
def hostile_articles() -> tuple[Article, ...]:
    """Return all of them; about a thousand."""
    found = tuple(as_article(n, text) for n, text in enumerate(attacks(), start=1))
    assert len(found) > 800
    return found


@cache
def documents() -> dict[FeedFormat, bytes]:
    """Return one document of all hostile articles in each format."""
    made = [render_fragments(a, FORMATS, TREE, FACTS) for a in hostile_articles()]
    return {f: assemble(a_head(), f, [one[f] for one in made]) for f in FORMATS}


@pytest.mark.parametrize(
    ("form", "rules"),
    [(FeedFormat.RSS, rss_findings), (FeedFormat.ATOM, atom_findings)],
)
def test_feeds_of_hostile_articles_keep_the_rules(form: FeedFormat, rules: Any) -> None:  # noqa: ANN401 (a function of rules)
    assert rules(documents()[form]) == []


@pytest.mark.parametrize("form", FORMATS)
def test_our_own_lint_finds_nothing_broken_in_them(form: FeedFormat) -> None:
    assert {found.rule for found in lint_document(documents()[form])} <= {"large"}


def test_every_format_says_the_same_of_every_hostile_article() -> None:
    rss, atom, from_json = (read(documents()[form], form) for form in FORMATS)

    assert [one.uid for one in rss] == [one.uid for one in hostile_articles()]
    for one, other, third in zip(rss, atom, from_json, strict=True):
        assert one.uid == other.uid == third.uid
        assert one.title == other.title == third.title


def test_nothing_active_is_left_in_what_readers_show() -> None:
    document = json.loads(documents()[FeedFormat.JSON])
    for item in document["items"]:
        looking = Looking()
        looking.feed(item.get("content_html", ""))
        assert looking.found == []


@cache
def hostile_comments() -> dict[FeedFormat, bytes]:
    """Return one document of comments in each format, an attack in each comment."""
    article = an_article(uid="tag:gazeta.example,2025-01-01:article:1")
    said = tuple(
        IncomingComment(
            key=f"{number}",
            author=text[:LONGEST],
            published_at=article.published_at,
            body_html=text,
            url=text[:LONGEST] if number % 2 else "",
        )
        for number, text in enumerate(attacks(), start=1)
    )
    shown, unusable = clean_comments(
        an_incoming_article(comments=said), shift=timedelta()
    )
    assert len(shown) + len(unusable) == len(said)
    comments = tuple(
        Comment(
            id=number,
            article_id=article.id,
            uid=f"tag:gazeta.example,2025-01-01:comment:{one.key}",
            author=one.author,
            body_html=one.body_html,
            url=one.url,
            published_at=one.published_at,
            updated_at=one.published_at,
        )
        for number, one in enumerate(shown)
    )
    made = render_comments(Discussion({article.id: article}, comments))
    assert len(made[FeedFormat.RSS]) > 700
    return {f: assemble(a_head(), f, list(made[f].values())) for f in FORMATS}


@pytest.mark.parametrize(
    ("form", "rules"),
    [(FeedFormat.RSS, rss_findings), (FeedFormat.ATOM, atom_findings)],
)
def test_feeds_of_hostile_comments_keep_the_rules(form: FeedFormat, rules: Any) -> None:  # noqa: ANN401 (a function of rules)
    assert rules(hostile_comments()[form]) == []


def test_hostile_comments_say_the_same_in_every_format_and_nothing_active() -> None:
    rss, atom, plain = (read(hostile_comments()[form], form) for form in FORMATS)

    assert rss == atom == plain
    for one in json.loads(hostile_comments()[FeedFormat.JSON])["items"]:
        looking = Looking()
        looking.feed(one["content_html"])
        assert looking.found == []


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.key)
def test_no_aggregator_gets_a_broken_document(dialect: Any) -> None:  # noqa: ANN401 (any dialect)
    made = compose(dialect, a_head(), hostile_articles(), TREE, FACTS)

    assert etree.fromstring(made.body).tag == "rss"
    assert "broken" not in {found.rule for found in lint_document(made.body)}


def test_the_news_sitemap_of_hostile_articles_is_well_formed() -> None:
    root = etree.fromstring(news_sitemap(hostile_articles(), TREE, FACTS))

    assert etree.QName(root).localname == "urlset"
