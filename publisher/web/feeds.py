"""Feeds over HTTP, answered before the framework: from path to prepared answer.

A 200 sends bytes that were built and compressed long before; a 304 touches no database.
No answer differs from client to client except by its encoding, and none sets a cookie.
"""

import logging
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from publisher.feeds.addresses import PREFIX
from publisher.feeds.conditional import Conditions, answer
from publisher.feeds.validators import Encoding
from publisher.web.answers import (
    EVERYWHERE,
    METHODS,
    Answer,
    Answers,
    AtOnce,
    Headers,
    preflight,
)
from publisher.web.deltas import Deltas, asks_for_delta
from publisher.web.documents import DocumentIndex
from publisher.web.missing_feeds import Explanation, MissingFeeds
from publisher.web.patience import Patience
from publisher.web.readership import ReadershipCounter
from publisher.web.request_headers import by_name
from publisher.web.visitors import Visitor, visitor_of

__all__ = ["FeedLayer"]

_log = logging.getLogger("publisher.web")

MAX_REMEMBERED = 4096
MAX_ASKED_BYTES = 1024
"""Answers remembered, and how much a client may send to have its own remembered."""

Asked = tuple[str, bytes | None, bytes | None, bytes | None]
"""Path, If-None-Match, If-Modified-Since, Accept-Encoding: what decides."""

Ready = tuple[Answer, bytes]
NOT_MODIFIED = 304


_PREFIX = PREFIX.encode()


