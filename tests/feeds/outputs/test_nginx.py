"""The example for nginx serves an output as the service itself serves feeds."""

import gzip
import re
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest

from publisher.feeds.outputs.folder import MARK, FolderOutput
from publisher.feeds.outputs.output import cache_control
from tests.feeds.outputs.copies import NOON, PATH, a_copy
from tests.feeds.outputs.nginx import EXAMPLE, Nginx, a_service, running

pytestmark = pytest.mark.slow

DEPLOY = EXAMPLE.parent
OTHERS = (
    *("feeds/novosti/vlast.kk.atom", "feeds/latest.json"),
    *("feeds/latest.ru.yandex.xml", "feeds/news-sitemap.xml"),
)


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> FolderOutput:
    """Return an output with one document in each format."""
    made = FolderOutput("static", tmp_path_factory.mktemp("static"))
    with made.claim():
        for path in (PATH, *OTHERS):
            made.put(a_copy("Мост открыт " * 20, path=path))
    return made


@pytest.fixture(scope="module")
def nginx(
    output: FolderOutput, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Nginx]:
    """Return nginx, with something behind it that says what it was asked."""
    with (
        a_service() as port,
        running(tmp_path_factory.mktemp("nginx"), output.folder, port) as server,
    ):
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
    nginx: Nginx, path: str, media_type: str
) -> None:
    answer = nginx.ask(path)

    assert answer.status == 200
    assert answer.body == a_copy("Мост открыт " * 20).body
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == cache_control(timedelta(minutes=5))
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["last-modified"] == format_datetime(NOON, usegmt=True)
    assert answer.headers["vary"] == "Accept-Encoding"
    assert re.fullmatch(r'"[^"]+"', answer.headers["etag"])


def test_the_twin_is_sent_as_it_lies_there(nginx: Nginx, output: FolderOutput) -> None:
    plain = nginx.ask(f"/{PATH}")
    packed = nginx.ask(f"/{PATH}", Accept_Encoding="br, gzip")

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.body == (output.folder / f"{PATH}.gz").read_bytes()
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["content-type"] == plain.headers["content-type"]
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["last-modified"] == plain.headers["last-modified"]
    assert packed.headers["etag"] != plain.headers["etag"]


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_who_has_a_document_gets_304(nginx: Nginx, encoding: str) -> None:
    first = nginx.ask(f"/{PATH}", Accept_Encoding=encoding)
    later = format_datetime(NOON + timedelta(days=2), usegmt=True)
    earlier = format_datetime(NOON - timedelta(days=2), usegmt=True)
    etag = first.headers["etag"]

    for conditions, status in (
        ({"If_None_Match": etag}, 304),
        ({"If_None_Match": f'"other", W/{etag}'}, 304),
        ({"If_None_Match": '"other"'}, 200),
        ({"If_None_Match": '"other"', "If_Modified_Since": later}, 200),
        ({"If_Modified_Since": first.headers["last-modified"]}, 304),
        ({"If_Modified_Since": later}, 304),
        ({"If_Modified_Since": earlier}, 200),
    ):
        answer = nginx.ask(f"/{PATH}", Accept_Encoding=encoding, **conditions)
        assert answer.status == status, conditions
        if status == 304:
            assert answer.body == b""
            for name in ("etag", "cache-control", "access-control-allow-origin"):
                assert answer.headers[name] == first.headers[name]


def test_a_corrected_letter_is_seen_by_who_has_the_document(
    nginx: Nginx, output: FolderOutput
) -> None:
    path = "feeds/ispravleno.rss"
    for encoding in ("gzip", "identity"):
        seen = set()
        for text in ("Мост открыт", "Мост закрыт", "Мост открыт"):
            with output.claim():
                output.put(a_copy(text, path=path))
            answer = nginx.ask(f"/{path}", Accept_Encoding=encoding)
            seen.add((answer.headers["etag"], answer.headers["last-modified"]))
        assert len(seen) == 3


def test_head_is_answered_from_the_folder(nginx: Nginx) -> None:
    answer = nginx.ask(f"/{PATH}", "HEAD")

    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) == len(nginx.ask(f"/{PATH}").body)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/feeds/gone.rss", 410),
        ("GET", "/feeds/unknown.atom?a=1", 200),
        ("GET", "/feeds/novosti.full.rss", 200),
        ("GET", "/feeds.opml", 200),
        ("GET", "/", 200),
        ("POST", "/u/token", 200),
        ("OPTIONS", f"/{PATH}", 200),
        ("POST", f"/{PATH}", 200),
        ("GET", f"/{PATH}.gz", 200),
        ("GET", f"/{PATH}.br", 200),
        ("GET", "/feeds/", 200),
        ("GET", f"/{MARK}", 200),
        ("GET", f"/feeds/{MARK}", 200),
        ("GET", "/feeds/.novosti.rss.0123abcd.part", 200),
    ],
)
def test_what_is_no_document_of_the_folder_is_asked_of_the_service(
    nginx: Nginx, method: str, path: str, status: int
) -> None:
    answer = nginx.ask(path, method, Host="feeds.gazeta.example")

    assert answer.status == status
    assert answer.body.decode() == f"service: {method} {path} feeds.gazeta.example"


def test_a_document_that_appears_is_served_at_once_and_one_that_goes_is_not(
    nginx: Nginx, output: FolderOutput
) -> None:
    path = "feeds/novoe.rss"
    assert nginx.ask(f"/{path}").body.startswith(b"service: ")

    with output.claim():
        output.put(a_copy("Новое", path=path))
    assert nginx.ask(f"/{path}").body == a_copy("Новое").body

    with output.claim():
        output.remove(path)
    assert nginx.ask(f"/{path}").body.startswith(b"service: ")


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_the_examples_say_what_the_service_says(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")

    assert f'"{cache_control(timedelta(minutes=5))}"' in text
    for media_type in (
        "application/rss+xml; charset=utf-8",
        "application/atom+xml; charset=utf-8",
        "application/feed+json",
    ):
        assert f'"{media_type}"' in text
