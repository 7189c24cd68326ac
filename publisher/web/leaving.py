"""Leaving a digest: one address for the link, the button and the mail provider.

Only POST leaves; everything else changes nothing, because scanners open every link of a
mail. The token is all it takes: no login, no cookie, no redirect (RFC 8058).
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from publisher.errors import TokenError
from publisher.model.token import Purpose
from publisher.store.readers import Subscription
from publisher.web.pages import PRIVATE, Frame, Pages

__all__ = ["LeavePages"]

METHODS = ("GET", "HEAD", "POST", "OPTIONS")


class LeavePages:
    """`/u/{token}`."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._parts = pages.parts

    def routes(self) -> list[Route]:
        """Return the address of the leave links."""
        return [Route("/u/{token}", self._answer, methods=METHODS)]

    async def _answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"allow": ", ".join(METHODS)})
        number = self._subscription_number(request.path_params["token"])
        if request.method == "POST":
            return await self._leave(request, number)
        found = await self._parts.store.run(self._parts.membership.find, number)
        return self._page(request, found, has_left=False)

    def _subscription_number(self, token: str) -> int:
        try:
            return self._parts.tokens.subject(Purpose.LEAVE, token)
        except TokenError:
            raise HTTPException(404) from None

    async def _leave(self, request: Request, number: int) -> Response:
        """Leave at once; also who has left before or was erased has left now."""
        # What it says does not matter: mail programs send it in any form, or none.
        await request.body()
        is_page = "text/html" in request.headers.get("accept", "")
        store, membership = self._parts.store, self._parts.membership
        found = await store.run(membership.find, number)
        await store.run(
            membership.leave, number, origin="leave page" if is_page else "one-click"
        )
        if is_page:
            return self._page(request, found, has_left=True)
        return PlainTextResponse("OK\n", headers=PRIVATE)

    def _page(
        self, request: Request, found: Subscription | None, *, has_left: bool
    ) -> Response:
        """Show no more than the digest's name: the link stands in forwarded mails."""
        asked = request.query_params.get("language", "")
        languages = self._parts.languages
        if (
            found is None
            or asked in languages
            or found.choice.language not in languages
        ):
            language = self._pages.language_of(request)
        else:
            language = found.choice.language
        path = request.url.path
        frame = Frame(
            switches={code: f"{path}?language={code}" for code in languages},
            is_private=True,
        )
        is_active = found is not None and found.is_active
        values = {
            "title": self._title(found, language),
            "state": "left" if has_left else "active" if is_active else "gone",
        }
        return self._pages.respond("leave.html", language, frame, values)

    def _title(self, found: Subscription | None, language: str) -> str:
        rules = self._parts.membership.rules
        if found is None or found.digest_key not in rules:
            return ""
        return rules[found.digest_key].title(language)
