"""Who asks for deltas gets only what is new, and nobody else ever does (RFC 3229)."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from publisher.feeds.deltas import delta, state_of
from publisher.model.feed import FeedFormat
from publisher.web.deltas import asks_for_delta
from tests.builders import an_article
from tests.web.client import Answer, Client
from tests.web.site import Site

PATHS = {form: f"/feeds/latest.ru.{form.value}" for form in FeedFormat}
ATOM = "{http://www.w3.org/2005/Atom}"


def titles(form: FeedFormat, body: bytes) -> list[str]:
    if form is FeedFormat.JSON:
        return [item["title"] for item in json.loads(body)["items"]]
    root = etree.fromstring(body)
    name, title = (
        ("item", "title")
        if form is FeedFormat.RSS
        else (f"{ATOM}entry", f"{ATOM}title")
    )
    return [entry.findtext(title) or "" for entry in root.iter(name)]


def publish(site: Site, key: str) -> None:
    newsroom = site.newsroom
    now = newsroom.clock.move(timedelta(minutes=1))
    newsroom.take(an_article(key, title=f"Новость {key}", published_at=now))
    site.build()


async def asked(client: Client, form: FeedFormat, **headers: str) -> Answer:
    return await client.get(PATHS[form], **{"a-im": "feed", **headers})


@pytest.mark.parametrize("form", FeedFormat)
async def test_only_what_is_new_is_sent(site: Site, form: FeedFormat) -> None:
    client = site.client
    first = await asked(client, form)
    publish(site, "one")
    publish(site, "two")

    answer = await asked(client, form, **{"if-none-match": first["etag"]})
    whole = await client.get(PATHS[form])

    assert answer.status == 226
    assert titles(form, answer.body) == ["Новость two", "Новость one"]
    assert answer["im"] == "feed"
    assert answer["delta-base"] == first["etag"]
    assert answer["etag"] == whole["etag"]
    assert answer["cache-control"] == "no-store, im"
    assert answer["content-type"] == whole["content-type"]
    assert len(answer.body) < len(whole.body)
    again = await asked(client, form, **{"if-none-match": answer["etag"]})
    assert (again.status, again.body) == (304, b"")


async def test_an_edited_article_is_new_too(site: Site) -> None:
    client = site.client
    publish(site, "one")
    first = await asked(client, FeedFormat.RSS)
    newsroom = site.newsroom
    newsroom.clock.move(timedelta(minutes=1))
    newsroom.take(an_article("one", title="Исправлено"))
    site.build()

    answer = await asked(client, FeedFormat.RSS, **{"if-none-match": first["etag"]})

    assert titles(FeedFormat.RSS, answer.body) == ["Исправлено"]


async def test_a_delta_may_be_compressed(site: Site) -> None:
    client, packs = site.client, {"accept-encoding": "gzip"}
    first = await asked(client, FeedFormat.RSS, **packs)
    publish(site, "one")

    answer = await asked(
        client, FeedFormat.RSS, **packs, **{"if-none-match": first["etag"]}
    )

    assert (answer.status, answer["content-encoding"]) == (226, "gzip")
    assert titles(FeedFormat.RSS, gzip.decompress(answer.body)) == ["Новость one"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"a-im": "vcdiff"},
        {"a-im": "feed", "if-none-match": f'"{"0" * 32}"'},
        {"a-im": "feed", "if-none-match": '"nonsense"'},
    ],
)
async def test_everybody_else_gets_the_whole(
    site: Site, headers: dict[str, str]
) -> None:
    client = site.client
    first = await asked(client, FeedFormat.RSS)
    publish(site, "one")

    answer = await client.get(
        PATHS[FeedFormat.RSS], **{"if-none-match": first["etag"], **headers}
    )

    assert answer.status == 200
    assert "im" not in answer


async def test_a_removal_alone_is_no_reason_for_a_delta(site: Site) -> None:
    client = site.client
    publish(site, "one")
    first = await asked(client, FeedFormat.ATOM)
    site.newsroom.clock.move(timedelta(minutes=1))
    site.newsroom.take(an_article("one", title="Новость one", is_withdrawn=True))
    site.build()

    answer = await asked(client, FeedFormat.ATOM, **{"if-none-match": first["etag"]})

    assert answer.status == 200


async def test_deltas_may_be_switched_off(site: Site) -> None:
    parts = replace(site.parts, has_deltas=False)
    plain = Site(site.newsroom, parts, site.builder)
    client = plain.client
    first = await asked(client, FeedFormat.RSS)
    publish(plain, "one")

    answer = await asked(client, FeedFormat.RSS, **{"if-none-match": first["etag"]})

    assert answer.status == 200


def rss(entries: Sequence[int]) -> bytes:
    items = "".join(f"<item><title>{number}</title></item>" for number in entries)
    return f"<rss><channel><title>a</title>{items}</channel></rss>".encode()


@given(
    before=st.lists(st.integers(0, 30), unique=True),
    after=st.lists(st.integers(0, 30), unique=True),
)
def test_a_delta_and_what_was_held_make_the_whole(
    before: list[int], after: list[int]
) -> None:
    new = delta(rss(after), FeedFormat.RSS, state_of(rss(before), FeedFormat.RSS))

    if new is None:
        assert set(after) <= set(before) or not set(after) & set(before)
    else:
        sent = [int(title) for title in titles(FeedFormat.RSS, new)]
        assert sent == [number for number in after if number not in before]


@pytest.mark.parametrize(
    ("value", "is_asked"),
    [
        (None, False),
        (b"", False),
        (b"feed", True),
        (b"vcdiff, feed", True),
        (b"FEED;q=1", True),
        (b"feeds", False),
        (b"gzip", False),
    ],
)
def test_the_field_is_read_as_a_list(value: bytes | None, *, is_asked: bool) -> None:
    assert asks_for_delta(value) is is_asked
