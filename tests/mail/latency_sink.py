"""A relay at a distance that takes everything, and counts the flights it answers.

All that has arrived when it turns to a connection is one flight; its replies leave
together, `latency` seconds later. So flights are round trips.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from typing_extensions import override

__all__ = ["LatencySink", "distant_sink"]

EHLO = b"250-sink.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n"


@dataclass
class LatencySink:
    """What came in, over all connections."""

    host: str
    latency: float
    flights: int = 0
    recipients: list[str] = field(default_factory=list)
    connections: int = 0


class Talk(asyncio.Protocol):
    """One connection: commands in, replies out a while later."""

    def __init__(self, sink: LatencySink) -> None:
        self.sink = sink
        self.buffer = b""
        self.replies = b""
        self.is_content = False
        sink.connections += 1

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 sink.example\r\n")

    @override
    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while self.take_one():
            pass
        if self.replies:
            replies, self.replies = self.replies, b""
            self.sink.flights += 1
            loop = asyncio.get_running_loop()
            loop.call_later(self.sink.latency, self.transport.write, replies)

    def take_one(self) -> bool:
        """Take a command or a message; False when none is complete."""
        mark = b"\r\n.\r\n" if self.is_content else b"\r\n"
        taken, found, rest = self.buffer.partition(mark)
        if found:
            self.buffer = rest
            self.replies += self.reply_to(taken)
        return bool(found)

    def reply_to(self, taken: bytes) -> bytes:
        """Accept whatever it is."""
        if self.is_content:
            self.is_content = False
            return b"250 2.0.0 queued\r\n"
        verb = taken[:4].upper()
        if verb == b"RCPT":
            self.sink.recipients.append(taken.split(b"<")[1].split(b">")[0].decode())
        self.is_content = verb == b"DATA"
        return {b"EHLO": EHLO, b"DATA": b"354 go\r\n"}.get(verb, b"250 2.0.0 ok\r\n")


@asynccontextmanager
async def distant_sink(latency: float) -> AsyncIterator[LatencySink]:
    """Run such a relay on a socket of the file system."""
    with tempfile.TemporaryDirectory() as folder:
        pass
    sink = LatencySink(f"{folder}.sink", latency)
    loop = asyncio.get_running_loop()
    listening = await loop.create_unix_server(lambda: Talk(sink), sink.host)
    try:
        yield sink
    finally:
        listening.close()
        with suppress(FileNotFoundError):
            os.unlink(sink.host)  # noqa: PTH108 (pathlib blocks, to ruff)
