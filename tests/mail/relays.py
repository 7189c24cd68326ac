"""Relays, envelopes and beginnings for the tests of the SMTP transport."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from publisher.mail.smtp import Security, SmtpSettings, SmtpTimeouts, SmtpTransport
from publisher.mail.transport import Envelope
from tests.mail.scripted_smtp import Script, ScriptedServer, serving

__all__ = [
    "ENVELOPE",
    "MESSAGE",
    "PATIENCE",
    "QUICK",
    "Beginning",
    "a_transport",
    "an_envelope",
    "relay",
    "some_settings",
]

# Long enough for a busy machine, short enough for many tests.
PATIENCE = timedelta(seconds=0.25)
QUICK = SmtpTimeouts(
    connect=PATIENCE,
    mail=PATIENCE,
    rcpt=PATIENCE,
    data=PATIENCE,
    dot=PATIENCE,
    check=PATIENCE,
)
MESSAGE = b"Subject: test\r\n\r\n" + b"A line of the message.\r\n" * 40
ENVELOPE = Envelope("b@news.example", "reader@mail.example", MESSAGE, "d1")


def an_envelope(number: int) -> Envelope:
    """Make a message that can be told from others."""
    message = b"Subject: %d\r\n\r\nbody\r\n" % number
    return Envelope("b@news.example", f"r{number}@mail.example", message, f"d{number}")


def some_settings(port: int, **changes: object) -> SmtpSettings:
    """Make settings without patience, for one connection and no encryption."""
    settings: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "helo_name": "news.example",
        "security": Security.NONE,
        "timeouts": QUICK,
        "connections": 1,
        "close_within": PATIENCE,
    }
    return SmtpSettings(**(settings | changes))


def a_transport(server: ScriptedServer, **changes: object) -> SmtpTransport:
    """Make a transport with such settings to a server."""
    place: dict[str, object] = {"host": server.host}
    return SmtpTransport(some_settings(server.port, **(place | changes)))


@asynccontextmanager
async def relay(
    script: Script | None = None, **changes: object
) -> AsyncIterator[tuple[ScriptedServer, SmtpTransport]]:
    """Run a scripted server with a transport to it; `pipelines` is the server's."""
    pipelines = bool(changes.pop("pipelines", True))
    async with serving(script, pipelines=pipelines) as server:
        transport = a_transport(server, **changes)
        yield server, transport
        await transport.close()


class Beginning:
    """Remember how often a delivery was begun."""

    def __init__(self, *, may_go: bool = True) -> None:
        self.count = 0
        self._may_go = may_go

    async def __call__(self) -> bool:
        """Begin, or say that the delivery is withdrawn."""
        self.count += 1
        return self._may_go
