"""The short way answers exactly as the usual way does, over real connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from publisher.model.politeness import Allowance
from publisher.store.readerships import readerships
from publisher.web.app import create_app
from publisher.web.patience import Patience
from publisher.web.server import Server
from tests.web.site import Site

pytestmark = pytest.mark.slow

PATH = "/feeds/latest.ru.rss"


@dataclass
class Wire:
    """A connection to our server, asked byte by byte."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, path: str = PATH, method: str = "GET", **headers: str) -> None:
        version = headers.pop("version", "1.1")
        body = headers.pop("body", "")
        given = {"host": "desk.example", **headers}
        lines = [f"{name.replace('_', '-')}: {text}" for name, text in given.items()]
        head = "\r\n".join([f"{method} {path} HTTP/{version}", *lines, "", body])
        self.writer.write(head.encode())

    async def receive(self) -> tuple[int, dict[str, str], bytes]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        length = int(headers.get("content-length", 0))
        status = int(head[0].split(" ")[1])
        body = b"" if status == 304 else await self.reader.readexactly(length)
        headers.pop("date")
        return status, headers, body

    async def ask(
        self, path: str = PATH, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        self.send(path, method, **headers)
        return await self.receive()


@asynccontextmanager
async def connected(
    site: Site, *, is_short: bool = True, connections: int = 1
) -> AsyncIterator[list[Wire]]:
    app = create_app(site.parts)
    recall = app.at_once if is_short else None
    server = Server(app, host="127.0.0.1", port=0, recall=recall)
    await server.start()
    wires = [
        Wire(*await asyncio.open_connection("127.0.0.1", server.port))
        for _ in range(connections)
    ]
    try:
        yield wires
    finally:
        for wire in wires:
            wire.writer.close()
            await wire.writer.wait_closed()
        await server.stop()


ASKED: list[dict[str, str]] = [
    {},
    {"accept_encoding": "gzip"},
    {"accept_encoding": "br;q=0.5, gzip"},
    {"if_none_match": '"other"'},
    {"if_none_match": "*"},
    {"if_modified_since": "Thu, 31 Dec 2099 00:00:00 GMT"},
    {"if_modified_since": "soon"},
    {"user_agent": "Reader/1 (+2 subscribers)"},
]


@pytest.mark.parametrize("headers", ASKED, ids=str)
async def test_both_ways_answer_the_same(
    lasting_site: Site, headers: dict[str, str]
) -> None:
    site = lasting_site
    async with connected(site) as [short], connected(site, is_short=False) as [usual]:
        answers = [await wire.ask(**headers) for wire in (usual, short, short, short)]

    assert answers[1:] == [answers[0]] * 3


async def test_who_holds_the_document_is_told_so_both_ways(lasting_site: Site) -> None:
    async with connected(lasting_site) as [wire]:
        _, told, _ = await wire.ask()
        tag = told["etag"]
        first, second = [await wire.ask(if_none_match=tag) for _ in range(2)]

    assert (first[0], first[2]) == (304, b"")
    assert second == first


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        (PATH, "HEAD", {}),
        (PATH, "OPTIONS", {}),
        (PATH, "POST", {"body": "abc", "content_length": "3"}),
        (PATH, "GET", {"body": "abc", "content_length": "3"}),
        (PATH.replace("latest", "l%61test"), "GET", {}),
        (f"{PATH}?a=1", "GET", {}),
        ("/feeds/none.rss", "GET", {}),
        ("/", "GET", {}),
        ("/healthz", "GET", {}),
    ],
)
async def test_whatever_is_not_plain_goes_the_usual_way(
    lasting_site: Site, path: str, method: str, headers: dict[str, str]
) -> None:
    site = lasting_site
    async with connected(site) as [short], connected(site, is_short=False) as [usual]:
        answers: list[object] = []
        for wire in (short, usual):
            await wire.ask()
            wire.send(path, method, **headers)
            if method == "HEAD":
                head = await wire.reader.readuntil(b"\r\n\r\n")
                answers.append((head.split(b"\r\n")[0], {}, b""))
            else:
                answers.append(await wire.receive())
            answers.append(await wire.ask())

    assert answers[:2] == answers[2:]


async def test_a_document_that_has_changed_is_never_answered_from_before(
    site: Site,
) -> None:
    async with connected(site) as [wire]:
        before = [await wire.ask() for _ in range(2)]
        site.newsroom.clock.move(timedelta(minutes=1))
        site.newsroom.take()
        site.build_all()
        after = [await wire.ask() for _ in range(2)]

    assert before[0] == before[1]
    assert after[0] == after[1]
    assert before[0][1]["etag"] != after[0][1]["etag"]


async def test_requests_sent_one_behind_the_other_are_answered_in_order(
    lasting_site: Site,
) -> None:
    async with connected(lasting_site) as [wire]:
        await wire.ask()
        await wire.ask("/feeds/latest.kk.json")
        for path in (PATH, "/", PATH, "/feeds/latest.kk.json", "/healthz", PATH):
            wire.send(path)
        types = [(await wire.receive())[1]["content-type"] for _ in range(6)]

    kinds = [kind.partition(";")[0].rpartition("/")[2] for kind in types]
    assert kinds == ["rss+xml", "html", "rss+xml", "feed+json", "plain", "rss+xml"]


async def test_a_connection_may_be_closed_as_asked(lasting_site: Site) -> None:
    async with connected(lasting_site) as [wire]:
        await wire.ask()
        status, headers, _ = await wire.ask(connection="close")

        assert (status, headers["connection"]) == (200, "close")
        assert await wire.reader.read() == b""


async def test_who_asks_too_often_is_slowed_on_either_way(lasting_site: Site) -> None:
    site = lasting_site
    patience = Patience(Allowance(3, timedelta(hours=1)))
    impatient = Site(
        site.newsroom, replace(site.parts, patience=patience), site.builder
    )
    async with connected(impatient) as [wire]:
        statuses = [(await wire.ask())[0] for _ in range(6)]
        held = await wire.ask(if_none_match="*")

    assert statuses == [200, 200, 200, 200, 429, 429]
    assert held[0] == 304


async def test_every_answer_is_counted_once(site: Site) -> None:
    async with connected(site) as [wire]:
        for _ in range(5):
            await wire.ask()
        for _ in range(3):
            await wire.ask(if_none_match="*")

    await site.parts.readership.record()
    day = site.newsroom.clock.now().date()
    [counted] = site.newsroom.store.query(readerships, day, day + timedelta(days=1))
    assert (counted.requests, counted.not_modified, counted.direct) == (8, 3, 1)
