"""A feed is the same to the byte until somebody means to change it.

`make golden` (or `REWRITE_GOLDEN=1 pytest tests/feeds -k golden`) rewrites them.
"""

import os
from pathlib import Path

import pytest

from publisher.feeds.catalogue import catalogue_json
from publisher.feeds.documents import assemble
from publisher.feeds.opml import opml
from publisher.model.feed import FORMATS, Feed, FeedFormat
from tests.feeds.newsroom import (
    ADDRESSES,
    FACTS,
    FULL,
    TREE,
    a_head,
    a_kazakh_article,
    an_article,
    rendered_all,
)

GOLDEN = Path(__file__).parent / "golden"
REWRITE = ("PUBLISHER_GOLDEN", "REWRITE_GOLDEN")
FEEDS = [
    Feed(id=1, rubric_key=key, language=language)
    for key in ("", *(rubric.key for rubric in TREE))
    for language in ("", "ru", "kk")
]


@pytest.mark.parametrize("form", FORMATS)
def test_a_feed_equals_its_golden_document(form: FeedFormat) -> None:
    awkward = {
        "title": "Цена <b>снижена</b> & «чистая» вода]]>",
        "lead": "5 < 7 & R&D &amp; \x00 Әкімдік 👍",
        "rubric_keys": ("kultura", "sport"),
    }
    articles = [an_article(1, **FULL), a_kazakh_article(2), an_article(3, **awkward)]

    document = assemble(a_head(), form, rendered_all(articles, form))

    check(f"novosti.ru.{form}", document)


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_feed_equals_its_golden_document(form: FeedFormat) -> None:
    check(f"empty.kk.{form}", assemble(a_head("kk", "politika"), form, []))


def test_the_outline_equals_its_golden_document() -> None:
    check("feeds.opml", opml(FEEDS, ADDRESSES, FACTS))


def test_the_catalogue_equals_its_golden_document() -> None:
    check("feeds.json", catalogue_json(FEEDS, ADDRESSES, FACTS))


def check(name: str, made: bytes) -> None:
    """Compare with a golden file, byte for byte, or write it."""
    file = GOLDEN / name
    if any(os.environ.get(variable) for variable in REWRITE):
        file.write_bytes(made)
    assert file.read_bytes() == made, f"{name} has changed"
