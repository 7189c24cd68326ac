"""Bound what a client may send before a request begins to be one.

uvicorn keeps every header that comes, as its parser does every byte of an unfinished
one: a single connection could take all memory.
"""

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)

__all__ = ["MAX_HEAD_BYTES", "BoundedHeads"]

MAX_HEAD_BYTES = 64 * 1024
"""Beyond the piece in which a head begins, which is no larger than some of these."""

_REFUSED = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class BoundedHeads(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with an end to the patience.

    What counts is bytes that neither end a head nor a request and are in no body: those
    of address, headers, trailers and what stands between chunks.
    """

    _unproductive = 0
    _is_getting_on = False

    @override
    def data_received(self, data: bytes) -> None:
        self._is_getting_on = False
        super().data_received(data)
        self._unproductive += len(data)
        if self._is_getting_on:
            self._unproductive = 0
        elif self._unproductive > MAX_HEAD_BYTES:
            self._refuse()

    @override
    def on_headers_complete(self) -> None:
        self._is_getting_on = True
        super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        self._is_getting_on = True
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self._is_getting_on = True
        super().on_message_complete()

    def _refuse(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle
        if self.transport.is_closing():
            return
        if cycle is None or cycle.response_complete:
            self.transport.write(_REFUSED)
        self.transport.close()
