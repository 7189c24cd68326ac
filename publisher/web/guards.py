"""What stands before every page: headers for browsers, whose forms, how large."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["BodyLimit", "OriginGuard", "OwnTerms", "SecurityHeaders", "content_policy"]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def content_policy(pictures: tuple[str, ...] = (), **others: str) -> str:
    """Return our Content-Security-Policy: one stylesheet of ours, no script at all.

    `pictures` are further places that pictures may come from; `others` adds or replaces
    directives, with underscores for hyphens.
    """
    directives = {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": " ".join(("'self'", *pictures)),
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        **{name.replace("_", "-"): value for name, value in others.items()},
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


class SecurityHeaders:
    """Adds headers to every answer; those that an answer brings itself win."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class OriginGuard:
    """Refuses forms that another site has a browser send to us.

    Every browser of this decade tells with Sec-Fetch-Site, older ones with Origin, and
    what tells neither is no browser. Addresses below one of `exempt` carry a token of
    their own and are posted to by mail providers (RFC 8058). `refused` answers.
    """

    def __init__(
        self, app: ASGIApp, *, host: str, exempt: tuple[str, ...], refused: ASGIApp
    ) -> None:
        self._app = app
        self._host = host
        self._exempt = exempt
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_fine = (
            scope["type"] != "http"
            or scope["method"] in _SAFE
            or scope["path"].startswith(self._exempt)
            or self._is_ours(Headers(scope=scope))
        )
        await (self._app if is_fine else self._refused)(scope, receive, send)

    def _is_ours(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in {"same-origin", "none"}
        origin = headers.get("origin")
        if origin is None:
            return True
        try:
            netloc = urlsplit(origin).netloc
        except ValueError:
            return False
        # Behind a proxy the Host we see may be an inner one.
        return netloc in {headers.get("host"), self._host}


class OwnTerms:
    """Lets pages see what we know ourselves in place of what a client says of it.

    The host is ours: no redirect leads to one that a client made up. Forms are in UTF-8
    (RFC 7578): whoever may name a codec can name one that takes minutes.
    """

    def __init__(self, app: ASGIApp, *, host: str) -> None:
        self._app = app
        self._host = host.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = [
                (name, _without_charset(value) if name == b"content-type" else value)
                for name, value in scope["headers"]
                if name != b"host"
            ]
            scope = {
                **scope,
                "headers": [(b"host", self._host), *headers],
                # Nothing of ours has a NUL in it; PostgreSQL cannot be asked for one.
                "path": scope["path"].replace("\0", "\ufffd"),
            }
        await self._app(scope, receive, send)


def _without_charset(content_type: bytes) -> bytes:
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or b"charset" not in options:
        return content_type
    boundary = options.get(b"boundary", b"")
    quoted = boundary.replace(b"\\", rb"\\").replace(b'"', rb"\"")
    return b'%b; boundary="%b"' % (kind, quoted)


class BodyLimit:
    """Refuses requests with more bytes than any form of ours has.

    Below the paths of `larger` there may be more: what hubs bring is a whole feed.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int,
        larger: Mapping[str, int],
        refused: ASGIApp,
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._larger = larger
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        max_bytes = next(
            (
                bound
                for prefix, bound in self._larger.items()
                if scope["path"].startswith(prefix)
            ),
            self._max_bytes,
        )
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) > max_bytes:
            await self._refused(scope, receive, send)
            return
        received = 0

        async def receive_some() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > max_bytes:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_some, send)
