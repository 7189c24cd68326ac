"""Feeds over HTTP, answered before the framework: from path to prepared answer.

A 200 sends bytes that were built and compressed long before; a 304 touches no database.
No answer differs from client to client except by its encoding, and none sets a cookie.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.feeds.addresses import PREFIX, FeedAddresses
from publisher.feeds.conditional import Conditions, answer
from publisher.feeds.heads import home_url
from publisher.feeds.outputs.output import cache_control
from publisher.feeds.validators import Encoding
from publisher.model.feed import SiteFacts
from publisher.web.documents import DocumentIndex, IndexedDocument
from publisher.web.missing_feeds import MissingFeeds

__all__ = ["FeedLayer"]

_log = logging.getLogger("publisher.web")

Headers = list[tuple[bytes, bytes]]

EVERYWHERE: Sequence[tuple[bytes, bytes]] = (
    (b"access-control-allow-origin", b"*"),
    (b"x-content-type-options", b"nosniff"),
)
METHODS = b"GET, HEAD, OPTIONS"
_CONDITIONS = (b"if-none-match", b"if-modified-since", b"accept-encoding")


@dataclass(frozen=True, slots=True)
class Prepared:
    """The headers of a document's answers by encoding, all but Content-Length."""

    document: IndexedDocument
    ok: dict[Encoding, Headers]


class FeedLayer:
    """Answers `/feeds/…` and hands everything else to the application behind it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        index: DocumentIndex,
        addresses: FeedAddresses,
        facts: SiteFacts,
        missing: MissingFeeds,
        max_age: timedelta,
    ) -> None:
        self._app = app
        self._index = index
        self._addresses = addresses
        self._facts = facts
        self._missing = missing
        self._cache_control = cache_control(max_age).encode()
        self._prepared: dict[str, Prepared] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        if method in {"GET", "HEAD"}:
            status, headers, body = await self._answer(method, scope)
            await _reply(send, status, headers, b"" if method == "HEAD" else body)
        elif method == "OPTIONS":
            await _reply(send, 204, _preflight())
        else:
            headers = [*EVERYWHERE, (b"allow", METHODS), (b"content-length", b"0")]
            await _reply(send, 405, headers)

    async def _answer(self, method: str, scope: Scope) -> tuple[int, Headers, bytes]:
        """Return status, headers and body, whatever happens to the store."""
        path = scope["path"]
        try:
            found = await self._serve(method, path, scope)
            if found is not None:
                return found
            told = await self._missing.explain(path)
        except Exception as error:  # noqa: BLE001 (readers come back; they need no reason)
            _log.exception("page.failed path=%s error=%s", path, type(error).__name__)
            told = self._missing.not_yet()
        return told.status, told.headers, told.body

    async def _serve(
        self, method: str, path: str, scope: Scope
    ) -> tuple[int, Headers, bytes] | None:
        """Return what a document answers, or None when there is none at this path."""
        if path not in self._missing.open:
            return None
        document = self._index.find(path)
        if document is None:
            # This process has just started, or the feed was built this very second.
            document = await self._index.find_fresh(path)
            if document is None:
                return None
        decision = answer(method, _conditions(scope["headers"]), document.validators)
        if decision.status == 304:  # noqa: PLR2004 (Not Modified)
            return 304, self._validating(document, decision.etag), b""
        found = await self._index.body(document, decision.encoding)
        if found is None:
            return None
        document, encoding, body = found
        headers = self._prepare(document).ok[encoding]
        return 200, [*headers, (b"content-length", b"%d" % len(body))], body

    def _prepare(self, document: IndexedDocument) -> Prepared:
        """Return a document's headers, made on its first request after a change."""
        prepared = self._prepared.get(document.path)
        if prepared is None or prepared.document is not document:
            if len(self._prepared) > 2 * len(self._index):
                self._prepared.clear()  # Paths that documents have moved away from.
            link = (b"link", self._link(document))
            content_type = document.format.media_type.encode()
            prepared = Prepared(
                document,
                {
                    encoding: [
                        (b"content-type", content_type),
                        *_content_encoding(encoding),
                        *self._validating(document, document.validators.etag(encoding)),
                        link,
                    ]
                    for encoding in Encoding
                },
            )
            self._prepared[document.path] = prepared
        return prepared

    def _validating(self, document: IndexedDocument, etag: str) -> Headers:
        """Return what 200 and 304 have in common (RFC 9110 section 15.4.5)."""
        validators = document.validators
        return [
            (b"etag", etag.encode()),
            (b"last-modified", validators.last_modified.encode()),
            (b"cache-control", self._cache_control),
            (b"vary", b"Accept-Encoding"),
            *EVERYWHERE,
        ]

    def _link(self, document: IndexedDocument) -> bytes:
        """Return what the document says of itself, for who reads headers only."""
        own = f"{self._addresses.base_url}{document.path}"
        links = [f'<{own}>; rel="self"; type="{document.format.link_type}"']
        address = self._addresses.find(document.path)
        if address is not None:
            page = home_url(
                self._addresses, address.rubric_key, self._facts, address.language
            )
            links.append(f'<{page}>; rel="alternate"; type="text/html"')
        links += [f'<{hub}>; rel="hub"' for hub in self._facts.hub_urls]
        return ", ".join(links).encode("ascii", "ignore")


def _conditions(headers: Sequence[tuple[bytes, bytes]]) -> Conditions:
    """Return what decides; several lines of a header are one (RFC 9110 section 5.3)."""
    found: dict[bytes, str] = {}
    for name, value in headers:
        if name in _CONDITIONS:
            text = value.decode("latin-1")
            found[name] = f"{found[name]}, {text}" if name in found else text
    return Conditions(
        if_none_match=found.get(b"if-none-match"),
        if_modified_since=found.get(b"if-modified-since"),
        accept_encoding=found.get(b"accept-encoding"),
    )


def _content_encoding(encoding: Encoding) -> Headers:
    if encoding is Encoding.IDENTITY:
        return []
    return [(b"content-encoding", encoding.value.encode())]


def _preflight() -> Headers:
    """Allow readers in a browser to send the validators that they hold."""
    return [
        *EVERYWHERE,
        (b"allow", METHODS),
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", b"If-None-Match, If-Modified-Since"),
        (b"access-control-max-age", b"86400"),
    ]


async def _reply(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
