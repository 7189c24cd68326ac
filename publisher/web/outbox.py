"""The outbox of the development set-up: the messages we would have sent, to look at.

A message is shown in a frame without scripts and without our address in it, so that
nothing in it can act on our pages.
"""

import asyncio
import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from publisher.mail.maildir_reader import MaildirReader, StoredMessage
from publisher.rendering.plaintext import one_line
from publisher.web.guards import content_policy
from publisher.web.pages import Frame, Pages

__all__ = ["OutboxPages"]

LISTED = 100
REFRESH = 5
"""Seconds after which the list looks for new messages."""

WIDTHS = ("desktop", "phone")
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


class OutboxPages:
    """`/outbox` and what is below it; exists in development only."""

    def __init__(self, pages: Pages, folder: Path) -> None:
        self._pages = pages
        self._reader = MaildirReader(folder)

    def routes(self) -> list[Route]:
        """Return the addresses of the outbox."""
        return [
            Route("/outbox", self._list),
            Route("/outbox/{name}", self._message),
            Route("/outbox/{name}/html", self._frame),
            Route("/outbox/{name}/eml", self._download),
        ]

    async def _list(self, request: Request) -> Response:
        heads = await asyncio.to_thread(self._reader.newest, LISTED)
        frame = Frame(switches=self._switches("/outbox"), is_private=True)
        is_live = request.query_params.get("refresh") != "no"
        values = {"messages": heads, "refresh_after": REFRESH if is_live else 0}
        return self._pages.respond(
            "outbox.html",
            self._pages.language_of(request),
            frame,
            values,
            # Not in the page: whoever cannot read that fast must be able to stop it.
            headers={"refresh": str(REFRESH)} if is_live else {},
        )

    async def _message(self, request: Request) -> Response:
        message = await self._find(request)
        width = request.query_params.get("width", "")
        path = request.url.path
        frame = Frame(switches=self._switches(path), is_private=True)
        values = {
            "message": message,
            "headers": [(name, one_line(value)) for name, value in message.headers],
            "width": width if width in WIDTHS else WIDTHS[0],
            "widths": WIDTHS,
            "path": self._pages.path(path),
            "sandbox": SANDBOX,
        }
        return self._pages.respond(
            "message.html",
            self._pages.language_of(request),
            frame,
            values,
            headers={"content-security-policy": content_policy(frame_src="'self'")},
        )

    async def _frame(self, request: Request) -> Response:
        message = await self._find(request)
        # Links of the message open beside our page, never inside the frame.
        html = _HEAD.sub(
            lambda found: f'{found[0]}<base target="_blank">', message.html, count=1
        )
        policy = content_policy(
            sandbox=SANDBOX,
            img_src="* data:",
            style_src="'unsafe-inline'",
            form_action="'none'",
            frame_ancestors="'self'",
        )
        headers = {
            "content-security-policy": policy,
            "x-frame-options": "SAMEORIGIN",
            "referrer-policy": "no-referrer",
            "cache-control": "no-store",
        }
        return HTMLResponse(html, headers=headers)

    async def _download(self, request: Request) -> Response:
        message = await self._find(request)
        name = re.sub(r"[^A-Za-z0-9._-]", "_", message.head.name.partition(":")[0])
        name = name if name.endswith(".eml") else f"{name}.eml"
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        }
        return Response(message.raw, media_type="message/rfc822", headers=headers)

    async def _find(self, request: Request) -> StoredMessage:
        name = request.path_params["name"]
        message = await asyncio.to_thread(self._reader.find, name)
        if message is None:
            raise HTTPException(404)
        return message

    def _switches(self, path: str) -> dict[str, str]:
        return {code: f"{path}?language={code}" for code in self._pages.parts.languages}
