"""One HTTP request at a time: bounded in size and time, never redirected."""

import socket
import ssl
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

import httpcore2
from typing_extensions import override

from publisher.errors import OutgoingError
from publisher.outgoing.guard import Guard, Network

__all__ = ["Client", "Reply", "resolve"]

MAX_BYTES = 64 * 1024
PATIENCE = 15.0
"""Seconds that a whole request may take."""
CONNECT = 5.0
AGENT = "newsroom-publisher"

_NO_ANSWER = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.TimeoutException,
    httpcore2.UnsupportedProtocol,
    OSError,
    ValueError,
)
_Options = Iterable[
    tuple[int, int, int]
    | tuple[int, int, bytes | bytearray]
    | tuple[int, int, None, int]
]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `body` may be cut at the bound, header names are small."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 (RFC 9110 section 15.3)


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host by the machine's own means; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Client:
    """Makes requests; safe to use from several threads at once.

    `trusted` are origins such as `https://hub.example` that the operator named: they
    alone may be internal. `allowed` networks are for development.
    """

    def __init__(
        self, *, trusted: Collection[str] = (), allowed: Sequence[Network] = ()
    ) -> None:
        self._guard = Guard(resolve, allowed)
        self._trusted = frozenset(trusted)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Authorities and ciphers, read once and only where they are needed."""
        return ssl.create_default_context()

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        max_bytes: int = MAX_BYTES,
        patience: float = PATIENCE,
    ) -> Reply:
        """Return the answer, whatever its status; blocks; raises OutgoingError.

        A redirect is an answer like any other. `patience` is in seconds.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = f"{url[:200]} is no address with http or https"
            raise OutgoingError(msg)
        backend = _Backend(
            self._guard,
            is_trusted=f"{parts.scheme}://{parts.netloc}" in self._trusted,
            until=time.monotonic() + patience,
        )
        given = {
            "host": parts.netloc.rpartition("@")[2],
            "user-agent": AGENT,
            "content-length": str(len(body)),
        }
        request = httpcore2.Request(
            method,
            url,
            headers=list((given | dict(headers or {})).items()),
            content=body or None,
            extensions={"timeout": _timeouts(patience)},
        )
        try:
            return self._answer(request, backend, max_bytes)
        except _NO_ANSWER as error:
            reason = str(error) or type(error).__name__
            msg = f"{parts.hostname} does not answer: {reason}"
            raise OutgoingError(msg) from error

    def _answer(
        self, request: httpcore2.Request, backend: "_Backend", max_bytes: int
    ) -> Reply:
        pool = httpcore2.ConnectionPool(
            ssl_context=self._tls if request.url.scheme == b"https" else None,
            network_backend=backend,
            max_connections=1,
            max_keepalive_connections=0,
        )
        with pool:
            answer = pool.handle_request(request)
            try:
                body = _bounded(answer.iter_stream(), max_bytes, backend.until)
            finally:
                answer.close()
        headers = {
            name.decode("ascii").lower(): value.decode("latin-1")
            for name, value in answer.headers
        }
        return Reply(answer.status, headers, body)


def _timeouts(patience: float) -> dict[str, float]:
    connect = min(CONNECT, patience)
    return {"connect": connect, "read": patience, "write": patience, "pool": patience}


def _bounded(chunks: Iterable[bytes], max_bytes: int, until: float) -> bytes:
    """Return at most `max_bytes`; a host that trickles is cut off in time."""
    found = bytearray()
    for chunk in chunks:
        found += chunk
        if len(found) >= max_bytes:
            break
        if time.monotonic() > until:
            msg = "the answer takes too long"
            raise OutgoingError(msg)
    return bytes(found[:max_bytes])


@dataclass
class _Backend(httpcore2.NetworkBackend):
    """Connects to the very addresses that the guard has checked."""

    guard: Guard
    is_trusted: bool
    until: float
    _sockets: httpcore2.NetworkBackend = field(default_factory=httpcore2.SyncBackend)

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _Options | None = None,
    ) -> httpcore2.NetworkStream:
        failure: Exception | None = None
        for address in self.guard.addresses(host, port, is_trusted=self.is_trusted):
            try:
                return self._sockets.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        msg = f"{host} does not answer: {failure}"
        raise OutgoingError(msg)
