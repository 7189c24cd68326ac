"""The process that signs for another, which it has a socket to as its input.

First comes a line of JSON with the keys; then, for each message, a SHA-256 hash for
each key, for which the signatures go back, message by message. It ends with the other.
"""

import json
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress

from publisher.mail.dkim.keys import DIGEST_BYTES, DkimKey, load_key

__all__: list[str] = []

READ_BYTES = 65536

GROUP = 25
"""How many messages are answered together, where so many were asked for.

They begin together then, and share a commit; one by one they would take twice as much
of the database. Half of what is usually under way, so that no side waits for the other.
"""


def main() -> None:
    """Sign until there is nothing more to read."""
    # Whoever stops the service means the one we sign for, which may still need us.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with socket.socket(fileno=0) as line, suppress(ConnectionError):
        serve(line)


def serve(line: socket.socket) -> None:
    """Read the keys and sign with them until the other side closes."""
    told, read = _first_line(line)
    keys = [
        load_key(each["pem"].encode(), each["algorithm"], each["selector"], "a key")
        for each in json.loads(told or "[]")
    ]
    size = DIGEST_BYTES * len(keys)
    while keys:
        whole = len(read) - len(read) % size
        for start in range(0, whole, GROUP * size):
            asked = read[start : min(start + GROUP * size, whole)]
            line.sendall(_signatures(keys, asked))
        more = line.recv(READ_BYTES)
        if not more:
            return
        read = read[whole:] + more


def _first_line(line: socket.socket) -> tuple[bytes, bytes]:
    """Return the first line, empty when there was none, and what came with its end."""
    read = b""
    while b"\n" not in read:
        more = line.recv(READ_BYTES)
        if not more:
            return b"", b""
        read += more
    told, _, rest = read.partition(b"\n")
    return told, rest


def _signatures(keys: Sequence[DkimKey], digests: bytes) -> bytes:
    """Return the signatures of some messages, joined; the keys take turns."""
    each = range(0, len(digests), DIGEST_BYTES)
    return b"".join(
        keys[number % len(keys)].sign(digests[start : start + DIGEST_BYTES])
        for number, start in enumerate(each)
    )


if __name__ == "__main__":
    main()
