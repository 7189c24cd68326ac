"""The pipelined end of a connection: questions out, replies in, strictly in step.

Whatever is not the next reply that was asked for breaks the connection: a reply that
belongs to nobody, or that is none, would be taken for the answer to another message.
"""

import asyncio
import re
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from typing_extensions import override

from publisher.mail.smtp.settled import why_lost
from publisher.model.reply import Phase

__all__ = ["Exchange", "LostError", "Question", "Reply", "Wire"]

# RFC 5321 section 4.5.3.1.5 has 512; servers write longer ones. Both bound memory.
MAX_LINE_BYTES = 4096
MAX_REPLY_BYTES = 65536

CLOSING = 421

DOT = b".\r\n"
"""As it is written: a part of its own."""

CODES = {b"%d" % code: code for code in range(200, 600)}

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])([^\r\n]*))?\r?")


class Reply(NamedTuple):
    """A complete reply, its lines as they came."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def text(self) -> str:
        """What it says, without the codes; lines are joined by line feeds."""
        if len(self.lines) == 1:
            return _said(self.lines[0])
        return "\n".join(map(_said, self.lines))


class Question(NamedTuple):
    """What is asked, in the words of a session, and how long we wait for the reply."""

    phase: Phase
    seconds: float


class LostError(Exception):
    """The connection is gone or out of step; `phase` says which reply is missing."""

    def __init__(self, phase: Phase, text: str) -> None:
        self.phase = phase
        self.text = text
        super().__init__(f"{phase}: {text}")


class Exchange:
    """Some questions written together, whose replies are awaited together."""

    __slots__ = ("_count", "_done", "_questions", "replies")

    def __init__(
        self, questions: Sequence[Question], done: "asyncio.Future[None]"
    ) -> None:
        self._questions = questions
        self._count = len(questions)
        self._done = done
        self.replies: list[Reply] = []

    async def all(self) -> list[Reply]:
        """Return the replies, all of them; raises LostError."""
        await self._done
        return self.replies

    @property
    def next(self) -> Question:
        """The question whose reply comes next."""
        return self._questions[len(self.replies)]

    @property
    def has_all(self) -> bool:
        """Whether all replies are here."""
        return len(self.replies) == self._count

    @property
    def has_ended(self) -> bool:
        """Whether all replies are here or will never be."""
        return self._done.done()

    def take(self, reply: Reply) -> bool:
        """Add a reply; return whether it was the last."""
        self.replies.append(reply)
        if len(self.replies) < self._count:
            return False
        # Who asked may have been cancelled: the reply belongs to nobody else.
        if not self._done.done():
            self._done.set_result(None)
        return True

    def fail(self, text: str) -> None:
        """Say that no more replies will come."""
        if not self._done.done():
            self._done.set_exception(LostError(self.next.phase, text))
            # Nobody may be waiting any more; asyncio would log that.
            self._done.exception()


class Wire(asyncio.Protocol):
    """Takes a connection over that is open, encrypted and logged in."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._exchanges: deque[Exchange] = deque()
        self._rest = b""
        self._lines: list[bytes] = []
        self._held = self._replies = 0
        self._out: list[bytes] = []
        # One timer for all questions: it looks again when it was set for another one.
        self._timer: asyncio.TimerHandle | None = None
        self._due_at = 0.0
        self._why_lost = ""
        self.is_left = False
        # Whether the connection ended before a final dot was handed to the system.
        self.has_kept_dot = False
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Tell whether the connection stands, as far as we know."""
        return not self._why_lost and not self._transport.is_closing()

    @property
    def is_flushed(self) -> bool:
        """Whether the system has all that was written."""
        return not self._out and not self._transport.get_write_buffer_size()

    def ask(self, questions: Sequence[Question]) -> Exchange:
        """Expect replies to what is written next."""
        exchange = Exchange(questions, self._loop.create_future())
        if not self.is_open:
            exchange.fail(self._why_lost or "connection lost")
            return exchange
        if not self._exchanges:
            self._exchanges.append(exchange)
            self._watch()
        else:
            self._exchanges.append(exchange)
        return exchange

    def write(self, *parts: bytes) -> None:
        """Write at the end of the next turn, together with what is written until then.

        By then the commands of the message that comes next are there as well: they go
        in one piece with the content before them, and are answered in one.
        """
        if not self._out:
            self._loop.call_soon(self._loop.call_soon, self._flush)
        self._out += parts

    def leave(self) -> None:
        """Close at once, for a reason that lies outside of this connection's talk."""
        self.is_left = True
        self.abort("connection closed by us")

    def abort(self, why: str) -> None:
        """Close at once; who still waits for a reply is told why."""
        self._why_lost = self._why_lost or why
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        exchanges, self._exchanges = self._exchanges, deque()
        for exchange in exchanges:
            exchange.fail(self._why_lost)
        self.has_kept_dot |= DOT in self._out
        self._out.clear()
        self._transport.abort()

    @override
    def data_received(self, data: bytes) -> None:
        """Take what came in: parts of replies, or several."""
        if self._why_lost:
            return
        if self._rest:
            data = self._rest + data
        start, replies, is_early = 0, self._replies, DOT in self._out
        while (end := data.find(b"\n", start)) >= 0:
            line = data[start:end]
            start = end + 1
            if not self._take_usual(line) and not self._take_line(line):
                return
        self._rest = data[start:]
        if len(self._rest) > MAX_LINE_BYTES:
            self.abort("a reply without a line end")
        elif is_early and self._replies != replies:
            self.abort("a reply before the dot")
        elif self._replies != replies:
            # Not for a part of one: a relay may not win time by dripping.
            self._watch()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits that no reply will come."""
        self.abort(why_lost(exc) if exc else "connection closed by the relay")

    def _flush(self) -> None:
        out, self._out = self._out, []
        if self.is_open:
            self._transport.writelines(out)
        else:
            self.has_kept_dot |= DOT in out

    def _take_usual(self, line: bytes) -> bool:
        """Take a reply of one line, which nearly all are; False if it is no such."""
        code = CODES.get(line[:3])
        if (
            code is None
            or code == CLOSING
            or line[3:4] != b" "
            or self._lines
            or not self._exchanges
        ):
            return False
        self._replies += 1
        if self._exchanges[0].take(Reply(code, (line,))):
            self._exchanges.popleft()
        return True

    def _take_line(self, line: bytes) -> bool:
        """Take a line; False when the connection is of no use after it."""
        found = _LINE.fullmatch(line)
        if found is None:
            self.abort(f"not a reply: {_shown(line)}")
            return False
        if self._lines and self._lines[0][:3] != found[1]:
            self.abort(f"a reply of two codes: {_shown(self._lines[0] + line)}")
            return False
        self._lines.append(line)
        self._held += len(line)
        if self._held > MAX_REPLY_BYTES:
            self.abort("a reply without an end")
            return False
        return found[2] == b"-" or self._take_reply(int(found[1]))

    def _take_reply(self, code: int) -> bool:
        self._replies += 1
        reply = Reply(code, tuple(self._lines))
        self._lines, self._held = [], 0
        if not self._exchanges:
            # Usually a 421 before the relay closes an idle connection.
            self.abort(f"unasked: {code} {reply.text}")
            return False
        if self._exchanges[0].take(reply):
            self._exchanges.popleft()
        if code == CLOSING:
            # Whatever else it says, it is about to close (RFC 5321 section 3.8).
            self.abort(f"the relay is closing: {code} {reply.text}")
        return code != CLOSING

    def _watch(self) -> None:
        """Bound the wait for the next reply, and for that only."""
        if not self._exchanges:
            self._due_at = 0.0
            return
        self._due_at = self._loop.time() + self._exchanges[0].next.seconds
        if self._timer is None or self._due_at < self._timer.when():
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._due_at, self._look)

    def _look(self) -> None:
        """Break a connection whose reply is overdue; look again at one that answers."""
        self._timer = None
        if not self._due_at:
            return
        if self._loop.time() < self._due_at:
            self._set_timer()
        elif self._exchanges:
            seconds = self._exchanges[0].next.seconds
            self.abort(f"no reply within {seconds:g} seconds")


def _said(line: bytes) -> str:
    return line[4:].decode("utf-8", "surrogateescape").strip()


def _shown(line: bytes) -> str:
    return line[:100].decode("utf-8", "replace")
