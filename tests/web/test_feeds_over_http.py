"""Feeds are served to the letter of HTTP, and a 304 touches no database."""

import gzip
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime

import feedparser
import pytest

from tests.builders import an_article
from tests.web.client import Answer, Client
from tests.web.site import BASE_URL, Site, statements

FEED = "/feeds/novosti.ru.rss"
TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json",
}


def shifted(answer: Answer, **span: float) -> str:
    moment = parsedate_to_datetime(answer["last-modified"]) + timedelta(**span)
    return format_datetime(moment, usegmt=True)


@pytest.mark.parametrize("ending", TYPES)
async def test_every_format_has_its_content_type(reader: Client, ending: str) -> None:
    answer = await reader.get(f"/feeds/novosti.ru.{ending}")

    assert answer.status == 200
    assert answer["content-type"] == TYPES[ending]


async def test_a_feed_brings_what_caches_need(reader: Client) -> None:
    answer = await reader.get(FEED)

    assert answer["cache-control"] == (
        "public, max-age=300, stale-while-revalidate=300, stale-if-error=86400"
    )
    assert answer["vary"] == "Accept-Encoding"
    assert answer["access-control-allow-origin"] == "*"
    assert "set-cookie" not in answer
    assert int(answer["content-length"]) == len(answer.body)


async def test_a_feed_links_to_itself_and_to_its_page(reader: Client) -> None:
    answer = await reader.get(FEED)

    assert answer["link"] == (
        f'<{BASE_URL}{FEED}>; rel="self"; type="application/rss+xml", '
        f'<{BASE_URL}/ru/rubrics/novosti>; rel="alternate"; type="text/html"'
    )


