"""What is sent for a document: ASGI's first message, made once and sent many times."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.types import Message

from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.conditional import Decision
from publisher.feeds.heads import home_url
from publisher.feeds.outputs.output import ARCHIVED, cache_control
from publisher.feeds.validators import Encoding
from publisher.model.feed import FeedFormat, SiteFacts
from publisher.web.documents import Identity, IndexedDocument

__all__ = [
    "EVERYWHERE",
    "METHODS",
    "Answer",
    "Answers",
    "AtOnce",
    "Headers",
    "Recall",
    "preflight",
]

Headers = list[tuple[bytes, bytes]]

AtOnce = tuple[int, bytes, bytes]
"""Status, header lines with their ends, and body."""

Recall = Callable[[bytes, Headers, tuple[str, int] | None], AtOnce | None]
"""Return the answer to a GET of a target (path and query), if it is known already."""

EVERYWHERE: Sequence[tuple[bytes, bytes]] = (
    (b"access-control-allow-origin", b"*"),
    (b"x-content-type-options", b"nosniff"),
)
METHODS = b"GET, HEAD, OPTIONS"
_SHOWN_AS = {
    FeedFormat.RSS: b"application/xml; charset=utf-8",
    FeedFormat.ATOM: b"application/xml; charset=utf-8",
    FeedFormat.JSON: b"application/json",
}
EXPOSED = b"ETag, Link"
"""What scripts of another origin may read beside the few headers that all may."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to everybody who asks in the same way for the same state."""

    document: IndexedDocument
    identity: Identity
    status: int
    encoding: Encoding
    headers: Headers
    start: Message
    lines: bytes
    """The header as it is written to a connection."""


class Answers:
    """Makes the headers of documents.

    A 304 has all that a 200 has, except for what describes its bytes (RFC 9110 section
    15.4.5).
    """

    def __init__(
        self, addresses: FeedAddresses, facts: SiteFacts, max_age: timedelta
    ) -> None:
        self._addresses = addresses
        self._facts = facts
        self._cache_control = cache_control(max_age).encode()

    def whole(self, document: IndexedDocument, encoding: Encoding, size: int) -> Answer:
        """Return the 200 that sends a document of so many bytes in an encoding."""
        etag = document.validators.etag(encoding)
        headers = [
            *self._describing(document, encoding, size),
            *self._validating(document, etag),
            (b"cache-control", self._freshness(document)),
            (b"vary", b"Accept-Encoding"),
            (b"link", self._link(document)),
        ]
        return _answer(document, 200, encoding, headers)

    def not_modified(self, document: IndexedDocument, decision: Decision) -> Answer:
        """Return the 304 for who holds the document."""
        headers = [
            *self._validating(document, decision.etag),
            (b"cache-control", self._freshness(document)),
            (b"vary", b"Accept-Encoding"),
        ]
        return _answer(document, 304, decision.encoding, headers)

    def delta(
        self, document: IndexedDocument, encoding: Encoding, size: int, base: str
    ) -> Answer:
        """Return the 226 that sends what is new since the state `base` (RFC 3229).

        Its tag is that of the whole, which the client then holds. No cache may keep it:
        one that does not know of deltas would take it for the whole.
        """
        headers = [
            *self._describing(document, encoding, size),
            *self._validating(document, document.validators.etag(encoding)),
            (b"im", b"feed"),
            (b"delta-base", f'"{base}"'.encode("ascii")),
            (b"cache-control", b"no-store, im"),
            (b"vary", b"A-IM, If-None-Match, Accept-Encoding"),
            (b"link", self._link(document)),
        ]
        return _answer(document, 226, encoding, headers)

    def for_browser(self, answer: Answer) -> Answer:
        """Return the same for a browser that was sent to the document itself.

        Under the types of feeds browsers show source text, under these a page with our
        stylesheet. Only browsers get them, so no cache may keep them for others.
        """
        others = {
            b"content-type": _SHOWN_AS[answer.document.format],
            b"cache-control": b"private, max-age=60",
        }
        headers = [(name, others.get(name, text)) for name, text in answer.headers]
        return _answer(answer.document, answer.status, answer.encoding, headers)

    def _freshness(self, document: IndexedDocument) -> bytes:
        return ARCHIVED.encode() if document.is_final else self._cache_control

    def _describing(
        self, document: IndexedDocument, encoding: Encoding, size: int
    ) -> Headers:
        headers = [
            (b"content-type", document.format.media_type.encode()),
            (b"content-length", b"%d" % size),
        ]
        if encoding is not Encoding.IDENTITY:
            headers.append((b"content-encoding", encoding.value.encode()))
        return headers

    def _validating(self, document: IndexedDocument, etag: str) -> Headers:
        return [
            (b"etag", etag.encode()),
            (b"last-modified", document.validators.last_modified.encode()),
            *EVERYWHERE,
            (b"access-control-expose-headers", EXPOSED),
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


def _answer(
    document: IndexedDocument, status: int, encoding: Encoding, headers: Headers
) -> Answer:
    start = {"type": "http.response.start", "status": status, "headers": headers}
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    return Answer(document, document.identity, status, encoding, headers, start, lines)


def preflight() -> Headers:
    """Allow readers in a browser to send the validators that they hold."""
    return [
        *EVERYWHERE,
        (b"allow", METHODS),
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", b"If-None-Match, If-Modified-Since, A-IM"),
        (b"access-control-max-age", b"86400"),
    ]
