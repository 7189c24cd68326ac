"""A web server inside our own event loop, which leaves signals to us.

uvicorn would take over SIGTERM and raise it again on its way out: the process would die
before the mail under way is settled.
"""

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.util import find_spec
from typing import Literal

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from publisher.errors import PublisherError
from publisher.web.answers import Recall

__all__ = ["Server", "new_event_loop"]


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return a loop, the faster one where the extra `speed` is installed."""
    try:
        import uvloop  # noqa: PLC0415 (an extra)
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


GRACE = timedelta(seconds=10)
"""How long answers under way may take when the server stops."""

BACKLOG = 2048


class _Uvicorn(uvicorn.Server):
    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


class Server:
    """Serves one application on one address; `start` it once, `stop` it once."""

    def __init__(
        self, app: ASGIApp, *, host: str, port: int, recall: Recall | None = None
    ) -> None:
        self._host = host
        self._port = port
        self._uvicorn = _Uvicorn(
            uvicorn.Config(
                app,
                http=_protocol(recall),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=int(GRACE.total_seconds()),
            )
        )
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port in use; with port 0 the one that was free when it started."""
        return self._port

    async def start(self) -> None:
        """Return once it takes connections; raises PublisherError when it cannot."""
        listening = _listen(self._host, self._port)
        self._port = listening.getsockname()[1]
        self._task = asyncio.create_task(self._uvicorn.serve(sockets=[listening]))
        while not self._uvicorn.started:
            if self._task.done():
                listening.close()
                await self._task  # Raises what stopped it.
                msg = f"the web server ended while it started on port {self._port}"
                raise PublisherError(msg)
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Take no more connections, let answers under way end, close."""
        if self._task is not None:
            self._uvicorn.should_exit = True
            await self._task


def _protocol(recall: Recall | None) -> type[asyncio.Protocol] | Literal["auto"]:
    """Return our own where uvicorn's fast parser is there: the slow one has bounds."""
    if find_spec("httptools") is None:
        return "auto"
    from publisher.web.at_once import protocol_with  # noqa: PLC0415 (an extra)
    from publisher.web.bounded_heads import BoundedHeads  # noqa: PLC0415 (an extra)

    return BoundedHeads if recall is None else protocol_with(recall)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        # A port whose last owner has just ended may be taken again at once.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
        listening.setblocking(False)  # noqa: FBT003 (positional in the standard library)
    except OSError as error:
        listening.close()
        raise PublisherError(_trouble(host, port, error)) from error
    return listening


def _trouble(host: str, port: int, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"web.port {port} is taken by another process on {host}; end it, or "
                "set web.port"
            )
        case errno.EACCES:
            return (
                f"web.port {port} may not be used by this account; set web.port to "
                "1024 or higher"
            )
        case errno.EADDRNOTAVAIL:
            return f'web.host "{host}" is no address of this machine; set web.host'
        case _:
            return f'web.host "{host}", web.port {port}: {error.strerror or error}'
