"""The subscribe page, and the form in it for other sites to put on theirs.

Whoever is known to us and whoever is not gets the same answer, byte by byte: that there
is a letter, in a mailbox that only they can open.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from publisher.audience import joining
from publisher.errors import SubscriberError, TokenError
from publisher.model.token import Purpose
from publisher.web.clients import ClientLimit, client_address, until_next_hour
from publisher.web.guards import content_policy
from publisher.web.outline import Node, open_outline
from publisher.web.pages import Frame, Pages
from publisher.web.subscribe_forms import (
    TRAP,
    OfferedDigest,
    Typed,
    check,
    fresh,
    offered,
    source_of,
    typed,
)
from publisher.web.zones import OfferedZone, offered_zones, proper_zone

__all__ = ["SubscribePages"]

MAX_FIELDS = 2000
FULL_HOURS = tuple(f"{hour:02}:00" for hour in range(24))
ANYWHERE = {
    "access-control-allow-origin": "*",
    "cache-control": "public, max-age=300",
    "vary": "Accept-Language",
}
"""The form itself is the same for everybody, and fetched by scripts of other sites."""

_log = logging.getLogger("publisher.web")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form as a template shows it; `is_fresh` where nobody has typed yet."""

    action: str
    page_language: str
    typed: Typed
    digests: tuple[OfferedDigest, ...]
    outline: tuple[Node, ...]
    zones: tuple[OfferedZone, ...]
    hours: tuple[str, ...]
    languages: tuple[tuple[str, str], ...]
    consent: str
    version: str
    stamp: str
    trap: str
    faults: Mapping[str, str]
    is_fresh: bool


