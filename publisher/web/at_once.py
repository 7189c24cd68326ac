"""Answer what was answered before without leaving the parser.

Nearly every request for a feed asks again what was asked before, and the answer is a
few bytes in memory. For those uvicorn's cycle of scope, task and messages costs eight
times what the answer does; here they are written to the connection at once. Everything
else, and everything that is not plain, goes the usual way.
"""

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from publisher.web.answers import AtOnce, Recall
from publisher.web.bounded_heads import BoundedHeads

__all__ = ["protocol_with"]

_NOT_PLAIN = frozenset(
    {b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"connection"}
)


def protocol_with(recall: Recall) -> type[BoundedHeads]:
    """Return our protocol, which asks `recall` first."""

    class Protocol(BoundedHeads):
        """HTTP/1.1 as we speak it, with a short way for what is known."""

        _is_answered = False

        @override
        def on_headers_complete(self) -> None:
            known = self._known()
            if known is None:
                super().on_headers_complete()
                return
            self._is_answered = self._is_getting_on = True
            status, lines, body = known
            common = b"".join(
                b"%b: %b\r\n" % header for header in self.server_state.default_headers
            )
            self.transport.write(
                b"".join((STATUS_LINE[status], common, lines, b"\r\n", body))
            )
            self.on_response_complete()

        def _known(self) -> AtOnce | None:
            """Return an answer that may be sent right now, before any other."""
            cycle: RequestResponseCycle | None = self.cycle
            is_busy = self.pipeline or (
                cycle is not None and not cycle.response_complete
            )
            if (
                is_busy
                or self.flow.write_paused
                or self.parser.get_method() != b"GET"
                or self.parser.get_http_version() != "1.1"
                or not _NOT_PLAIN.isdisjoint([name for name, _ in self.headers])
            ):
                return None
            return recall(self.url, self.headers, self.client)

        @override
        def on_message_complete(self) -> None:
            if self._is_answered:
                self._is_answered, self._is_getting_on = False, True
            else:
                super().on_message_complete()

    return Protocol
