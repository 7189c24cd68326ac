"""The example for Caddy serves an output as the service itself serves feeds."""

import gzip
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

import brotli
import pytest

from publisher.feeds.outputs.folder import MARK, FolderOutput
from publisher.feeds.outputs.output import cache_control
from tests.feeds.outputs.caddy import running_caddy
from tests.feeds.outputs.copies import NOON, PATH, a_copy
from tests.feeds.outputs.nginx import Nginx, a_service

pytestmark = pytest.mark.slow

OTHERS = (
    *("feeds/novosti/vlast.kk.atom", "feeds/latest.json"),
    *("feeds/latest.ru.yandex.xml", "feeds/news-sitemap.xml"),
)
TEXT = "Мост открыт " * 20


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> FolderOutput:
    """Return an output with one document in each format."""
    made = FolderOutput("static", tmp_path_factory.mktemp("static"))
    with made.claim():
        for path in (PATH, *OTHERS):
            made.put(a_copy(TEXT, path=path))
    return made


@pytest.fixture(scope="module")
def caddy(
    output: FolderOutput, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Nginx]:
    """Return Caddy, with something behind it that says what it was asked."""
    folder = tmp_path_factory.mktemp("caddy")
    with a_service() as port, running_caddy(folder, output.folder, port) as server:
        yield server


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        (f"/{PATH}", "application/rss+xml; charset=utf-8"),
        ("/feeds/novosti/vlast.kk.atom", "application/atom+xml; charset=utf-8"),
        ("/feeds/latest.json", "application/feed+json"),
        ("/feeds/latest.ru.yandex.xml", "application/rss+xml; charset=utf-8"),
        ("/feeds/news-sitemap.xml", "application/xml; charset=utf-8"),
    ],
)
def test_documents_have_the_headers_that_the_service_gives_them(
    caddy: Nginx, path: str, media_type: str
) -> None:
    plain = caddy.ask(path, Accept_Encoding="identity")
    packed = caddy.ask(path, Accept_Encoding="gzip")

    assert packed.headers["content-encoding"] == "gzip"
    assert plain.body == gzip.decompress(packed.body) == a_copy(TEXT).body
    for answer in (plain, packed):
        assert answer.status == 200
        assert answer.headers["content-type"] == media_type
        assert answer.headers["cache-control"] == cache_control(timedelta(minutes=5))
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["last-modified"] == format_datetime(NOON, usegmt=True)
        assert answer.headers["vary"] == "Accept-Encoding"


def test_who_takes_brotli_gets_that_twin_where_there_is_one(
    caddy: Nginx, output: FolderOutput
) -> None:
    packed = caddy.ask(f"/{PATH}", Accept_Encoding="gzip, br")
    hasty = "feeds/v-speshke.rss"
    with output.claim():
        output.put(a_copy(TEXT, path=hasty, is_packed=False))
    unpacked = caddy.ask(f"/{hasty}", Accept_Encoding="gzip, br")

    assert packed.headers["content-encoding"] == "br"
    assert packed.body == (output.folder / f"{PATH}.br").read_bytes()
    assert brotli.decompress(packed.body) == a_copy(TEXT).body
    assert packed.headers["vary"] == "Accept-Encoding"
    assert unpacked.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
def test_who_has_a_document_gets_304(caddy: Nginx, encoding: str) -> None:
    first = caddy.ask(f"/{PATH}", Accept_Encoding=encoding)
    later = format_datetime(NOON + timedelta(days=2), usegmt=True)
    earlier = format_datetime(NOON - timedelta(days=2), usegmt=True)
    etag = first.headers["etag"]

    for conditions, status in (
        ({"If_None_Match": etag}, 304),
        ({"If_None_Match": '"other"'}, 200),
        ({"If_None_Match": '"other"', "If_Modified_Since": later}, 200),
        ({"If_Modified_Since": first.headers["last-modified"]}, 304),
        ({"If_Modified_Since": later}, 304),
        ({"If_Modified_Since": earlier}, 200),
    ):
        answer = caddy.ask(f"/{PATH}", Accept_Encoding=encoding, **conditions)
        assert answer.status == status, conditions
        if status == 304:
            assert answer.body == b""
            assert answer.headers["etag"] == etag


def test_a_corrected_letter_is_seen_by_who_has_the_document(
    caddy: Nginx, output: FolderOutput
) -> None:
    path = "feeds/ispravleno.rss"
    for encoding in ("br", "gzip", "identity"):
        seen = set()
        for text in ("Мост открыт", "Мост закрыт", "Мост открыт"):
            with output.claim():
                output.put(a_copy(text, path=path))
            answer = caddy.ask(f"/{path}", Accept_Encoding=encoding)
            seen.add((answer.headers["etag"], answer.headers["last-modified"]))
        assert len(seen) == 3


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/feeds/gone.rss", 410),
        ("GET", "/feeds/unknown.atom?a=1", 200),
        ("GET", "/feeds.opml", 200),
        ("POST", "/u/token", 200),
        ("OPTIONS", f"/{PATH}", 200),
        ("POST", f"/{PATH}", 200),
        ("GET", f"/{PATH}.gz", 200),
        ("GET", f"/{PATH}.br", 200),
        ("GET", f"/{MARK}", 200),
        ("GET", f"/feeds/{MARK}", 200),
        ("GET", "/feeds/.novosti.rss.0123abcd.part", 200),
    ],
)
def test_what_is_no_document_of_the_folder_is_asked_of_the_service(
    caddy: Nginx, method: str, path: str, status: int
) -> None:
    answer = caddy.ask(path, method, Host="feeds.gazeta.example")

    assert answer.status == status
    assert answer.body.decode() == f"service: {method} {path} feeds.gazeta.example"
