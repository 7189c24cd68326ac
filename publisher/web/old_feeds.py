"""Old feed addresses, answered in place or by 301, before anything else looks."""

from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.feeds.old_addresses import OldAddresses
from publisher.web.answers import Recall

__all__ = ["OldFeeds"]

_KEPT = b"public, max-age=86400"


class OldFeeds:
    """Sends clients from old addresses to feeds, or lets them see the feed there.

    `at_once` answers feeds at their present addresses, where the answer is known.
    """

    def __init__(
        self, app: ASGIApp, at_once: Recall, old: OldAddresses, base_url: str
    ) -> None:
        self._app = app
        self.at_once = at_once
        self._old = old
        self._base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = None
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            query = scope["query_string"].decode("latin-1")
            target = self._old.find(scope["path"], query)
        if target is None:
            await self._app(scope, receive, send)
        elif target.is_redirect:
            headers = [
                (b"location", f"{self._base_url}{target.path}".encode("ascii")),
                (b"cache-control", _KEPT),
                (b"access-control-allow-origin", b"*"),
                (b"content-length", b"0"),
            ]
            await send(
                {"type": "http.response.start", "status": 301, "headers": headers}
            )
            await send({"type": "http.response.body", "body": b""})
        else:
            there = {**scope, "path": target.path, "query_string": b""}
            await self._app(there, receive, send)
