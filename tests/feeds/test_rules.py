"""Documents keep the rules of their formats, by our own list and by other programs.

Those are used where they are installed; each skip says what is missing.
"""

import json
import re
from typing import Any

import pytest

from publisher.feeds.documents import assemble
from publisher.feeds.opml import opml
from publisher.model.feed import Feed, FeedFormat, FeedHead
from tests.feeds.newsroom import (
    ADDRESSES,
    FACTS,
    TREE,
    a_head,
    rendered_all,
)
from tests.feeds.rules import atom_findings, rss_findings
from tests.feeds.test_documents import mixed_articles

XML_FORMATS = (FeedFormat.RSS, FeedFormat.ATOM)
SECOND_PAGE = b'rel="alternate" type="text/html" hreflang="ru"'
HEADS = [a_head(language, key) for language in ("ru", "kk") for key in ("", "politika")]


def documents(form: FeedFormat) -> list[tuple[FeedHead, bytes]]:
    """Return feeds without articles, with one, and with fifty of every kind."""
    return [
        (head, assemble(head, form, rendered_all(mixed_articles(count), form)))
        for head in HEADS
        for count in (0, 1, 50)
    ]


def test_rss_documents_keep_the_rules() -> None:
    for _, document in documents(FeedFormat.RSS):
        assert rss_findings(document) == []


def test_atom_documents_keep_the_rules() -> None:
    for _, document in documents(FeedFormat.ATOM):
        assert atom_findings(document) == []


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"<link>https", b"<link>/"),
        (b'isPermaLink="false"', b'isPermaLink="true"'),
        (b"<category>", b"<category>a,b"),
        (b"Mon, ", b"Tue, "),
        (b"<ttl>5", b"<ttl>0"),
        (b"</guid>", b"</guid><guid>x</guid>"),
        (b'rel="self"', b'rel="me"'),
        (b' xmlns:dc="', b' xmlns:y="urn:y" xmlns:dc="'),
        (b"<language>ru", b"<language>RU_ru"),
    ],
)
def test_the_rules_notice_a_broken_rss_document(good: bytes, bad: bytes) -> None:
    articles = mixed_articles(8)
    document = assemble(
        a_head(), FeedFormat.RSS, rendered_all(articles, FeedFormat.RSS)
    )
    assert good in document

    broken = document.replace(good, bad)

    assert rss_findings(broken) != []


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b'<link rel="alternate" type="text/html" h', b'<link rel="via" h'),
        (b'type="html"', b'type="CDATA"'),
        (b"</updated>", b"x</updated>"),
        (b'rel="enclosure" type="image/jpeg" length="183000"', SECOND_PAGE),
        (b"<author><name>", b"<contributor><name>"),
    ],
)
def test_the_rules_notice_a_broken_atom_document(good: bytes, bad: bytes) -> None:
    articles = mixed_articles(8)
    document = assemble(
        a_head(), FeedFormat.ATOM, rendered_all(articles, FeedFormat.ATOM)
    )
    assert good in document

    broken = document.replace(good, bad)
    if b"author" in good:
        broken = broken.replace(b"</author>", b"</contributor>")

    assert atom_findings(broken) != []


def test_json_feeds_keep_the_rules_of_version_1_1() -> None:
    for _, document in documents(FeedFormat.JSON):
        feed = json.loads(document)
        assert {"version", "title", "items"} <= set(feed)
        assert len({item["id"] for item in feed["items"]}) == len(feed["items"])
        for item in feed["items"]:
            assert isinstance(item["id"], str)
            assert item["content_html"]
            assert re.fullmatch(r"\S+T\S+\+00:00", item["date_published"])
            assert all(author["name"] for author in item["authors"])
            assert all("." not in key for key in item["_publisher"])
        assert b":null" not in document
        assert b':""' not in document


@pytest.mark.parametrize("form", XML_FORMATS)
def test_the_w3c_feed_validator_finds_nothing(form: FeedFormat) -> None:
    validator = pytest.importorskip(
        "feedvalidator",
        reason="the W3C feed validator is not installed (it is on no package index)",
    )
    log = validator.logging

    for head, document in documents(form):
        found = validator.validateString(document.decode(), base=head.urls[form])
        assert complaints(found, log) == []


def test_the_w3c_feed_validator_finds_nothing_in_the_outline() -> None:
    validator = pytest.importorskip(
        "feedvalidator",
        reason="the W3C feed validator is not installed (it is on no package index)",
    )
    feeds = [Feed(id=1, rubric_key=r.key, language="ru") for r in TREE]

    found = validator.validateString(opml(feeds, ADDRESSES, FACTS).decode())

    assert complaints(found, validator.logging) == []


def complaints(found: dict[str, Any], log: Any) -> list[str]:  # noqa: ANN401 (untyped)
    """Name the errors and warnings, which are how that validator speaks of faults."""
    return [
        f"{type(event).__name__} {event.params}"
        for event in found["loggedEvents"]
        if isinstance(event, log.Error | log.Warning)
    ]


@pytest.mark.parametrize("form", XML_FORMATS)
def test_the_strict_parser_atoma_takes_every_document(form: FeedFormat) -> None:
    atoma = pytest.importorskip("atoma", reason="the parser atoma is not installed")

    for head, document in documents(form):
        if form is FeedFormat.RSS:
            feed = atoma.parse_rss_bytes(document)
            assert feed.title == head.title
            assert all(item.guid and item.pub_date for item in feed.items)
        else:
            feed = atoma.parse_atom_bytes(document)
            assert feed.title.value == head.title
            assert all(entry.id_ and entry.published for entry in feed.entries)