class SubscribePages:
    """`/subscribe` and `/subscribe/form.html`; they exist while joining is open."""

    def __init__(self, pages: Pages, joinings: joining.Joinings) -> None:
        self._pages = pages
        self._parts = pages.parts
        self._joinings = joinings
        self._outline = open_outline(pages.parts.tree)
        self._clients = ClientLimit(joinings.limits.per_client)

    def routes(self) -> list[Route]:
        """Return the addresses of the page and of the form."""
        return [
            Route("/subscribe", self._answer, methods=("GET", "POST")),
            Route("/subscribe/form.html", self._fragment),
        ]

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            language = self._pages.language_of(request)
            return self._page(request, language, self._fresh(request, language))
        async with request.form(max_files=0, max_fields=MAX_FIELDS) as sent:
            return await self._take(request, sent)

    async def _fragment(self, request: Request) -> Response:
        """Answer the form alone, for a page of another site."""
        language = self._pages.language_of(request)
        form = self._form(language, self._fresh(request, language))
        form = replace(form, action=self._parts.facts.base_url + "/subscribe")
        body = self._parts.renderer.page("web/subscribe_form.html", language, form=form)
        return HTMLResponse(body, headers=ANYWHERE)

    async def _take(self, request: Request, sent: FormData) -> Response:
        """Take a request, or show the form again with everything that was typed."""
        language = self._language_of(request, sent)
        given = typed(sent)
        checked = check(given, self._joinings.membership, self._outline)
        # A tick below other words than those that are shown now does not stand.
        given = replace(
            given, has_agreed=given.has_agreed and not self._old(sent, language)
        )
        if checked.faults:
            return self._page(request, language, given, faults=checked.faults)
        doubt = self._doubt(sent, language)
        if doubt:
            _log.info("joining.doubted reason=%s", doubt)
            return self._page(request, language, given, note="again")
        now, client = self._parts.clock.now(), client_address(request)
        asked = joining.Request(
            email=given.email,
            wishes=checked.wishes,
            language=language,
            source=source_of(sent.get("page"), request.headers.get("referer", "")),
            ip=client,
            agent=_printable(request.headers.get("user-agent", "")),
        )
        if not self._clients.may_send(client, now) or not await self._ask(asked):
            _log.warning("joining.limited")
            return self._page(request, language, given, note="limited")
        return self._pages.respond(
            "subscribe_asked.html",
            language,
            Frame(switches=self._switches(), is_private=True),
            {"address": given.email, "back_url": self._path(language)},
        )

    async def _ask(self, asked: joining.Request) -> bool:
        try:
            return await self._parts.store.run(self._joinings.ask, asked)
        except SubscriberError:
            # Everything was checked before; so the configuration has just changed.
            raise HTTPException(400) from None

    def _doubt(self, sent: FormData, language: str) -> str:
        """Return why this may be a program or an old form; empty if nothing is odd."""
        if sent.get(TRAP):
            return "trap"
        return self._old(sent, language) or self._doubt_of_time(
            str(sent.get("stamp", ""))
        )

    def _old(self, sent: FormData, language: str) -> str:
        """Return why the form had other words of the consent; empty if it had ours."""
        if sent.get("consent_version") != self._joinings.consent.version:
            return "version"
        return "language" if sent.get("page_language") != language else ""

    def _doubt_of_time(self, stamp: str) -> str:
        try:
            seconds = self._parts.tokens.subject(Purpose.FORM, stamp)
        except TokenError:
            return "stamp"
        shown_at = datetime.fromtimestamp(min(seconds, _LAST_SECOND), UTC)
        filled_in = self._parts.clock.now() - shown_at
        return "" if filled_in >= self._parts.least_fill_time else "haste"

    def _language_of(self, request: Request, sent: FormData) -> str:
        own = sent.get("page_language")
        if isinstance(own, str) and own in self._parts.languages:
            return own
        return self._pages.language_of(request)

    def _fresh(self, request: Request, language: str) -> Typed:
        asked = request.query_params
        return fresh(
            self._joinings.membership,
            self._outline,
            language,
            asked.getlist("rubric"),
            asked.getlist("digest"),
        )

    def _page(
        self,
        request: Request,
        language: str,
        given: Typed,
        *,
        faults: Mapping[str, str] | None = None,
        note: str = "",
    ) -> Response:
        is_fresh = request.method != "POST"
        form = self._form(language, given, faults or {}, is_fresh=is_fresh)
        headers = {
            "cache-control": "private, no-cache",
            "content-security-policy": content_policy(
                self._pages.origins.sources, script_src="'self'"
            ),
        }
        if note == "limited":
            wait = until_next_hour(self._parts.clock.now()) + timedelta(seconds=1)
            headers["retry-after"] = str(int(wait.total_seconds()))
        return self._pages.respond(
            "subscribe.html",
            language,
            Frame(switches=self._switches(), path=self._path(language, root="")),
            {"form": form, "note": note, "script_url": self._pages.script_url},
            status=200 if is_fresh else 429 if note == "limited" else 422,
            headers=headers,
        )

    def _form(
        self,
        language: str,
        given: Typed,
        faults: Mapping[str, str] | None = None,
        *,
        is_fresh: bool = True,
    ) -> Form:
        parts, own = self._parts, self._joinings
        now = parts.clock.now()
        own_zone = str(parts.zone)
        # With a fault in it, what was typed need not be a zone.
        zone = own_zone if faults else proper_zone(given.zone) or own_zone
        return Form(
            action=self._pages.path("/subscribe"),
            page_language=language,
            typed=given,
            digests=offered(own.membership, parts.renderer.languages.get(language)),
            outline=self._outline,
            zones=offered_zones((own_zone, zone), now),
            hours=FULL_HOURS,
            languages=tuple(
                (code, parts.renderer.languages.get(code).name)
                for code in parts.languages
            ),
            consent=own.consent.texts[language],
            version=own.consent.version,
            stamp=parts.tokens.sign(Purpose.FORM, int(now.timestamp())),
            trap=TRAP,
            faults=faults or {},
            is_fresh=is_fresh,
        )

    def _switches(self) -> dict[str, str]:
        return {code: self._path(code, root="") for code in self._parts.languages}

    def _path(self, language: str, root: str | None = None) -> str:
        stem = self._parts.root if root is None else root
        return f"{stem}/subscribe?language={language}"


_LAST_SECOND = 2**31
"""A stamp is ours, so this is only for the sake of the standard library's bounds."""


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
