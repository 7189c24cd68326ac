"""A real HTTP server on this machine that answers as a test says."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override

__all__ = ["Answering", "Asked", "answering"]


@dataclass(frozen=True)
class Asked:
    """One request; header names are small."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Answering:
    """What was asked so far, and how the next request is answered."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    reply: Callable[[Asked], Answer] = lambda _: (200, {}, b"")


class _Quiet(ThreadingHTTPServer):
    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: clients of these tests go away in the middle."""


@contextmanager
def answering() -> Iterator[Answering]:
    """Run a server on a free port."""
    state = Answering()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            asked = Asked(
                self.command,
                self.path,
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length),
            )
            state.asked.append(asked)
            status, headers, body = state.reply(asked)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_HEAD = _handle  # noqa: N815 (names of the library)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = _Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}
    )
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
