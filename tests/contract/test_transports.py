"""Every transport keeps the promises of `publisher.mail.transport.Transport`.

Maildir; SMTP one command at a time, to a real server in this process; and SMTP in one
flight, to a server that offers PIPELINING.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd import smtp as real

from publisher.errors import TransportError
from publisher.mail.maildir import MaildirTransport
from publisher.mail.message import compile_message
from publisher.mail.smtp import Security, SmtpSettings, SmtpTransport
from publisher.mail.transport import Envelope, Transport
from publisher.model.reply import Kind
from tests.mail.samples import KAZAKH, RUSSIAN, a_reader
from tests.mail.scripted_smtp import Act, serving


@dataclass
class Post:
    """A transport, and what came out at its other end."""

    transport: Transport
    received: Callable[[], list[bytes]]
    connections: int = 2


class Mailbox:
    """What the real server does with a message: keep it."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: object, _session: object, envelope: real.Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.messages.append(envelope.content)
        return "250 2.0.0 kept"


@asynccontextmanager
async def maildir_post(folder: Path) -> AsyncIterator[Post]:
    transport = MaildirTransport(folder / "outbox")

    def received() -> list[bytes]:
        return [file.read_bytes() for file in sorted((folder / "outbox/new").glob("*"))]

    yield Post(transport, received, connections=50)
    await transport.close()


@asynccontextmanager
async def pipelined_post(_folder: Path) -> AsyncIterator[Post]:
    no_limit = Act("250-relay.example\r\n250-PIPELINING\r\n250 8BITMIME")
    async with serving({"ehlo": no_limit}) as server:
        transport = SmtpTransport(
            SmtpSettings(
                host="127.0.0.1",
                port=server.port,
                helo_name="news.example",
                security=Security.NONE,
                connections=2,
                close_within=timedelta(seconds=1),
            )
        )
        yield Post(transport, lambda: [taken.message for taken in server.taken])
        await transport.close()


@asynccontextmanager
async def smtp_post(_folder: Path) -> AsyncIterator[Post]:
    mailbox = Mailbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: real.SMTP(mailbox, hostname="relay.example", enable_SMTPUTF8=True),
        "127.0.0.1",
        0,
    )
    transport = SmtpTransport(
        SmtpSettings(
            host="127.0.0.1",
            port=server.sockets[0].getsockname()[1],
            helo_name="news.example",
            security=Security.NONE,
            connections=2,
            close_within=timedelta(seconds=1),
        )
    )
    try:
        yield Post(transport, lambda: list(mailbox.messages))
        await transport.close()
    finally:
        server.close()
        await server.wait_closed()


OpenPost = Callable[[Path], AbstractAsyncContextManager[Post]]


@pytest.fixture(
    params=[maildir_post, smtp_post, pipelined_post],
    ids=["maildir", "smtp", "smtp pipelined"],
)
async def post(
    request: pytest.FixtureRequest, tmp_path: Path, anyio_backend_name: str
) -> AsyncIterator[Post]:
    assert anyio_backend_name == "asyncio"
    opened: OpenPost = request.param
    async with opened(tmp_path) as value:
        yield value


def an_envelope(
    message: bytes = b"Subject: x\r\n\r\nbody\r\n", key: str = "d1"
) -> Envelope:
    return Envelope("b@news.example", "reader@mail.example", message, key)


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


MESSAGES = {
    "russian": compile_message(RUSSIAN).for_reader(a_reader()),
    "kazakh": compile_message(KAZAKH).for_reader(a_reader(key="d2")),
    "dots": b".first\r\n..\r\n.\r\n\r\n...\r\nend.\r\n.\r\n",
    "empty lines": b"\r\n\r\n\r\n",
    "long lines": (b"x" * 990 + b"\r\n") * 1000,
}


@pytest.mark.parametrize("name", MESSAGES)
async def test_a_message_arrives_byte_for_byte(post: Post, name: str) -> None:
    outcome = await post.transport.send(an_envelope(MESSAGES[name]), yes)

    assert outcome.kind is Kind.SENT
    assert post.received() == [MESSAGES[name]]


async def test_a_delivery_is_begun_once_and_before_anything_can_arrive(
    post: Post,
) -> None:
    seen: list[list[bytes]] = []

    async def begin() -> bool:
        seen.append(post.received())
        return True

    await post.transport.send(an_envelope(), begin)

    assert seen == [[]]
    assert len(post.received()) == 1


async def test_a_withdrawn_delivery_sends_nothing(post: Post) -> None:
    outcome = await post.transport.send(an_envelope(), no)

    assert outcome.kind is Kind.STOPPED
    assert post.received() == []
    assert (await post.transport.send(an_envelope(), yes)).kind is Kind.SENT


@pytest.mark.parametrize("error", [RuntimeError, TimeoutError, OSError])
async def test_what_begin_raises_reaches_the_caller_and_sends_nothing(
    post: Post, error: type[Exception]
) -> None:
    away = "the store is away"

    async def begin() -> bool:
        raise error(away)

    with pytest.raises(error, match=away):
        await post.transport.send(an_envelope(), begin)

    assert post.received() == []
    assert (await post.transport.send(an_envelope(), yes)).kind is Kind.SENT


async def test_cancelling_leaves_the_transport_usable(post: Post) -> None:
    began = asyncio.Event()

    async def begin() -> bool:
        began.set()
        await asyncio.Event().wait()
        return True

    for _ in range(5):
        began.clear()
        task = asyncio.create_task(post.transport.send(an_envelope(), begin))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert post.received() == []
    assert (await post.transport.send(an_envelope(), yes)).kind is Kind.SENT
    assert len(post.received()) == 1


async def test_an_outcome_is_told_before_its_connection_begins_the_next_message(
    post: Post,
) -> None:
    events: list[tuple[str, int]] = []

    async def send(number: int) -> None:
        async def begin() -> bool:
            events.append(("begun", number))
            await asyncio.sleep(0)
            return True

        await post.transport.send(an_envelope(key=f"d{number}"), begin)
        # A caller that records the outcome at once does it here.
        events.append(("told", number))

    await asyncio.gather(*(send(number) for number in range(50)))

    open_now = [0]
    for event, _ in events:
        open_now.append(open_now[-1] + (1 if event == "begun" else -1))
    assert max(open_now) <= post.connections
    assert len(events) == 100


async def test_many_messages_at_once_all_arrive_once(post: Post) -> None:
    bodies = [b"Subject: %d\r\n\r\nbody\r\n" % number for number in range(40)]

    outcomes = await asyncio.gather(
        *(
            post.transport.send(an_envelope(body, f"d{number}"), yes)
            for number, body in enumerate(bodies)
        )
    )

    assert {outcome.kind for outcome in outcomes} == {Kind.SENT}
    assert sorted(post.received()) == sorted(bodies)


async def test_closing_twice_is_closing_once(post: Post) -> None:
    await post.transport.send(an_envelope(), yes)

    await post.transport.close()
    await post.transport.close()

    with pytest.raises(TransportError, match="is closed"):
        await post.transport.send(an_envelope(), yes)
    assert len(post.received()) == 1
