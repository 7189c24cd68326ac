"""An SMTP server that behaves well until its script says otherwise.

A script maps a phase to what happens instead of the usual reply: one `Act` for every
time, or a list for the first times. Phases are named after the commands, and
`greeting`, `content` (while the message is read) and `dot` (after it).
"""

import asyncio
import os
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.virtual_time import VirtualLoop

__all__ = ["Act", "Script", "ScriptedServer", "Taken", "serving"]

PLAIN = (
    "250-relay.example\r\n250-SIZE 100000\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES"
)
PIPELINED = PLAIN.replace("250-SIZE", "250-PIPELINING\r\n250-SIZE")

USUAL = {
    "greeting": "220 relay.example ESMTP",
    "ehlo": PIPELINED,
    "starttls": "220 2.0.0 ready",
    "auth": "235 2.7.0 welcome",
    "mail": "250 2.1.0 sender ok",
    "rcpt": "250 2.1.5 recipient ok",
    "data": "354 go ahead",
    "content": "",
    "dot": "250 2.0.0 Ok: queued as 4F1B2",
    "rset": "250 2.0.0 ok",
    "noop": "250 2.0.0 ok",
    "quit": "221 2.0.0 bye",
}


@dataclass(frozen=True, slots=True)
class Act:
    """Wait, say something, and perhaps hang up.

    `raw` is said as it is. Then `cut` closes the connection, `reset` breaks it without
    a good-bye, and `hang` keeps it and does nothing more.
    """

    reply: str = ""
    raw: bytes = b""
    delay: float = 0.0
    cut: bool = False
    reset: bool = False
    hang: bool = False


Script = Mapping[str, Act | Sequence[Act]]


@dataclass(frozen=True, slots=True)
class Taken:
    """A message the server took responsibility for."""

    sender: str
    recipient: str
    message: bytes


class HungUpError(Exception):
    """The server has closed the connection."""


@dataclass
class ScriptedServer:
    """What a server did; `commands` holds the lines it was given, per connection.

    With a `limit`, it turns away whoever comes while so many connections are standing.
    """

    script: Script = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    port: int = 0
    host: str = "127.0.0.1"
    pipelines: bool = True
    limit: int | None = None
    standing: int = 0
    taken: list[Taken] = field(default_factory=list)
    commands: list[list[str]] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    @property
    def connections(self) -> int:
        """How many connections there were."""
        return len(self.commands)

    def act(self, phase: str) -> Act:
        """Return what to do now."""
        number = self.seen.get(phase, 0)
        self.seen[phase] = number + 1
        scripted = self.script.get(phase, ())
        if isinstance(scripted, Act):
            return scripted
        return scripted[number] if number < len(scripted) else self.usual(phase)

    def usual(self, phase: str) -> Act:
        """Return what a well-behaved server says."""
        is_plain = phase == "ehlo" and not self.pipelines
        return Act(PLAIN if is_plain else USUAL[phase])


@asynccontextmanager
async def serving(
    script: Script | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    implicit: bool = False,
    pipelines: bool = True,
) -> AsyncIterator[ScriptedServer]:
    """Run a server on a free port of this machine, or on a socket in virtual time."""
    server = ScriptedServer(script=script or {}, tls=tls, pipelines=pipelines)
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            await Conversation(server, reader, writer).run()
        except (HungUpError, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            talks.discard(task)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    listening = await listen(server, talk, tls if implicit else None)
    try:
        yield server
    finally:
        listening.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await listening.wait_closed()
        with suppress(FileNotFoundError):
            os.unlink(server.host)  # noqa: PTH108 (pathlib blocks, to ruff, and this does not)


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def listen(
    server: ScriptedServer, talk: Talk, tls: ssl.SSLContext | None
) -> asyncio.Server:
    """Listen on a free port, or in virtual time on a socket of the file system."""
    if not isinstance(asyncio.get_running_loop(), VirtualLoop):
        listening = await asyncio.start_server(
            talk, "127.0.0.1", 0, ssl=tls, limit=2**20
        )
        server.port = listening.sockets[0].getsockname()[1]
        return listening
    with tempfile.TemporaryDirectory() as folder:
        pass
    server.host = f"{folder}.smtp"
    return await asyncio.start_unix_server(talk, server.host, limit=2**20)


class Conversation:
    """One connection."""

    def __init__(
        self,
        server: ScriptedServer,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer
        self.sender = self.recipient = ""
        self.has_recipient = False
        self.lines: list[str] = []
        server.commands.append(self.lines)

    async def run(self) -> None:
        """Answer commands until one side hangs up."""
        if self.server.standing == self.server.limit:
            await self.say(b"421 4.7.0 too many connections from you\r\n")
            return
        self.server.standing += 1
        try:
            await self.converse()
        finally:
            self.server.standing -= 1

    async def converse(self) -> None:
        """Greet, and answer commands."""
        await self.play("greeting")
        while line := await self.reader.readline():
            command = line.decode("utf-8").rstrip("\r\n")
            self.lines.append(command)
            verb = command.split(" ")[0].lower()
            if verb == "mail":
                self.sender = command.split("<")[1].split(">")[0]
            elif verb == "rcpt":
                self.recipient = command.split("<")[1].split(">")[0]
            await self.answer(verb)

    async def answer(self, verb: str) -> None:
        """Say what the script or good manners want."""
        if verb not in USUAL:
            await self.say(b"500 5.5.2 what?\r\n")
            return
        if (
            verb == "data"
            and not self.has_recipient
            and "data" not in self.server.script
        ):
            await self.say(b"554 5.5.1 no valid recipients\r\n")
            return
        said = await self.play(verb)
        if verb in {"mail", "rcpt"}:
            self.has_recipient = verb == "rcpt" and said.startswith("250")
        if verb == "data" and said.startswith("354"):
            await self.take()
        elif verb == "starttls" and said.startswith("220"):
            if self.server.tls is None:
                await self.say(b"in clear after all\r\n")
                raise HungUpError
            await self.writer.start_tls(self.server.tls)
        elif verb == "quit":
            raise HungUpError

    async def take(self) -> None:
        """Read a message and answer its dot."""
        if "content" in self.server.script:
            await self.reader.readexactly(100)
            await self.play("content")
        data = await self.reader.readuntil(b"\r\n.\r\n")
        self.lines.append(".")
        said = await self.play("dot", data.removesuffix(b".\r\n"))
        assert said

    async def play(self, phase: str, data: bytes | None = None) -> str:
        """Act; a message counts as taken as soon as 250 is decided."""
        act = self.server.act(phase)
        if data is not None and act.reply.startswith("2"):
            message = data.replace(b"\r\n..", b"\r\n.").removeprefix(b".")
            self.server.taken.append(Taken(self.sender, self.recipient, message))
        if act.delay:
            await asyncio.sleep(act.delay)
        await self.say(act.raw or (f"{act.reply}\r\n".encode() if act.reply else b""))
        if act.hang:
            await asyncio.Event().wait()
        if act.reset:
            self.writer.transport.abort()
        if act.cut or act.reset:
            raise HungUpError
        return act.reply or "-"

    async def say(self, data: bytes) -> None:
        """Write at once."""
        if data:
            self.writer.write(data)
            await self.writer.drain()
