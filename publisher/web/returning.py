"""The way back from a goodbye: one press, and what was chosen is subscribed again."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from publisher.errors import TokenError
from publisher.model.token import Purpose
from publisher.store.readers import Subscription
from publisher.web.outline import open_outline
from publisher.web.pages import Pages
from publisher.web.preference_forms import wish_again

__all__ = ["ReturnPages"]

GONE = 410


class ReturnPages:
    """`/return/{token}`: GET shows the button, POST brings back."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._parts = pages.parts
        self._outline = open_outline(pages.parts.tree)

    def routes(self) -> list[Route]:
        """Return the address behind the button of a goodbye."""
        return [Route("/return/{token}", self._answer, methods=("GET", "HEAD", "POST"))]

    async def _answer(self, request: Request) -> Response:
        try:
            token = request.path_params["token"]
            number = self._parts.tokens.subject(Purpose.RETURN, token)
        except TokenError:
            raise HTTPException(404) from None
        run, membership = self._parts.store.run, self._parts.membership
        found = await run(membership.find, number)
        if found is None or found.digest_key not in membership.rules:
            return self._page(request, found, "over")
        if found.is_active:
            return self._page(request, found, "back")
        if request.method == "POST":
            await request.body()
            return await self._return(request, found)
        may_return = await run(self._parts.leaving.may_return, number)
        return self._page(request, found, "offered" if may_return else "over")

    async def _return(self, request: Request, found: Subscription) -> Response:
        code = self._language(request, found)
        language = self._parts.renderer.languages.get(code)
        said = language.gettext("Subscribe again")
        back = await self._parts.store.run(
            self._parts.leaving.come_back,
            found,
            wish_again(found, self._parts.membership, self._outline),
            wording=f"{said}: {self._title(found, code)}",
        )
        return self._page(request, back or found, "back" if back else "over")

    def _page(
        self, request: Request, found: Subscription | None, state: str
    ) -> Response:
        """Show no more than the digest's name, as the goodbye did."""
        language = self._language(request, found)
        values = {"state": state, "title": self._title(found, language)}
        frame = self._pages.private_frame(request)
        status = GONE if state == "over" else 200
        return self._pages.respond(
            "return.html", language, frame, values, status=status
        )

    def _language(self, request: Request, found: Subscription | None) -> str:
        own = "" if found is None else found.choice.language
        return self._pages.language_for(request, own)

    def _title(self, found: Subscription | None, language: str) -> str:
        rules = self._parts.membership.rules
        if found is None or found.digest_key not in rules:
            return ""
        return rules[found.digest_key].title(language)
