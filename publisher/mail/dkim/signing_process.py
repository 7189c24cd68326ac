"""A process beside ours that signs, so that a message costs ours no more than a hash.

An RSA signature takes as long as all the rest of a message. A thread could make it as
well, but it and the event loop would wait for the interpreter in turns, which costs
more than it saves.
"""

import asyncio
import json
import logging
import os
import site
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

PATIENCE = 5.0
"""In seconds: how long a signature may take, its start included. It is noticed within
twice that, so that a service can stop in time whatever has happened to the process."""

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
            line = _Line(self._keys, self._patience, self._lost)
            try:
                await self._end()
                self._process = await _connected(self._python, line)
            except Exception as error:  # noqa: BLE001 (a full system has many ways)
                self._lost(getattr(error, "strerror", None) or str(error))
                return None
            self._line = line
            return line

    async def _end(self) -> None:
        line, self._line = self._line, None
        process, self._process = self._process, None
        if line is not None:
            await line.close()
        if process is not None:
            if line is None or line.is_lost:
                process.kill()
            await asyncio.to_thread(_buried, process)

    def _lost(self, reason: str) -> None:
        self._rests_until = asyncio.get_running_loop().time() + REST
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
        on_lost: Callable[[str], None],
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
        self._reason = ""
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
            self._look_later()
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
        if self._asked or not self._is_closing:
            self._on_lost(self._reason or getattr(exc, "strerror", None) or "it ended")
        while self._asked:
            asked = self._asked.popleft()
            if not asked.waiting.done():
                asked.waiting.set_result(asked.unsigned.sign())

    def _look_later(self) -> None:
        """Look after a while whether who has waited longest still waits."""
        waiting = (asked.waiting for asked in self._asked)
        oldest = next((each for each in waiting if not each.done()), None)
        if oldest is not None:
            self._watch = self._loop.call_later(self._patience, self._look, oldest)

    def _look(self, oldest: "asyncio.Future[Sequence[bytes]]") -> None:
        """Give a process up that hangs; those who wait are served here then."""
        self._watch = None
        if self._transport is not None and not oldest.done():
            self._reason = "it did not answer"
            self._transport.abort()
        else:
            self._look_later()

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self._transport is not None and not self.is_lost:
            # Not `writelines`: Python 3.12 and 3.13 let it write to a lost transport.
            self._transport.write(b"".join(unsent))


async def _connected(python: str, line: _Line) -> "subprocess.Popen[bytes]":
    """Start the process at the other end of a line."""
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            process = _started(python, theirs)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: line, sock=ours)
    except BaseException:
        ours.close()
        raise
    return process


def _started(python: str, end: socket.socket) -> "subprocess.Popen[bytes]":
    """Start the process in a session of its own, as a Ctrl-C is meant for us.

    It takes no module from the current folder (`-P`), as it gets the private keys.
    """
    return subprocess.Popen(  # noqa: S603 (our own program, no word from outside)
        [python, "-P", "-m", "publisher.mail.dkim"],
        stdin=end.fileno(),
        env=_environment(),
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    """Return what the process needs to find this very package, installed or not."""
    home = str(Path(publisher.__file__).parents[1])
    if home in (*site.getsitepackages(), site.getusersitepackages()):
        return dict(os.environ)
    path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), home)))
    return {**os.environ, "PYTHONPATH": path}


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
