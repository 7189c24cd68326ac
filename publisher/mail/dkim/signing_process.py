"""A process beside ours that signs, so that a message costs ours no more than a hash.

An RSA signature takes as long as all the rest of a message. A thread could make it as
well, but it and the event loop would wait for the interpreter in turns, which costs
more than it saves.
"""

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, cast

from typing_extensions import override

import publisher
from publisher.mail.dkim.keys import DkimKey
from publisher.mail.dkim.signing import Unsigned

__all__ = ["SigningProcess"]

REST = 60.0
"""In seconds: how long we sign ourselves after a process was lost."""

PATIENCE = 20.0
"""In seconds: how long it may answer nothing, for what takes it milliseconds."""

GRACE = 2.0
"""In seconds: how long it may take to end once nobody asks any more."""

_log = logging.getLogger("publisher.mail")


class SigningProcess:
    """Signs with some keys, in a process that starts when there is something to sign.

    Whatever becomes of it, everything is signed: what it leaves undone is signed here.
    Belongs to one event loop.
    """

    def __init__(
        self,
        keys: Sequence[DkimKey],
        *,
        python: str = sys.executable,
        patience: float = PATIENCE,
    ) -> None:
        """Start nothing yet; `python` is what the process runs on."""
        self._keys = tuple(keys)
        self._python = python
        self._patience = patience
        self._line: _Line | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = asyncio.Lock()
        self._rests_until = 0.0

    async def sign(self, unsigned: Unsigned) -> Sequence[bytes]:
        """Return the signatures of a message, by the keys that it was made for."""
        line = self._line
        if line is None or line.is_lost:
            line = await self._start()
        return await line.sign(unsigned) if line is not None else unsigned.sign()

    async def end(self) -> None:
        """End the process once it has signed what was asked; it may start again."""
        async with self._starting:
            await self._end()

    async def _start(self) -> "_Line | None":
        """Start the process, unless one was lost just now."""
        async with self._starting:
            if self._line is not None and not self._line.is_lost:
                return self._line
            loop = asyncio.get_running_loop()
            if loop.time() < self._rests_until:
                return None
            await self._end()
            line = _Line(self._keys, self._patience, self._lost)
            ours, theirs = socket.socketpair()
            try:
                with theirs:
                    self._process = _started(self._python, theirs)
                await loop.create_connection(lambda: line, sock=ours)
            except OSError as error:
                ours.close()
                self._lost(error)
                return None
            self._line = line
            return line

    async def _end(self) -> None:
        line, self._line = self._line, None
        process, self._process = self._process, None
        if line is not None:
            await line.close()
        if process is not None:
            await asyncio.to_thread(_buried, process)

    def _lost(self, error: Exception | None) -> None:
        self._rests_until = asyncio.get_running_loop().time() + REST
        reason = getattr(error, "strerror", None) or str(error or "it ended")
        _log.warning("signing.process_lost reason=%s", reason)


class _Asked(NamedTuple):
    unsigned: Unsigned
    waiting: "asyncio.Future[Sequence[bytes]]"


class _Line(asyncio.Protocol):
    """Hashes out, signatures in, in the same order; `is_lost` once it has ended."""

    def __init__(
        self,
        keys: Sequence[DkimKey],
        patience: float,
        on_lost: Callable[[Exception | None], None],
    ) -> None:
        self._keys = keys
        self._patience = patience
        self._on_lost = on_lost
        self._sizes = [key.signature_bytes for key in keys]
        self._asked: deque[_Asked] = deque()
        self._unsent: list[bytes] = []
        self._received = b""
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._is_closing = False
        self.is_lost = False

    async def sign(self, unsigned: Unsigned) -> Sequence[bytes]:
        if self.is_lost:
            return unsigned.sign()
        waiting: asyncio.Future[Sequence[bytes]] = self._loop.create_future()
        self._asked.append(_Asked(unsigned, waiting))
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent += unsigned.digests
        if self._watch is None:
            self._look_at(waiting)
        return await waiting

    async def close(self) -> None:
        """Leave, once everything is signed."""
        self._is_closing = True
        if self._asked:
            await asyncio.wait([asked.waiting for asked in self._asked])
        if self._transport is not None:
            self._transport.close()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(_told(self._keys))

    @override
    def data_received(self, data: bytes) -> None:
        """Hand out signatures, in the order in which they were asked for."""
        received, start = self._received + data, 0
        size = sum(self._sizes)
        while len(received) - start >= size:
            signatures = []
            for length in self._sizes:
                signatures.append(received[start : start + length])
                start += length
            asked = self._asked.popleft()
            if not asked.waiting.done():
                asked.waiting.set_result(signatures)
        self._received = received[start:]

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Sign what was asked and not answered."""
        self.is_lost = True
        if self._watch is not None:
            self._watch.cancel()
        if not self._is_closing:
            self._on_lost(exc)
        while self._asked:
            asked = self._asked.popleft()
            if not asked.waiting.done():
                asked.waiting.set_result(asked.unsigned.sign())

    def _look_at(self, waiting: "asyncio.Future[Sequence[bytes]]") -> None:
        """Look after a while whether somebody still waits."""
        self._watch = self._loop.call_later(self._patience, self._look, waiting)

    def _look(self, waiting: "asyncio.Future[Sequence[bytes]]") -> None:
        """Give a process up that hangs; those who wait are served here then."""
        self._watch = None
        if self._transport is not None and not waiting.done():
            self._transport.abort()
        elif self._asked:
            self._look_at(self._asked[-1].waiting)

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self._transport is not None and not self.is_lost:
            self._transport.writelines(unsent)


def _started(python: str, line: socket.socket) -> "subprocess.Popen[bytes]":
    """Start the process, in a session of its own: a Ctrl-C is meant for us."""
    home = str(Path(publisher.__file__).parents[1])
    path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(  # noqa: S603 (our own program, no word from outside)
        [python, "-m", "publisher.mail.dkim"],
        stdin=line.fileno(),
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )


def _buried(process: "subprocess.Popen[bytes]") -> None:
    """Wait for a process that was left to itself, but not for one that hangs."""
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _told(keys: Sequence[DkimKey]) -> bytes:
    """Return the keys as the first line that the process reads."""
    told = [
        {"algorithm": key.algorithm, "selector": key.selector, "pem": key.pem.decode()}
        for key in keys
    ]
    return json.dumps(told).encode() + b"\n"
