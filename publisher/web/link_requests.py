"""`/preferences`: type your address, and the link to your preferences comes by mail."""

from functools import partial

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from publisher.audience.link_requests import LinkRequests
from publisher.errors import SubscriberError
from publisher.mail.address import parse_address
from publisher.web.clients import LINKS_AN_HOUR, ClientLimit
from publisher.web.pages import Pages

__all__ = ["LinkRequestPages"]

MAX_FIELDS = 20
LONGEST = 320


class LinkRequestPages:
    """The form, and the same answer to everybody."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._parts = pages.parts
        self._requests = LinkRequests(pages.parts.membership)
        self._clients = ClientLimit(LINKS_AN_HOUR)

    def routes(self) -> list[Route]:
        """Return the address of the form."""
        return [Route("/preferences", self._answer, methods=("GET", "HEAD", "POST"))]

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            return self._page(request)
        self._clients.refuse_more(request, self._parts.clock.now())
        async with request.form(max_files=0, max_fields=MAX_FIELDS) as form:
            given = str(form.get("address") or "")[:LONGEST]
        try:
            address = parse_address(given)
        except SubscriberError:
            return self._page(request, given, is_wrong=True, status=422)
        answer = self._page(request, given, is_sent=True)
        # After the answer: how long it takes would tell who is a reader.
        ask = partial(self._parts.store.run, self._requests.ask, address)
        answer.background = BackgroundTask(ask)
        return answer

    def _page(
        self,
        request: Request,
        given: str = "",
        *,
        is_wrong: bool = False,
        is_sent: bool = False,
        status: int = 200,
    ) -> Response:
        values = {"given": given, "is_wrong": is_wrong, "is_sent": is_sent}
        language = self._pages.language_of(request)
        frame = self._pages.private_frame(request)
        return self._pages.respond(
            "link_request.html", language, frame, values, status=status
        )
