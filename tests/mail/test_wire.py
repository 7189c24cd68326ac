"""What the wire writes, and when, as the connection sees it."""

import asyncio
from collections.abc import Iterable

from typing_extensions import override

from publisher.mail.smtp.wire import Wire

Piece = bytes | bytearray | memoryview


class Recorder(asyncio.Transport):
    """A connection that remembers in which pieces it was written to."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []

    @override
    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        pass

    @override
    def is_closing(self) -> bool:
        return False

    @override
    def get_write_buffer_size(self) -> int:
        return 0

    @override
    def writelines(self, list_of_data: Iterable[Piece]) -> None:
        self.pieces.append(b"".join(list_of_data))


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
