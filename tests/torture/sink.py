"""A relay in a process of its own that writes down what it takes, before it says so.

`python sink.py SOCKET RECORD SLOWEST REFUSES [FOLDER]`: a line of the record is written
before the reply to the final dot leaves, `SLOWEST` seconds later at most. It says
`accepted` or `refused`, the SHA-256 of the content, and the recipient. Of so many
recipients one is refused for now, once, after its content.

With a folder two more files are written in it: `offers`, which process offered which
recipient when; and `mail.log`, in which the same stands as Postfix would say it.
"""

import asyncio
import hashlib
import os
import random
import re
import socket
import struct
import sys
import time
import zlib
from datetime import UTC, datetime
from typing import cast

from typing_extensions import override

EHLO = (
    b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
)
ACCEPTED, REFUSED = b"250 2.0.0 queued\r\n", b"451 4.3.0 not just now\r\n"


MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^<>\s]+>)", re.MULTILINE | re.IGNORECASE)


def append_to(file: str) -> int:
    """Open a file to append to it."""
    return os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


class Sink:
    """What all connections share."""

    def __init__(self, record: str, slowest: float, refuses: int, folder: str) -> None:
        self.record = append_to(record)
        self.offers = append_to(f"{folder}/offers") if folder else None
        self.log = append_to(f"{folder}/mail.log") if folder else None
        self.count = 0
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
        if self.log is not None:
            os.write(self.log, self.entries(content, is_taken=reply is ACCEPTED))
        return reply

    def offer(self, process: int, recipient: bytes) -> None:
        """Write down who offers a recipient."""
        if self.offers is not None:
            at = time.time()  # noqa: TID251 (a relay has a clock of its own)
            line = f"{process} {at} {recipient.decode()}\n"
            os.write(self.offers, line.encode())

    def entries(self, content: bytes, *, is_taken: bool) -> bytes:
        """Return what Postfix says about a message."""
        self.count += 1
        queue_id = f"{0x4F9D1000000 + self.count:X}"
        found = MESSAGE_ID.search(content)
        message_id = found[1].decode() if found else "<>"
        said = [
            ("smtpd[811]", "client=desk.example[192.0.2.5]"),
            ("cleanup[814]", f"message-id={message_id}"),
            ("qmgr[90]", "from=<b@gazeta.example>, size=9, nrcpt=1 (queue active)"),
            ("qmgr[90]", "removed"),
        ]
        if not is_taken:
            rejected = "END-OF-MESSAGE from desk.example[192.0.2.5]: 4.3.0 not just now"
            said[2:] = [("cleanup[814]", f"milter-reject: {rejected}")]
        at = datetime.now(UTC).isoformat()  # noqa: TID251 (as above)
        lines = [f"{at} mx1 postfix/{who}: {queue_id}: {what}\n" for who, what in said]
        return "".join(lines).encode()


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
        self.process = process_of(transport.get_extra_info("socket"))
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
            self.sink.offer(self.process, self.recipient)
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


def process_of(peer: socket.socket) -> int:
    """Return the number of the process at the other end."""
    found = peer.getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")
    )
    number: int = struct.unpack("3i", found)[0]
    return number


async def serve(place: str, sink: Sink) -> None:
    """Listen until the process is ended; say so once it does."""
    loop = asyncio.get_running_loop()
    listening = await loop.create_unix_server(lambda: Talk(sink), place, backlog=512)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await listening.serve_forever()


if __name__ == "__main__":
    place, record, slowest, refuses, *rest = sys.argv[1:]
    folder = rest[0] if rest else ""
    asyncio.run(serve(place, Sink(record, float(slowest), int(refuses), folder)))
