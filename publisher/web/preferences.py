"""Preferences: everything a reader chose, to be changed by a signed link alone.

GET shows, POST changes and answers with a redirect to what is now true. What could not
be accepted comes back as it was typed, with the reason beside it.
"""

from dataclasses import replace
from datetime import date
from functools import partial
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from publisher.audience.address_changes import AddressChanges
from publisher.errors import SubscriberError, TokenError
from publisher.model.token import Purpose
from publisher.store.readers import Subscription
from publisher.web.pages import PRIVATE, Pages
from publisher.web.preference_forms import Typed, check, stored, typed, wish_again
from publisher.web.preference_page import PreferencePage, Reader

__all__ = ["PreferencePages"]

MAX_FIELDS = 2000
ORIGIN = "preferences page"
TOO_OFTEN = 429
LONGEST_ADDRESS = 320


class PreferencePages:
    """`/preferences/{token}`."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._parts = pages.parts
        self._page = PreferencePage(pages)

    def routes(self) -> list[Route]:
        """Return the address of the preferences links."""
        return [
            Route("/preferences/{token}", self._answer, methods=("GET", "HEAD", "POST"))
        ]

    async def _answer(self, request: Request) -> Response:
        try:
            token = request.path_params["token"]
            number = self._parts.tokens.subject(Purpose.PREFERENCES, token)
        except TokenError:
            raise HTTPException(404) from None
        reader = await self._page.read(number)
        if not reader.subscriptions:
            raise HTTPException(404)
        if request.method != "POST":
            return self._page.show(request, reader)
        async with request.form(max_files=0, max_fields=MAX_FIELDS) as form:
            if form.get("do") == "address":
                return await self._move(request, reader, form)
            return await self._change(request, reader, form)

    async def _change(
        self, request: Request, reader: Reader, form: FormData
    ) -> Response:
        """Do what the button says to the subscription it belongs to."""
        number = form.get("subscription")
        asked = next((s for s in reader.subscriptions if str(s.id) == number), None)
        if asked is None:
            raise HTTPException(400)
        run = self._parts.store.run
        is_open = asked.is_active and self._is_published(asked)
        match form.get("do"):
            case "save" if is_open:
                return await self._save(request, reader, asked, typed(form))
            case "pause" if is_open:
                return await self._pause(request, reader, asked, typed(form).until)
            case "resume" if asked.is_active:
                await run(self._parts.membership.resume, asked.id, origin=ORIGIN)
                return self._done(request, "resumed", asked)
            case "less" if is_open:
                return await self._lessen(request, asked, str(form.get("frequency")))
            case "leave":
                await run(self._parts.leaving.leave, asked.id, origin=ORIGIN)
                return self._done(request, "left", asked)
            case "return" if not asked.is_active and self._is_published(asked):
                return await self._return(request, asked)
            case _:
                raise HTTPException(400)

    async def _save(
        self, request: Request, reader: Reader, asked: Subscription, given: Typed
    ) -> Response:
        membership = self._parts.membership
        checked = check(given, asked, membership, self._page.outline)
        faults = dict(checked.faults)
        if not faults:
            wish = checked.wish
            days = " ".join(wish.weekdays) or (wish.month_day or "")
            wording = (
                f"{wish.digest}: rubrics {' '.join(wish.rubrics) or 'all'}"
                f" without {' '.join(wish.excluded) or 'any'},"
                f" frequency {wish.frequency} {days}".rstrip()
                + f", hour {wish.hour}, zone {wish.zone}, language {wish.language}"
                + (", compact" if wish.is_compact else "")
            )
            try:
                await self._parts.store.run(
                    membership.change, asked.id, wish, wording=wording, origin=ORIGIN
                )
            except SubscriberError:
                faults["rubrics"] = ""
            else:
                return self._done(request, "saved", asked)
        refused = {asked.id: (checked.typed, faults)}
        return self._page.show(request, reader, refused, status=422)

    async def _pause(
        self, request: Request, reader: Reader, asked: Subscription, until: str
    ) -> Response:
        membership = self._parts.membership
        try:
            day = date.fromisoformat(until)
            await self._parts.store.run(membership.pause, asked.id, day, origin=ORIGIN)
        except (ValueError, SubscriberError):
            fields = stored(asked, membership, self._page.outline)
            refused = {asked.id: (replace(fields, until=until), {"until": ""})}
            return self._page.show(request, reader, refused, status=422)
        return self._done(request, "paused", asked)

    async def _lessen(
        self, request: Request, asked: Subscription, frequency: str
    ) -> Response:
        run, lessen = self._parts.store.run, self._parts.leaving.lessen
        if not await run(lessen, asked, frequency, origin=ORIGIN):
            raise HTTPException(400)
        return self._done(request, "less", asked)

    async def _return(self, request: Request, asked: Subscription) -> Response:
        """Bring back who had left; pressing the button is the consent."""
        membership = self._parts.membership
        code = self._page.language(request, (asked,))
        language = self._parts.renderer.languages.get(code)
        title = membership.rules[asked.digest_key].title(language.code)
        wording = language.gettext("Subscribe again") + f": {title}"
        try:
            await self._parts.store.run(
                membership.join,
                asked.email,
                wish_again(asked, membership, self._page.outline),
                wording=wording,
                origin=ORIGIN,
            )
        except SubscriberError:
            raise HTTPException(400) from None
        return self._done(request, "returned", asked)

    async def _move(self, request: Request, reader: Reader, form: FormData) -> Response:
        """Ask both mailboxes whether the digests may go to a new address."""
        changes = AddressChanges(self._parts.membership)
        subscriber = reader.subscriptions[0].subscriber_id
        given = str(form.get("address") or "")[:LONGEST_ADDRESS]
        show = partial(self._page.show, request, reader, new_address=given)
        try:
            is_asked = await self._parts.store.run(changes.ask, subscriber, given)
        except SubscriberError:
            return show(address_fault="wrong", status=422)
        if not is_asked:
            return show(address_fault="often", status=TOO_OFTEN)
        return self._redirect(request, "address", done="asked")

    def _done(self, request: Request, done: str, asked: Subscription) -> Response:
        number = str(asked.id)
        return self._redirect(request, f"digest-{number}", done=done, digest=number)

    def _redirect(self, request: Request, place: str, **query: str) -> Response:
        """Lead to a place on the page, in the language that it was opened in."""
        language = request.query_params.get("language", "")
        if language in self._parts.languages:
            query["language"] = language
        path = self._pages.path(request.url.path)
        return RedirectResponse(f"{path}?{urlencode(query)}#{place}", 303, PRIVATE)

    def _is_published(self, subscription: Subscription) -> bool:
        return subscription.digest_key in self._parts.membership.rules