async def test_gzip_is_sent_to_who_takes_it_and_is_the_same_document(
    reader: Client,
) -> None:
    plain = await reader.get(FEED)
    packed = await reader.get(FEED, accept_encoding="br, gzip;q=0.8")

    assert "content-encoding" not in plain
    assert packed["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed["etag"] != plain["etag"]


async def test_what_is_served_is_a_feed(reader: Client) -> None:
    read = feedparser.parse((await reader.get(FEED)).body)

    assert not read.bozo
    assert read.entries[0].title == "Маслихат обсудил бюджет"


CONDITIONS = [
    ("no condition", {}, 200),
    ("its own tag", {"if_none_match": '"{tag}"'}, 304),
    ("its own tag, weak", {"if_none_match": 'W/"{tag}"'}, 304),
    ("tag with gzip suffix", {"if_none_match": '"{tag}-gzip"'}, 304),
    ("tag with br suffix", {"if_none_match": '"{tag}-br"'}, 304),
    ("tag without quotes", {"if_none_match": "{tag}"}, 304),
    ("list with its tag", {"if_none_match": '"x", "{tag}"'}, 304),
    ("list without", {"if_none_match": '"x", W/"y"'}, 200),
    ("star", {"if_none_match": "*"}, 304),
    ("another tag", {"if_none_match": '"0000"'}, 200),
    ("an empty tag", {"if_none_match": '""'}, 200),
    ("equal date", {"if_modified_since": "{date}"}, 304),
    ("newer date", {"if_modified_since": "{tomorrow}"}, 304),
    ("older date", {"if_modified_since": "{a_second_before}"}, 200),
    ("malformed date", {"if_modified_since": "yesterday"}, 200),
    ("empty date", {"if_modified_since": ""}, 200),
    (
        "its tag beats an older date",
        {"if_none_match": '"{tag}"', "if_modified_since": "{a_second_before}"},
        304,
    ),
    (
        "another tag beats an equal date",
        {"if_none_match": '"0"', "if_modified_since": "{date}"},
        200,
    ),
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
@pytest.mark.parametrize(
    ("conditions", "status"),
    [pytest.param(given, status, id=name) for name, given, status in CONDITIONS],
)
async def test_conditions_are_decided_as_in_rfc_9110(
    reader: Client,
    method: str,
    encoding: str,
    conditions: dict[str, str],
    status: int,
) -> None:
    first = await reader.get(FEED, accept_encoding=encoding)
    values = {
        "tag": (await reader.get(FEED))["etag"].strip('"'),
        "date": first["last-modified"],
        "tomorrow": shifted(first, days=1),
        "a_second_before": shifted(first, seconds=-1),
    }
    given = {name: value.format(**values) for name, value in conditions.items()}

    answer = await reader.ask(method, FEED, {"accept_encoding": encoding, **given})

    assert answer.status == status
    for name in ("last-modified", "cache-control", "vary"):
        assert answer[name] == first[name]
    if status == 304:
        assert not answer.body
        assert "content-length" not in answer
    elif method == "GET":
        assert answer.body == first.body


async def test_a_304_names_the_document_that_the_client_holds(reader: Client) -> None:
    plain = await reader.get(FEED)

    answer = await reader.get(FEED, accept_encoding="gzip", if_none_match=plain["etag"])

    assert (answer.status, answer["etag"]) == (304, plain["etag"])


async def test_several_lines_of_a_header_count_as_one(reader: Client) -> None:
    etag = (await reader.get(FEED))["etag"]
    lines = [("if-none-match", '"x"'), ("if-none-match", etag)]

    assert (await reader.ask("GET", FEED, lines)).status == 304


async def test_a_304_touches_no_database(site: Site) -> None:
    client = site.client
    etag = (await client.get(FEED))["etag"]

    with statements(site.newsroom.store) as seen:
        answer = await client.get(FEED, if_none_match=etag)

    assert answer.status == 304
    assert seen == []


async def test_a_second_200_touches_no_database(site: Site) -> None:
    client = site.client
    await client.get(FEED)

    with statements(site.newsroom.store) as seen:
        assert (await client.get(FEED)).status == 200

    assert seen == []


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
async def test_head_says_what_get_would_say(reader: Client, encoding: str) -> None:
    got = await reader.get(FEED, accept_encoding=encoding)

    asked = await reader.head(FEED, accept_encoding=encoding)

    assert asked.status == 200
    assert asked.headers == got.headers
    assert asked.body == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_other_methods_are_told_which_there_are(
    reader: Client, method: str
) -> None:
    answer = await reader.ask(method, FEED)

    assert answer.status == 405
    assert answer["allow"] == "GET, HEAD, OPTIONS"


async def test_readers_in_a_browser_may_send_validators(reader: Client) -> None:
    answer = await reader.ask(
        "OPTIONS",
        FEED,
        {
            "origin": "https://reader.example",
            "access-control-request-headers": "if-none-match",
        },
    )

    assert answer.status == 204
    assert answer["access-control-allow-origin"] == "*"
    assert "If-None-Match" in answer["access-control-allow-headers"]


async def test_a_feed_in_kazakh_links_to_the_page_in_kazakh(reader: Client) -> None:
    answer = await reader.get("/feeds/novosti/politika.kk.atom")

    assert (
        f'<{BASE_URL}/kk/rubrics/novosti/politika>; rel="alternate"' in (answer["link"])
    )


async def test_a_query_does_not_make_another_feed(reader: Client) -> None:
    plain = await reader.get(FEED)

    assert (await reader.get(f"{FEED}?utm_source=reader")).body == plain.body


async def test_a_new_article_is_served_with_new_validators(site: Site) -> None:
    client = site.client
    before = await client.get(FEED)
    site.newsroom.take(an_article("novyi", title="Новый рейс до Кокшетау"))
    site.build()

    answer = await client.get(
        FEED,
        if_none_match=before["etag"],
        if_modified_since=before["last-modified"],
    )

    assert answer.status == 200
    assert answer["etag"] != before["etag"]
    assert "Новый рейс до Кокшетау" in answer.text


async def test_other_rubrics_keep_their_validators(site: Site) -> None:
    client = site.client
    before = await client.get("/feeds/sport.ru.rss")
    site.newsroom.take(an_article("novyi", rubrics=("obshchestvo",)))
    site.build()

    answer = await client.get("/feeds/sport.ru.rss", if_none_match=before["etag"])

    assert answer.status == 304


@pytest.mark.parametrize(
    ("path", "shown_as"),
    [
        ("/feeds/latest.ru.rss", "application/xml; charset=utf-8"),
        ("/feeds/latest.ru.atom", "application/xml; charset=utf-8"),
        ("/feeds/latest.ru.json", "application/json"),
    ],
)
async def test_a_browser_is_given_the_same_in_a_way_that_it_shows(
    reader: Client, path: str, shown_as: str
) -> None:
    plain = await reader.get(path)
    answer = await reader.get(path, **{"sec-fetch-dest": "document"})

    assert (answer.status, answer.body) == (200, plain.body)
    assert (answer["content-type"], answer["etag"]) == (shown_as, plain["etag"])
    assert answer["cache-control"] == "private, max-age=60"


async def test_a_feed_names_a_stylesheet_that_is_there(reader: Client) -> None:
    body = (await reader.get("/feeds/latest.ru.rss")).text

    assert 'href="https://desk.example/static/feed.css"' in body.splitlines()[1]
    assert (await reader.get("/static/feed.css"))["content-type"].startswith("text/css")
