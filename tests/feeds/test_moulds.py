"""Entries that are cast say byte for byte what feedgen and json print."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.feeds.characters import clean, clean_line
from publisher.feeds.entries import Entry, InReplyTo, RubricLabel
from publisher.feeds.feedgen_door import entry_markup
from publisher.feeds.json_feed import item_bytes
from publisher.feeds.moulds import cast_entry
from publisher.model.article import Byline, Link, Picture
from publisher.model.feed import FORMATS, FeedFormat

NASTY = "&<>\"'\\;#/ \t\n\u00a0]]>&amp;<b>{}%7000000001Қә😀"
LINES = st.text(st.sampled_from(NASTY) | st.characters(), min_size=1).map(clean_line)
GIVEN = LINES.filter(bool)
BODIES = st.text(st.sampled_from(NASTY) | st.characters()).map(clean)
ADDRESSES = st.sampled_from(
    ["https://a.example/?a=1&b=2", "https://b.example/%22<x>", "https://c.example/"]
)
MOMENTS = st.datetimes(datetime(1000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
SIZES = st.integers(0, 10**10)
LINKS = st.builds(Link, ADDRESSES, LINES, st.sampled_from(["", "ru", "kk"]))
PICTURES = st.builds(
    Picture,
    url=ADDRESSES,
    alt=LINES,
    caption=LINES,
    credit=LINES,
    width=SIZES,
    height=SIZES,
    length=SIZES,
    media_type=st.sampled_from(["image/jpeg", "image/svg+xml"]),
)
ENTRIES = st.builds(
    Entry,
    uid=GIVEN,
    url=ADDRESSES,
    title=GIVEN,
    lead=GIVEN,
    content_html=BODIES,
    language=st.sampled_from(["", "ru", "kk"]),
    published_at=MOMENTS,
    updated_at=MOMENTS,
    authors=st.lists(st.builds(Byline, GIVEN, st.just("") | ADDRESSES), max_size=3),
    picture=st.none() | PICTURES,
    rubrics=st.lists(st.builds(RubricLabel, GIVEN, GIVEN), max_size=3),
    rubrics_url=st.just("") | ADDRESSES,
    tags=st.lists(GIVEN, max_size=3),
    rights=LINES,
    comments_url=st.just("") | ADDRESSES,
    comment_count=st.none() | SIZES,
    related=st.lists(LINKS, max_size=2),
    translations=st.lists(LINKS, max_size=2),
    comments_urls=st.just({})
    | st.fixed_dictionaries(dict.fromkeys(FORMATS, ADDRESSES)),
    commented_at=st.none() | MOMENTS,
    in_reply_to=st.none() | st.builds(InReplyTo, GIVEN, ADDRESSES),
)


@pytest.mark.parametrize("form", [FeedFormat.RSS, FeedFormat.ATOM])
@given(entry=ENTRIES)
def test_an_entry_that_is_cast_is_what_feedgen_prints(
    form: FeedFormat, entry: Entry
) -> None:
    assert cast_entry(entry, form) == entry_markup(entry, form)


@given(entry=ENTRIES.filter(lambda entry: bool(entry.content_html)))
def test_a_content_stands_in_json_as_json_writes_it(entry: Entry) -> None:
    written = item_bytes(entry).decode()

    content = json.dumps(entry.content_html, ensure_ascii=False)
    assert f'"content_html":{content},' in written
    assert json.loads(written)["content_html"] == entry.content_html
