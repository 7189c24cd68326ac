"""What is no request yet takes no more memory than a request may."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from publisher.web.server import Server

MEGABYTE = 2**20
START = b"GET / HTTP/1.1\r\nHost: desk\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: desk\r\nTransfer-Encoding: chunked\r\n\r\n"


async def measured(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with how many bytes the body has."""
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@pytest.fixture(params=[None, lambda *_: None], ids=["plain", "at once"])
async def port(request: pytest.FixtureRequest) -> AsyncIterator[int]:
    server = Server(measured, host="127.0.0.1", port=0, recall=request.param)
    await server.start()
    yield server.port
    await server.stop()


async def talk(port: int, pieces: Iterable[bytes]) -> tuple[int, bytes]:
    """Return how many bytes were taken, and what came back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = 0
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.001)  # So that it comes in a piece of its own.
            sent += len(piece)
        answer = await asyncio.wait_for(reader.read(1000), 5)
    except ConnectionError:
        answer = b""
    writer.close()
    return sent, answer


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"GET /", b"a" * MEGABYTE),
        (START + b"a: ", b"a" * MEGABYTE),
        (START, b"a" * MEGABYTE),
        (START, b"a:b\r\n" * 200_000),
        (CHUNKED + b"1\r\na\r\n0\r\n", b"a:b\r\n" * 200_000),
        (CHUNKED + b"1\r\na\r\n0\r\na: ", b"a" * MEGABYTE),
        (CHUNKED + b"1;", b"a" * MEGABYTE),
    ],
    ids=["path", "value", "name", "names", "trailers", "trailer", "extension"],
)
async def test_no_client_fills_the_memory(port: int, start: bytes, more: bytes) -> None:
    sent, answer = await talk(port, [start, *[more] * 20])

    assert sent < 20 * MEGABYTE
    assert not answer or answer.split()[1] in {b"400", b"431"}


async def test_a_head_that_is_too_long_is_answered(port: int) -> None:
    _, answer = await talk(port, [START, b"a: ", *[b"a" * 1024] * 64])

    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_a_long_head_and_a_long_body_in_many_pieces_are_taken(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: desk\r\nContent-Length: 300000\r\nCookie: "
    pieces = [head, *[b"a" * 1000] * 50, b"\r\n\r\n", *[b"b" * 3000] * 100]

    _, answer = await talk(port, pieces)

    assert answer.endswith(b"\r\n\r\n300000")


async def test_many_requests_on_one_connection_are_answered(port: int) -> None:
    asked = START + b"Cookie: " + b"a" * 3000 + b"\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(50):
        writer.write(asked)
        assert (await reader.readuntil(b"\r\n\r\n0")).startswith(b"HTTP/1.1 200")
    writer.close()
