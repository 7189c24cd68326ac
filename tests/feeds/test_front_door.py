"""What a proxy does to feeds is noticed and explained, over real connections."""

import gzip
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from publisher.feeds.front_door import knock
from publisher.feeds.validators import validators_of
from publisher.model.feed import FeedFormat
from publisher.outgoing.client import Client, Reply
from publisher.store.documents import Document
from tests.builders import MORNING
from tests.outgoing.answering import Answer, Answering, Asked, answering

BODY = "<rss>Мост открыли</rss>".encode()
VALIDATORS = validators_of(BODY, MORNING)
DOCUMENT = Document(
    feed_id=1,
    format=FeedFormat.RSS,
    path="/feeds/latest.rss",
    etag=VALIDATORS.digest,
    last_modified=VALIDATORS.modified_at,
    body=BODY,
    gzip_body=gzip.compress(BODY),
)
HEADERS = {
    "ETag": f'"{VALIDATORS.digest}"',
    "Last-Modified": VALIDATORS.last_modified,
    "Content-Type": "application/rss+xml; charset=utf-8",
    "Cache-Control": "public, max-age=300",
    "Access-Control-Allow-Origin": "*",
    "Vary": "Accept-Encoding",
}


def honest(asked: Asked) -> Answer:
    """Answer as the service does."""
    if VALIDATORS.digest in asked.headers.get("if-none-match", ""):
        return 304, HEADERS, b""
    if "gzip" in asked.headers.get("accept-encoding", ""):
        return 200, {**HEADERS, "Content-Encoding": "gzip"}, DOCUMENT.gzip_body
    return 200, HEADERS, BODY


def without(name: str) -> Callable[[Answer], Answer]:
    return lambda answer: (
        answer[0],
        {key: value for key, value in answer[1].items() if key != name},
        answer[2],
    )


def saying(**headers: str) -> Callable[[Answer], Answer]:
    added = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda answer: (answer[0], {**answer[1], **added}, answer[2])


def always(
    status: int, body: bytes = b"", **headers: str
) -> Callable[[Answer], Answer]:
    return lambda _: (status, dict(headers), body)


PROXIES: dict[str, tuple[Callable[[Answer], Answer], str]] = {
    "a wall against robots": (always(403, b"<html>"), "answers 403"),
    "an error page": (always(502), "answers 502"),
    "a redirect": (always(301, Location="https://www.x.example/"), "to https://www.x"),
    "a minifier": (
        lambda answer: (answer[0], answer[1], answer[2].replace(b"<rss>", b"<rss >")),
        "other bytes under the ETag",
    ),
    "an old copy": (
        lambda answer: (200, {**answer[1], "ETag": '"old"'}, b"<rss>old</rss>"),
        "is not the present document",
    ),
    "a wrong type": (saying(Content_Type="text/xml"), 'says Content-Type "text/xml"'),
    "no tags": (without("ETag"), "has no Etag"),
    "no dates": (without("Last-Modified"), "has no Last-Modified"),
    "no freshness": (without("Cache-Control"), "has no Cache-Control"),
    "no keeping": (saying(Cache_Control="no-store"), "may not be kept"),
    "a cookie": (saying(Set_Cookie="a=1"), "sets a cookie"),
    "no other origins": (
        without("Access-Control-Allow-Origin"),
        "closed to readers in browsers",
    ),
    "no compression": (without("Content-Encoding"), "is not compressed"),
    "packed twice": (
        lambda answer: (
            (answer[0], answer[1], gzip.compress(answer[2])[:-9])
            if "Content-Encoding" in answer[1]
            else answer
        ),
        "is no gzip although it says so",
    ),
    "no conditions": (
        lambda answer: (200, HEADERS, BODY) if answer[0] == 304 else answer,
        "answers 200 to who has it already",
    ),
}


@pytest.fixture
def server() -> Iterator[Answering]:
    with answering() as state:
        state.reply = honest
        yield state


def found(server: Answering, document: Document = DOCUMENT) -> list[str]:
    client = Client(allowed=[ip_network("127.0.0.0/8")])

    def ask(url: str, headers: Mapping[str, str]) -> Reply:
        return client.ask("GET", url, headers=headers)

    return [difference.what for difference in knock(ask, server.url, document)]


def test_what_arrives_as_it_was_published_is_no_difference(server: Answering) -> None:
    assert found(server) == []


@pytest.mark.parametrize(("proxy", "told"), PROXIES.values(), ids=PROXIES.keys())
def test_what_a_proxy_does_is_told(
    server: Answering, proxy: Callable[[Answer], Answer], told: str
) -> None:
    server.reply = lambda asked: proxy(honest(asked))

    assert any(told in what for what in found(server)), found(server)


def test_a_document_that_changed_is_told(server: Answering) -> None:
    newer = replace(
        DOCUMENT,
        etag="f" * 32,
        body=b"<rss>new</rss>",
        last_modified=MORNING + timedelta(minutes=1),
    )

    assert "is not the present document" in found(server, newer)


def test_nobody_there_is_told() -> None:
    with answering() as gone:
        pass

    assert any("does not answer" in what for what in found(gone))
