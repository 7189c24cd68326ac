"""A relay in a process of its own that writes down what it takes, before it says so.

`python sink.py SOCKET RECORD SLOWEST REFUSES`: a line of the record is written before
the reply to the final dot leaves, `SLOWEST` seconds later at most. It says `accepted`
or `refused`, the SHA-256 of the content, and the recipient. Of so many recipients one
is refused for now, once, after its content.
"""

import asyncio
import hashlib
import os
import random
import sys
import zlib
from typing import cast

from typing_extensions import override

EHLO = (
    b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
)
ACCEPTED, REFUSED = b"250 2.0.0 queued\r\n", b"451 4.3.0 not just now\r\n"


class Sink:
    """What all connections share."""

    def __init__(self, record: str, slowest: float, refuses: int) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self.record = os.open(record, flags, 0o600)
        self.slowest = slowest
        self.refuses = refuses
        self.refused: set[bytes] = set()
        self.chance = random.Random(1)

    def take(self, recipient: bytes, content: bytes) -> bytes:
        """Write a message down and return the reply to its final dot."""
        reply, word = ACCEPTED, b"accepted"
        is_chosen = self.refuses and zlib.crc32(recipient) % self.refuses == 0
        if is_chosen and recipient not in self.refused:
            self.refused.add(recipient)
            reply, word = REFUSED, b"refused"
        digest = hashlib.sha256(content).hexdigest().encode()
        os.write(self.record, b"%s %s %s\n" % (word, digest, recipient))
        return reply


class Talk(asyncio.Protocol):
    """One connection; replies leave in the order of what they answer."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.buffer = bytearray()
        self.seen = 0
        self.recipient = b""
        self.is_content = False
        self.replies: list[tuple[bytes, float]] = []
        self.loop = asyncio.get_running_loop()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(b"220 sink.example ESMTP\r\n")

    @override
    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while self.take_one():
            pass

    def take_one(self) -> bool:
        """Take a command or a message; False when none is complete."""
        mark = b"\r\n.\r\n" if self.is_content else b"\r\n"
        found = self.buffer.find(mark, max(0, self.seen - len(mark)))
        if found < 0:
            self.seen = len(self.buffer)
            return False
        taken = bytes(self.buffer[:found])
        del self.buffer[: found + len(mark)]
        self.seen = 0
        if self.is_content:
            self.is_content = False
            wait = self.sink.chance.uniform(0, self.sink.slowest)
            self.say(self.sink.take(self.recipient, taken), wait)
        else:
            self.obey(taken)
        return True

    def obey(self, line: bytes) -> None:
        """Answer a command."""
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.recipient = line.partition(b"<")[2].partition(b">")[0]
        self.is_content = verb == b"DATA"
        replies = {b"EHLO": EHLO, b"DATA": b"354 go\r\n", b"QUIT": b"221 2.0.0 bye\r\n"}
        self.say(replies.get(verb, b"250 2.0.0 ok\r\n"), 0.0)

    def say(self, reply: bytes, wait: float) -> None:
        """Reply after a while, and never before what is to be answered first."""
        self.replies.append((reply, wait))
        if len(self.replies) == 1:
            self.wait_for_first()

    def wait_for_first(self) -> None:
        """Have the first reply leave when its time has come, and then the next."""
        _, wait = self.replies[0]
        if wait:
            self.loop.call_later(wait, self.reply)
        else:
            self.reply()

    def reply(self) -> None:
        """Send the first reply."""
        reply, _ = self.replies[0]
        self.transport.write(reply)
        del self.replies[0]
        if self.replies:
            self.wait_for_first()


async def serve(place: str, sink: Sink) -> None:
    """Listen until the process is ended; say so once it does."""
    loop = asyncio.get_running_loop()
    listening = await loop.create_unix_server(lambda: Talk(sink), place, backlog=512)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await listening.serve_forever()


if __name__ == "__main__":
    place, record, slowest, refuses = sys.argv[1:]
    asyncio.run(serve(place, Sink(record, float(slowest), int(refuses))))
