"""Ask an application what a browser or feed reader would ask, byte by byte."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp, Message, Scope

__all__ = ["Answer", "Client"]

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@dataclass(frozen=True)
class Answer:
    """What came back, nothing decoded; `headers` keeps repeated ones."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __getitem__(self, name: str) -> str:
        return dict(self.headers)[name]

    def __contains__(self, name: str) -> bool:
        return name in dict(self.headers)

    @property
    def text(self) -> str:
        return self.body.decode()


class Client:
    """Asks one application, without a network."""

    def __init__(self, app: ASGIApp, host: str = "desk.example") -> None:
        self._app = app
        self._host = host
        self.failures_are_logged = False

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, headers)

    async def head(self, path: str, **headers: str) -> Answer:
        return await self.ask("HEAD", path, headers)

    async def post(self, path: str, body: bytes = b"", **headers: str) -> Answer:
        return await self.ask("POST", path, headers, body)

    async def submit(
        self, path: str, fields: Sequence[tuple[str, str]], **headers: str
    ) -> Answer:
        """Send a form as a browser does."""
        boundary = "----form"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
            f"{value}\r\n"
            for name, value in fields
        ]
        body = ("".join(parts) + f"--{boundary}--\r\n").encode()
        sent = {
            "accept": BROWSER,
            "content-type": f"multipart/form-data; boundary={boundary}",
            "sec-fetch-site": "same-origin",
            **headers,
        }
        return await self.ask("POST", path, sent, body)

    async def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Answer:
        """Return the answer to one request; underscores in names are hyphens."""
        given = headers.items() if isinstance(headers, Mapping) else headers
        parts = urlsplit(path)
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [
                (b"host", self._host.encode()),
                (b"content-length", str(len(body)).encode()),
                *(
                    (name.replace("_", "-").lower().encode(), value.encode("latin-1"))
                    for name, value in given
                ),
            ],
            "client": ("192.0.2.7", 50000),
            "server": (self._host, 443),
        }
        incoming: list[Message] = [
            {"type": "http.request", "body": body, "more_body": False}
        ]
        outgoing: list[Message] = []

        async def receive() -> Message:
            return incoming.pop(0) if incoming else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            outgoing.append(message)

        try:
            await self._app(scope, receive, send)
        except Exception:
            # A server logs it and sends what was answered before.
            if not self.failures_are_logged or not outgoing:
                raise
        start, *rest = outgoing
        return Answer(
            start["status"],
            tuple((n.decode(), v.decode("latin-1")) for n, v in start["headers"]),
            b"".join(message.get("body", b"") for message in rest),
        )
