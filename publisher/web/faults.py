"""Errors as pages: what is wrong and where to go on, in the reader's language."""

import logging
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.errors import TemplateError
from publisher.web.pages import Frame, Pages

__all__ = ["FaultPages"]

_log = logging.getLogger("publisher.web")


class FaultPages:
    """One template for all of them; it knows what each status means to a reader."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def refused(self, request: Request, error: Exception) -> Response:
        """Answer for an HTTPException."""
        assert isinstance(error, HTTPException)  # noqa: S101 (registered for it only)
        return self.page(request, error.status_code, error.headers)

    async def failed(self, request: Request, error: Exception) -> Response:
        """Answer for what nobody foresaw; the server logs the traceback."""
        # Which page, and not the address: that may hold a reader's token.
        page = getattr(request.scope.get("route"), "path", "")
        _log.error("page.failed page=%s error=%s", page, type(error).__name__)
        return self.page(request, 500)

    def answer(self, status: int) -> ASGIApp:
        """Return an application that always answers with one status."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            response = self.page(Request(scope), status)
            await response(scope, receive, send)

        return answer

    def page(
        self, request: Request, status: int, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Return the page for a status; plain text when even that has a fault."""
        language = self._pages.language_of(request)
        switches = {code: f"/{code}/" for code in self._pages.parts.languages}
        sent = {"cache-control": "no-store", **(headers or {})}
        try:
            return self._pages.respond(
                "fault.html",
                language,
                Frame(switches=switches),
                {"status": status},
                status=status,
                headers=sent,
            )
        except TemplateError as error:
            _log.error("page.failed template=fault.html reason=%s", error)
            return PlainTextResponse(f"Error {status}\n", status, sent)