class FeedLayer:
    """Answers `/feeds/…` and hands everything else to the application behind it."""

    def __init__(  # noqa: PLR0913 (its parts, handed in once)
        self,
        app: ASGIApp,
        *,
        index: DocumentIndex,
        answers: Answers,
        missing: MissingFeeds,
        patience: Patience | None,
        readership: ReadershipCounter,
        deltas: Deltas | None = None,
    ) -> None:
        self._app = app
        self._index = index
        self._answers = answers
        self._missing = missing
        self._patience = patience
        self._readership = readership
        self._deltas = deltas
        # What is decided depends on nothing but what was asked and the document's
        # state, and most clients ask in the same few ways.
        self._remembered: dict[Asked, Answer] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        if method in {"GET", "HEAD"}:
            await self._show(scope["path"], scope, send)
        elif method == "OPTIONS":
            await _reply(send, 204, preflight())
        else:
            headers = [*EVERYWHERE, (b"allow", METHODS), (b"content-length", b"0")]
            await _reply(send, 405, headers)

    def at_once(
        self,
        target: bytes,
        headers: list[tuple[bytes, bytes]],
        client: tuple[str, int] | None,
    ) -> AtOnce | None:
        """Return the answer to a GET that is known already, and count it.

        Who may have to wait is answered the usual way.
        """
        if not target.startswith(_PREFIX):
            return None
        given = dict(headers)
        is_plain = target.isascii() and b"%" not in target
        if not is_plain or len(given) != len(headers):
            return None
        if b"a-im" in given or _is_browsing(given):
            return None
        found = self._recall(
            (
                target.partition(b"?")[0].decode("ascii"),
                given.get(b"if-none-match"),
                given.get(b"if-modified-since"),
                given.get(b"accept-encoding"),
            )
        )
        if found is None:
            return None
        answer, body = found
        visitor = visitor_of(client, given)
        if self._slowed(answer, visitor, is_head=False, counts=False) is not None:
            return None
        self._readership.count(answer, len(body), visitor)
        return answer.status, answer.lines, body

    async def _show(self, path: str, scope: Scope, send: Send) -> None:
        """Answer GET and HEAD."""
        is_head = scope["method"] == "HEAD"
        given = dict(scope["headers"])
        if len(given) != len(scope["headers"]):
            given = by_name(scope["headers"])
        asked = (
            path,
            given.get(b"if-none-match"),
            given.get(b"if-modified-since"),
            given.get(b"accept-encoding"),
        )
        found = self._recall(asked) or await self._find(asked)
        if isinstance(found, tuple) and asks_for_delta(given.get(b"a-im")):
            found = await self._newer(found[0], asked[1] or b"") or found
        if isinstance(found, tuple) and _is_browsing(given):
            found = self._answers.for_browser(found[0]), found[1]
        visitor = visitor_of(scope.get("client"), given)
        if isinstance(found, tuple):
            found = self._slowed(found[0], visitor, is_head=is_head) or found
        if isinstance(found, tuple):
            answer, body = found
            self._readership.count(answer, 0 if is_head else len(body), visitor)
            await send(answer.start)
        else:
            body = found.body
            await send(_start(found.status, found.headers))
        await send({"type": "http.response.body", "body": b"" if is_head else body})

    def _recall(self, asked: Asked) -> Ready | None:
        """Return what was answered before to the same question, while it is true."""
        answer = self._remembered.get(asked)
        if answer is None or answer.document is not self._index.find(asked[0]):
            return None
        if answer.status == NOT_MODIFIED:
            return answer, b""
        body = self._index.find_body(answer.document, answer.encoding)
        return None if body is None else (answer, body)

    async def _newer(self, answer: Answer, tags: bytes) -> Ready | None:
        """Return what is new for who holds one of these tags, if that is less."""
        document, deltas = answer.document, self._deltas
        if deltas is None or answer.status == NOT_MODIFIED:
            return None
        whole = await self._index.body(document, Encoding.IDENTITY)
        if whole is None or whole.document is not document:
            return None
        await deltas.learn(document, whole.body)
        new = await deltas.find(document, whole.body, tags)
        if new is None:
            return None
        body, encoding = new.body, Encoding.IDENTITY
        if answer.encoding is not Encoding.IDENTITY:
            body, encoding = new.packed, Encoding.GZIP
        return self._answers.delta(document, encoding, len(body), new.base), body

    async def _find(self, asked: Asked) -> Ready | Explanation:
        """Return the answer, or why there is none, whatever happens to the store."""
        path = asked[0]
        try:
            found = await self._decide(asked)
            if found is None and await self._missing.make(path):
                found = await self._decide(asked)
            return found or await self._missing.explain(path)
        except Exception as error:  # noqa: BLE001 (readers come back; they need no reason)
            _log.exception("page.failed path=%s error=%s", path, type(error).__name__)
            return self._missing.not_yet()

    async def _decide(self, asked: Asked) -> Ready | None:
        """Return what a document answers, or None when there is none at this path."""
        path = asked[0]
        if not self._missing.is_open(path):
            return None
        document = self._index.find(path)
        if document is None:
            # This process has just started, or the feed was built this very second.
            document = await self._index.find_fresh(path)
            if document is None:
                return None
        decision = answer("GET", _conditions(asked), document.validators)
        if decision.status == NOT_MODIFIED:
            made = self._answers.not_modified(document, decision)
            return self._remember(asked, made), b""
        served = await self._index.body(document, decision.encoding)
        if served is None:
            return None
        made = self._answers.whole(served.document, served.encoding, len(served.body))
        return self._remember(asked, made), served.body

    def _remember(self, asked: Asked, made: Answer) -> Answer:
        if sum(len(part) for part in asked if part is not None) <= MAX_ASKED_BYTES:
            if len(self._remembered) >= MAX_REMEMBERED:
                self._remembered.clear()
            self._remembered[asked] = made
        return made

    def _slowed(
        self, answer: Answer, visitor: Visitor, *, is_head: bool, counts: bool = True
    ) -> Explanation | None:
        """Return what a visitor is told who asks for too much, None for all others."""
        if answer.status == NOT_MODIFIED or is_head or self._patience is None:
            return None
        wait = self._patience.wait(visitor, answer.document)
        if not wait:
            return None
        if counts:
            self._readership.count_slowed(answer.identity)
        return self._missing.too_soon(answer.document.path, wait)


def _is_browsing(given: Mapping[bytes, bytes]) -> bool:
    """Tell whether somebody has opened the address itself in a browser."""
    return given.get(b"sec-fetch-dest") == b"document"


def _conditions(asked: Asked) -> Conditions:
    tags, since, accept = (
        None if value is None else value.decode("latin-1") for value in asked[1:]
    )
    return Conditions(
        if_none_match=tags, if_modified_since=since, accept_encoding=accept
    )


def _start(status: int, headers: Headers) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}


async def _reply(send: Send, status: int, headers: Headers) -> None:
    await send(_start(status, headers))
    await send({"type": "http.response.body", "body": b""})
