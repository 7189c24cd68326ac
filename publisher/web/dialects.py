"""Feeds in the dialects of aggregators, and the news sitemap, made when asked for.

Each is made anew when an article has changed that the feed that it is a dialect of
shows, or once showed: a dialect may show more. It is kept in memory
and answered without the store otherwise. What cannot be made anew is answered from
before (law 5).
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.errors import RubricError
from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.compression import compress, compress_with_brotli
from publisher.feeds.conditional import Conditions, answer
from publisher.feeds.dialects.offered import Make, Offered
from publisher.feeds.dialects.publishing import DialectDocument
from publisher.feeds.outputs.output import cache_control
from publisher.feeds.validators import Encoding
from publisher.store import Store
from publisher.web.answers import EVERYWHERE, Headers
from publisher.web.documents import DocumentIndex
from publisher.web.request_headers import by_name

__all__ = ["DialectFeeds"]

MOST_KEPT = 500
_log = logging.getLogger("publisher.web")


@dataclass(frozen=True, slots=True)
class _Kept:
    state: int
    document: DialectDocument
    bodies: Mapping[Encoding, bytes]


class DialectFeeds:
    """Answers `/feeds/….<dialect>.xml` for dialects that are switched on.

    `switched_on` are keys of dialects; everything else goes on to `app`.
    """

    def __init__(  # noqa: PLR0913 (its parts, handed in once)
        self,
        app: ASGIApp,
        *,
        make: Make,
        store: Store,
        index: DocumentIndex,
        addresses: FeedAddresses,
        switched_on: frozenset[str],
        has_sitemap: bool,
        max_age: timedelta,
    ) -> None:
        self._app = app
        self._make = make
        self._store = store
        self._index = index
        self._offered = Offered(
            addresses=addresses, switched_on=switched_on, has_sitemap=has_sitemap
        )
        self._cache_control = cache_control(max_age).encode()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._making: dict[str, asyncio.Lock] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        base = self._base(scope) if scope["type"] == "http" else None
        if base is None:
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        document = self._index.find(base)
        try:
            if document is None:
                # Not built yet, or its rubric is closed, which making it tells.
                await self._try(path)
            state = 0 if document is None else document.derived_no
            kept = await self._present(path, state) if state else None
        except RubricError:
            # The feed itself tells where it has gone.
            await self._app({**scope, "path": base}, receive, send)
            return
        if kept is None:
            await _reply(send, 503, [(b"retry-after", b"60")], b"")
            return
        status, headers, body = self._answer(scope, kept)
        await _reply(send, status, headers, b"" if scope["method"] == "HEAD" else body)

    def _base(self, scope: Scope) -> str | None:
        """Return the feed behind an address of ours, None for any other address."""
        if scope["method"] not in {"GET", "HEAD"}:
            return None
        return self._offered.feed_behind(scope["path"])

    async def _present(self, path: str, state: int) -> _Kept | None:
        """Return a document for the state of its feed, or the last good one."""
        kept = self._kept.get(path)
        if kept is not None and kept.state == state:
            return kept
        async with self._making.setdefault(path, asyncio.Lock()):
            kept = self._kept.get(path)
            if kept is not None and kept.state == state:
                return kept
            made = await self._try(path)
            if made is None:
                return kept
            kept = self._kept[path] = _Kept(state, *made)
            self._kept.move_to_end(path)
            while len(self._kept) > MOST_KEPT:
                gone, _ = self._kept.popitem(last=False)
                self._making.pop(gone, None)
            return kept

    async def _try(
        self, path: str
    ) -> tuple[DialectDocument, dict[Encoding, bytes]] | None:
        """Return a document with its bodies, or None, and the log tells why."""
        try:
            return await self._store.run(self._make_all, path)
        except RubricError:
            raise
        except Exception:  # noqa: BLE001 (law 5: the last good document stays up)
            _log.exception("dialect.failed path=%s", path)
            return None

    def _make_all(
        self, path: str
    ) -> tuple[DialectDocument, dict[Encoding, bytes]] | None:
        """Make a document with its bodies in every encoding; blocks."""
        made = self._make(path)
        if made is None:
            return None
        return made, {
            Encoding.IDENTITY: made.body,
            Encoding.GZIP: compress(made.body),
            Encoding.BROTLI: compress_with_brotli(made.body),
        }

    def _answer(self, scope: Scope, kept: _Kept) -> tuple[int, Headers, bytes]:
        given = by_name(scope["headers"])

        def said(name: bytes) -> str | None:
            return given[name].decode("latin-1") if name in given else None

        validators = kept.document.validators
        conditions = Conditions(
            if_none_match=said(b"if-none-match"),
            if_modified_since=said(b"if-modified-since"),
            accept_encoding=said(b"accept-encoding"),
        )
        decision = answer("GET", conditions, validators)
        headers = [
            (b"etag", decision.etag.encode()),
            (b"last-modified", validators.last_modified.encode()),
            (b"cache-control", self._cache_control),
            (b"vary", b"Accept-Encoding"),
            *EVERYWHERE,
        ]
        if decision.status == 304:  # noqa: PLR2004 (Not Modified)
            return 304, headers, b""
        body = kept.bodies[decision.encoding]
        if decision.encoding is not Encoding.IDENTITY:
            headers.append((b"content-encoding", decision.encoding.value.encode()))
        headers.append((b"content-type", kept.document.media_type.encode()))
        headers.append((b"content-length", b"%d" % len(body)))
        return 200, headers, body


async def _reply(send: Send, status: int, headers: Headers, body: bytes) -> None:
    if not any(name == b"content-length" for name, _ in headers) and status != 304:  # noqa: PLR2004
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
