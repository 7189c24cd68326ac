"""The button of a confirmation: GET shows what it will do, only POST does it."""

from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from publisher.audience.confirming import Confirmation, Confirming, Pressed, Visit
from publisher.audience.joining import Joinings, wish_of
from publisher.errors import TokenError
from publisher.model.token import Purpose
from publisher.store.joinings import Joining
from publisher.web.clients import client_address
from publisher.web.pages import Frame, Pages

__all__ = ["ConfirmPages"]

METHODS = ("GET", "HEAD", "POST", "OPTIONS")


class ConfirmPages:
    """`/confirm/{token}`."""

    def __init__(self, pages: Pages, joinings: Joinings) -> None:
        self._pages = pages
        self._parts = pages.parts
        self._joinings = joinings

    def routes(self) -> list[Route]:
        """Return the address of the links in confirmations."""
        return [Route("/confirm/{token}", self._answer, methods=METHODS)]

    async def _answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"allow": ", ".join(METHODS)})
        number = self._number(request.path_params["token"])
        store = self._parts.store
        if request.method == "POST":
            await request.body()  # What it says does not matter.
            agent = request.headers.get("user-agent", "")
            visit = Visit(
                ip=client_address(request),
                agent="".join(c if c.isprintable() else "?" for c in agent),
            )
            press = Confirming(self._joinings).confirm
            return self._pressed(request, await store.run(press, number, visit))
        joining = await store.run(self._joinings.find, number)
        return self._asked(request, joining)

    def _number(self, token: str) -> int:
        try:
            return self._parts.tokens.subject(Purpose.CONFIRM, token)
        except TokenError:
            raise HTTPException(404) from None

    def _asked(self, request: Request, joining: Joining | None) -> Response:
        """Show what the button will do; whoever opens links changes nothing."""
        state = "ask"
        if joining is None:
            state = Pressed.UNKNOWN.value
        elif joining.confirmed_at is not None:
            state = "before"
        elif self._parts.clock.now() >= joining.expires_at:
            state = Pressed.EXPIRED.value
        elif not self._joinings.choices(joining):
            state = Pressed.ENDED.value
        return self._page(request, joining, state)

    def _pressed(self, request: Request, done: Confirmation) -> Response:
        return self._page(request, done.joining, done.pressed.value, done)

    def _page(
        self,
        request: Request,
        joining: Joining | None,
        state: str,
        done: Confirmation | None = None,
    ) -> Response:
        language = self._language(request, joining)
        path = request.url.path
        frame = Frame(
            switches={
                code: f"{path}?language={code}" for code in self._parts.languages
            },
            is_private=True,
        )
        own = self._joinings
        if done is not None and done.subscriptions:
            digests = [
                own.described_choice(one.choice, language) for one in done.subscriptions
            ]
        else:
            digests = own.described(joining, language) if joining else []
        values = {
            "state": state,
            "digests": digests,
            "consent": joining.wording if joining else "",
            "again_url": self._again_url(joining, language),
            "preferences_url": self._preferences_url(done),
        }
        return self._pages.respond("confirm.html", language, frame, values)

    def _preferences_url(self, done: Confirmation | None) -> str:
        """Return the link for who has just confirmed; later it comes by mail only.

        The confirmation may be forwarded, and then opens nothing of the reader.
        """
        if done is None or done.subscriber_id is None or done.joining is None:
            return ""
        if self._parts.clock.now() >= done.joining.expires_at:
            return ""
        token = self._parts.tokens.sign(Purpose.PREFERENCES, done.subscriber_id)
        return self._pages.path(f"/preferences/{token}")

    def _again_url(self, joining: Joining | None, language: str) -> str:
        """Return where to ask again, with the same chosen."""
        if not self._joinings.is_open:
            return ""
        query = [("language", language)]
        for wish in [wish_of(kept) for kept in joining.wishes] if joining else []:
            query += [("digest", wish.digest), *(("rubric", r) for r in wish.rubrics)]
        return self._pages.path(f"/subscribe?{urlencode(list(dict.fromkeys(query)))}")

    def _language(self, request: Request, joining: Joining | None) -> str:
        asked, languages = (
            request.query_params.get("language", ""),
            self._parts.languages,
        )
        if joining is None or asked in languages or joining.language not in languages:
            return self._pages.language_of(request)
        return joining.language
