"""The server runs inside our loop, leaves signals alone and says what it lacks."""

import asyncio
import signal
import socket

import pytest
from starlette.types import Receive, Scope, Send

from publisher.errors import PublisherError
from publisher.web.server import Server


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    await receive()
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await asyncio.sleep(0.05)
    await send({"type": "http.response.body", "body": b"salem"})


async def ask(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer


async def test_it_serves_between_start_and_stop() -> None:
    server = Server(hello, host="127.0.0.1", port=0)

    await server.start()
    answer = await ask(server.port)
    await server.stop()

    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"salem")
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        await ask(server.port)


async def test_it_does_not_tell_what_it_is() -> None:
    server = Server(hello, host="127.0.0.1", port=0)
    await server.start()

    answer = await ask(server.port)
    await server.stop()

    assert b"uvicorn" not in answer.lower()


async def test_answers_under_way_end_before_it_stops() -> None:
    server = Server(hello, host="127.0.0.1", port=0)
    await server.start()
    asking = asyncio.create_task(ask(server.port))
    await asyncio.sleep(0.02)

    await server.stop()

    assert (await asking).endswith(b"salem")


async def test_signals_stay_ours() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    server = Server(hello, host="127.0.0.1", port=0)

    await server.start()
    during = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    await server.stop()

    assert during == before


async def test_a_port_that_is_taken_says_which_key_to_change() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(PublisherError, match=rf"web\.port {port} is taken"):
            await Server(hello, host="127.0.0.1", port=port).start()


async def test_an_address_of_another_machine_says_which_key_to_change() -> None:
    with pytest.raises(PublisherError, match=r'web\.host "192\.0\.2\.1"'):
        await Server(hello, host="192.0.2.1", port=0).start()


async def test_stopping_what_never_started_is_fine() -> None:
    await Server(hello, host="127.0.0.1", port=0).stop()
