"""Leaving a digest: one address for the link, the button and the mail provider.

Only POST leaves; everything else changes nothing, because scanners open every link of a
mail. The token is all it takes: no login, no cookie, no redirect (RFC 8058).
"""

from dataclasses import dataclass
from datetime import date, timedelta

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from publisher.audience.leaving import ONE_CLICK
from publisher.errors import SubscriberError, TokenError
from publisher.model.token import Purpose
from publisher.store.readers import Subscription, subscriptions_of
from publisher.web.pages import PRIVATE, Pages

__all__ = ["LeavePages"]

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
ORIGIN = "leave page"
MAX_FIELDS = 20
TOO_MUCH = 413

RELOADED = timedelta(hours=1)
"""How long a goodbye that is loaded again still offers the way back.

Not for as long as that works: then whoever holds a forwarded mail could bring readers
back who want nothing any more.
"""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a press of a button came to, for the page that says so."""

    state: str
    until: date | None = None
    frequency: str = ""
    return_url: str = ""


class LeavePages:
    """`/u/{token}`, by the link of one digest or by that of all."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._parts = pages.parts
        self._leaving = pages.parts.leaving

    def routes(self) -> list[Route]:
        """Return the address of the leave links."""
        return [Route("/u/{token}", self._answer, methods=METHODS)]

    async def _answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"allow": ", ".join(METHODS)})
        token = request.path_params["token"]
        subscriber = self._subject(Purpose.LEAVE_ALL, token)
        if subscriber is not None:
            return await self._answer_for_all(request, subscriber)
        number = self._subject(Purpose.LEAVE, token)
        if number is None:
            raise HTTPException(404)
        found = await self._parts.store.run(self._parts.membership.find, number)
        if request.method == "POST":
            return await self._do(request, number, found)
        is_active = found is not None and found.is_active
        return self._page(request, found, _Outcome("active" if is_active else "gone"))

    def _subject(self, purpose: Purpose, token: str) -> int | None:
        try:
            return self._parts.tokens.subject(purpose, token)
        except TokenError:
            return None

    async def _answer_for_all(self, request: Request, subscriber: int) -> Response:
        own = await self._language_of(subscriber)
        if request.method != "POST":
            return self._page(request, None, _Outcome("all"), own)
        await request.body()
        is_page = _is_page(request)
        origin = ORIGIN if is_page else ONE_CLICK
        leave_all = self._leaving.leave_all
        await self._parts.store.run(leave_all, subscriber, origin=origin)
        if is_page:
            return self._page(request, None, _Outcome("left all"), own)
        return PlainTextResponse("OK\n", headers=PRIVATE)

    async def _language_of(self, subscriber: int) -> str:
        """Return the language of a reader's digests; empty for who was erased."""
        store = self._parts.store
        found = await store.run(store.query, subscriptions_of, subscriber)
        found.sort(key=lambda one: not one.is_active)
        return found[0].choice.language if found else ""

    async def _do(
        self, request: Request, number: int, found: Subscription | None
    ) -> Response:
        """Do what a button of our page says; whatever else is posted means leaving."""
        form = await _form(request)
        outcome = None
        if found is not None and found.is_active:
            match form.get("do"):
                case "less":
                    outcome = await self._lessen(found, str(form.get("frequency")))
                case "pause":
                    outcome = await self._pause(found)
                case _:
                    pass
        elif form.get("do") in {"less", "pause"}:
            outcome = _Outcome("gone")
        if outcome is not None:
            return self._page(request, found, outcome)
        return await self._leave(request, number, found)

    async def _lessen(self, found: Subscription, frequency: str) -> _Outcome:
        run, lessen = self._parts.store.run, self._leaving.lessen
        is_done = await run(lessen, found, frequency, origin=ORIGIN)
        return _Outcome("less", frequency=frequency) if is_done else _Outcome("active")

    async def _pause(self, found: Subscription) -> _Outcome:
        run, pause = self._parts.store.run, self._leaving.pause_briefly
        try:
            until = await run(pause, found, origin=ORIGIN)
        except SubscriberError:  # Left at the same moment.
            return _Outcome("gone")
        return _Outcome("paused", until=until)

    async def _leave(
        self, request: Request, number: int, found: Subscription | None
    ) -> Response:
        """Leave at once; also who has left before or was erased has left now."""
        is_page = _is_page(request)
        run, leaving = self._parts.store.run, self._leaving
        await run(leaving.leave, number, origin=ORIGIN if is_page else ONE_CLICK)
        if not is_page:
            return PlainTextResponse("OK\n", headers=PRIVATE)
        return_url = ""
        if self._is_published(found) and await run(
            leaving.may_return, number, RELOADED
        ):
            token = self._parts.tokens.sign(Purpose.RETURN, number)
            return_url = self._path(request, f"/return/{token}")
        return self._page(request, found, _Outcome("left", return_url=return_url))

    def _is_published(self, found: Subscription | None) -> bool:
        return found is not None and found.digest_key in self._parts.membership.rules

    def _page(
        self,
        request: Request,
        found: Subscription | None,
        outcome: _Outcome,
        own: str = "",
    ) -> Response:
        """Show no more than the digest's name: the link stands in forwarded mails."""
        language = self._pages.language_for(
            request, own if found is None else found.choice.language
        )
        frame = self._pages.private_frame(request)
        values = {
            "title": self._title(found, language),
            "state": outcome.state,
            "until": outcome.until,
            "frequency": outcome.frequency,
            "return_url": outcome.return_url,
            **self._offers(request, found, outcome),
        }
        return self._pages.respond("leave.html", language, frame, values)

    def _offers(
        self, request: Request, found: Subscription | None, outcome: _Outcome
    ) -> dict[str, object]:
        """Return what the page offers instead of leaving, and beside it.

        Leaving all is offered to everybody, so that it does not tell who has more.
        """
        if found is None or outcome.state != "active":
            return {"rarer": None, "paused_until": None, "all_url": ""}
        is_published = self._is_published(found)
        token = self._parts.tokens.sign(Purpose.LEAVE_ALL, found.subscriber_id)
        return {
            "rarer": self._leaving.rarer(found) if is_published else None,
            "may_pause": is_published,
            "all_url": self._path(request, f"/u/{token}"),
        }

    def _path(self, request: Request, path: str) -> str:
        """Return a path as a link, to a page in the language asked for."""
        asked = request.query_params.get("language", "")
        language = f"?language={asked}" if asked in self._parts.languages else ""
        return self._pages.path(path + language)

    def _title(self, found: Subscription | None, language: str) -> str:
        rules = self._parts.membership.rules
        if found is None or found.digest_key not in rules:
            return ""
        return rules[found.digest_key].title(language)


def _is_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


async def _form(request: Request) -> FormData:
    """Return the form that was sent, empty for whatever cannot be read as one.

    What mail programs send is of any form, or nothing at all.
    """
    await request.body()
    try:
        return await request.form(max_files=0, max_fields=MAX_FIELDS)
    except HTTPException as error:
        if error.status_code == TOO_MUCH:
            raise
    except (MultiPartException, LookupError, ValueError):
        pass
    return FormData()
