"""Preferences: everything a reader chose, to be changed by a signed link alone.

GET shows, POST changes and answers with a redirect to what is now true. What could not
be accepted comes back as it was typed, with the reason beside it.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from publisher.errors import SubscriberError, TokenError
from publisher.model.token import Purpose
from publisher.store.readers import Subscription, subscriptions_of
from publisher.web.outline import open_outline
from publisher.web.pages import PRIVATE, Frame, Pages
from publisher.web.preference_forms import (
    DigestForm,
    Typed,
    check,
    stored,
    typed,
    wish_again,
)
from publisher.web.zones import offered_zones

__all__ = ["PreferencePages"]

MAX_FIELDS = 2000
FULL_HOURS = tuple(f"{hour:02}:00" for hour in range(24))
ORIGIN = "preferences page"


class PreferencePages:
    """`/preferences/{token}`."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._parts = pages.parts
        self._outline = open_outline(pages.parts.tree)

    def routes(self) -> list[Route]:
        """Return the address of the preferences links."""
        return [
            Route("/preferences/{token}", self._answer, methods=("GET", "HEAD", "POST"))
        ]

    async def _answer(self, request: Request) -> Response:
        try:
            token = request.path_params["token"]
            reader = self._parts.tokens.subject(Purpose.PREFERENCES, token)
        except TokenError:
            raise HTTPException(404) from None
        store = self._parts.store
        found = await store.run(store.query, subscriptions_of, reader)
        if not found:
            raise HTTPException(404)
        if request.method != "POST":
            return self._page(request, found)
        async with request.form(max_files=0, max_fields=MAX_FIELDS) as form:
            return await self._change(request, found, form)

    async def _change(
        self, request: Request, found: list[Subscription], form: FormData
    ) -> Response:
        """Do what the button says to the subscription it belongs to."""
        number = form.get("subscription")
        asked = next((s for s in found if str(s.id) == number), None)
        if asked is None:
            raise HTTPException(400)
        match form.get("do"):
            case "save" if asked.is_active and self._is_published(asked):
                return await self._save(request, found, asked, typed(form))
            case "leave":
                leave = self._parts.membership.leave
                await self._parts.store.run(leave, asked.id, origin=ORIGIN)
                return self._done(request, "left", asked)
            case "return" if not asked.is_active and self._is_published(asked):
                return await self._return(request, asked)
            case _:
                raise HTTPException(400)

    async def _save(
        self,
        request: Request,
        found: list[Subscription],
        asked: Subscription,
        given: Typed,
    ) -> Response:
        membership = self._parts.membership
        checked = check(given, asked, membership, self._outline)
        faults = dict(checked.faults)
        if not faults:
            wish = checked.wish
            wording = (
                f"{wish.digest}: rubrics {' '.join(wish.rubrics) or 'all'}"
                f" without {' '.join(wish.excluded) or 'any'}, hour {wish.hour},"
                f" zone {wish.zone}, language {wish.language}"
            )
            try:
                await self._parts.store.run(
                    membership.change, asked.id, wish, wording=wording, origin=ORIGIN
                )
            except SubscriberError:
                faults["rubrics"] = ""
            else:
                return self._done(request, "saved", asked)
        return self._page(
            request, found, {asked.id: (checked.typed, faults)}, status=422
        )

    async def _return(self, request: Request, asked: Subscription) -> Response:
        """Bring back who had left; pressing the button is the consent."""
        membership = self._parts.membership
        language = self._parts.renderer.languages.get(self._language(request, [asked]))
        title = membership.rules[asked.digest_key].title(language.code)
        wording = language.gettext("Subscribe again") + f": {title}"
        try:
            await self._parts.store.run(
                membership.join,
                asked.email,
                wish_again(asked, membership, self._outline),
                wording=wording,
                origin=ORIGIN,
            )
        except SubscriberError:
            raise HTTPException(400) from None
        return self._done(request, "returned", asked)

    def _done(self, request: Request, done: str, asked: Subscription) -> Response:
        query = urlencode({"done": done, "digest": asked.id})
        path = self._pages.path(request.url.path)
        return RedirectResponse(f"{path}?{query}#digest-{asked.id}", 303, PRIVATE)

    def _is_published(self, subscription: Subscription) -> bool:
        return subscription.digest_key in self._parts.membership.rules

    def _language(self, request: Request, found: list[Subscription]) -> str:
        languages = self._parts.languages
        asked = request.query_params.get("language", "")
        own = [s.choice.language for s in sorted(found, key=lambda s: not s.is_active)]
        wanted = [code for code in (asked, *own) if code in languages]
        return wanted[0] if wanted else self._pages.language_of(request)

    def _page(
        self,
        request: Request,
        found: list[Subscription],
        refused: dict[int, tuple[Typed, dict[str, str]]] | None = None,
        *,
        status: int = 200,
    ) -> Response:
        language = self._language(request, found)
        parts = self._parts
        forms = [
            self._form(request, s, language, (refused or {}).get(s.id)) for s in found
        ]
        path = request.url.path
        zones = (
            str(parts.zone),
            *(form.typed.zone for form in forms if not form.faults),
        )
        values = {
            "forms": forms,
            "address": found[0].email,
            "outline": self._outline,
            "zones": offered_zones(zones, parts.clock.now()),
            "language_names": [
                (code, parts.renderer.languages.get(code).name)
                for code in parts.languages
            ],
        }
        frame = Frame(
            switches={code: f"{path}?language={code}" for code in parts.languages},
            is_private=True,
        )
        return self._pages.respond(
            "preferences.html", language, frame, values, status=status
        )

    def _form(
        self,
        request: Request,
        subscription: Subscription,
        language: str,
        refused: tuple[Typed, dict[str, str]] | None,
    ) -> DigestForm:
        membership = self._parts.membership
        rule = membership.rules.get(subscription.digest_key)
        timetable = subscription.choice.timetable
        fields, faults = refused or (
            stored(subscription, membership, self._outline),
            {},
        )
        slot, now = None, self._parts.clock.now()
        if rule is not None and subscription.is_active and not timetable.is_instant:
            slot = timetable.next_slot(_waited_until(subscription, now))
        if rule is not None and rule.offers(timetable.frequency):
            rule = replace(
                rule, frequency=timetable.frequency
            )  # As this reader has it.
        return DigestForm(
            id=subscription.id,
            title=rule.title(language) if rule else subscription.digest_key,
            rule=rule,
            is_active=subscription.is_active,
            typed=fields,
            hours=tuple(sorted({*FULL_HOURS, f"{timetable.at:%H:%M}"})),
            next_slot=slot,
            zone=ZoneInfo(timetable.zone),
            faults=faults,
            done=_done_to(request, subscription),
        )


def _waited_until(subscription: Subscription, now: datetime) -> datetime:
    """Return after which moment the next digest comes; a slot may end a pause."""
    until = subscription.paused_until
    return until - timedelta(microseconds=1) if until else now


def _done_to(request: Request, subscription: Subscription) -> str:
    """Return what the address says was done, where it can be true."""
    asked = request.query_params
    done = asked.get("done", "")
    is_possible = (
        done in {"saved", "returned"} if subscription.is_active else done == "left"
    )
    return done if is_possible and asked.get("digest") == str(subscription.id) else ""
