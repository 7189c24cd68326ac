"""What the wire writes, and when, as the connection sees it."""

import asyncio
from collections.abc import Callable, Iterable

import pytest
from typing_extensions import override

from publisher.mail.smtp import SmtpTimeouts
from publisher.mail.smtp.handover import Handover
from publisher.mail.smtp.pipelined import PipelinedLine
from publisher.mail.smtp.settled import Settled
from publisher.mail.smtp.wire import Wire
from publisher.mail.transport import Begin
from publisher.model.reply import Kind, Outcome, Phase
from tests.mail.relays import ENVELOPE

Piece = bytes | bytearray | memoryview


class Recorder(asyncio.Transport):
    """A connection that remembers in which pieces it was written to."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.is_shut = False

    @override
    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        pass

    @override
    def is_closing(self) -> bool:
        return self.is_shut

    @override
    def get_write_buffer_size(self) -> int:
        return 0

    @override
    def writelines(self, list_of_data: Iterable[Piece]) -> None:
        self.pieces.append(b"".join(list_of_data))

    @override
    def abort(self) -> None:
        self.is_shut = True


async def test_the_next_message_goes_in_one_piece_with_the_dot_of_the_last() -> None:
    connection = Recorder()
    wire = Wire(connection)

    wire.write(b"content\r\n")
    wire.write(b".\r\n")
    await asyncio.sleep(
        0
    )  # In the next turn whoever waited for the connection goes on.
    wire.write(b"MAIL\r\n")
    for _ in range(3):
        await asyncio.sleep(0)

    assert connection.pieces == [b"content\r\n.\r\nMAIL\r\n"]
    assert wire.is_flushed


async def test_it_is_not_flushed_before_the_system_has_it() -> None:
    wire = Wire(Recorder())

    wire.write(b"content\r\n")
    seen = []
    for _ in range(4):
        seen.append(wire.is_flushed)
        await asyncio.sleep(0)

    assert seen[0] is False
    assert seen[-1] is True


async def settled(line: PipelinedLine, wire: Wire, begin: Begin) -> Outcome:
    """Return what a message comes to whose envelope is accepted."""
    sending = asyncio.create_task(line.transact(Handover(ENVELOPE, begin)))
    for _ in range(4):
        await asyncio.sleep(0)
    wire.data_received(b"250 ok\r\n250 ok\r\n354 go ahead\r\n")
    with pytest.raises(Settled) as raised:
        await sending
    return raised.value.outcome


def hang_up(wire: Wire, connection: Recorder) -> None:
    """End the connection, which the wire is told at once."""
    connection.is_shut = True
    wire.connection_lost(None)


def shut_and_hang_up(wire: Wire, connection: Recorder) -> None:
    """End the connection, which the wire is told when it has tried to write."""
    connection.is_shut = True
    asyncio.get_running_loop().call_later(0.01, wire.connection_lost, None)


def stay(wire: Wire, _: Recorder) -> None:
    """End the connection after everything was written."""
    asyncio.get_running_loop().call_later(0.01, wire.connection_lost, None)


@pytest.mark.parametrize(
    ("end", "has_gone", "kind"),
    [
        (hang_up, False, Kind.RETRY),
        (shut_and_hang_up, False, Kind.RETRY),
        (stay, True, Kind.DOUBT),
    ],
)
async def test_a_connection_that_ends_before_the_dot_is_written_makes_no_doubt(
    end: Callable[[Wire, Recorder], None], kind: Kind, *, has_gone: bool
) -> None:
    loop, connection = asyncio.get_running_loop(), Recorder()
    wire = Wire(connection)
    line = PipelinedLine(wire, {}, SmtpTimeouts(), lambda: False)

    async def begin() -> bool:
        # After the content is handed to the wire, and before that writes it.
        loop.call_soon(loop.call_soon, end, wire, connection)
        return True

    outcome = await settled(line, wire, begin)

    assert any(b"\r\n.\r\n" in piece for piece in connection.pieces) is has_gone
    assert outcome.kind is kind
    assert outcome.phase is (Phase.DOT if has_gone else Phase.DATA)


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (b"250 2.0.0 ok\r\n", Kind.RETRY, 0),
        (b"354 go ahead\r\n", Kind.RETRY, 0),
        (b"421 4.7.0 slow down\r\n", Kind.RETRY, 421),
        (b"552 5.3.4 too big\r\n", Kind.CONTENT, 552),
    ],
)
async def test_a_reply_that_comes_before_the_dot_is_written_is_no_answer_to_it(
    reply: bytes, kind: Kind, code: int
) -> None:
    loop, connection = asyncio.get_running_loop(), Recorder()
    wire = Wire(connection)
    line = PipelinedLine(wire, {}, SmtpTimeouts(), lambda: False)

    async def begin() -> bool:
        loop.call_soon(loop.call_soon, wire.data_received, reply)
        return True

    outcome = await settled(line, wire, begin)

    assert (outcome.kind, outcome.code) == (kind, code)
    assert (outcome.phase, outcome.ends_connection) == (Phase.DATA, True)
    assert not wire.is_open
    assert not any(b"\r\n.\r\n" in piece for piece in connection.pieces)
