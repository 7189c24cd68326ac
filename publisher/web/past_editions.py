"""Past editions of the digests whose operator lets everybody read them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from html import escape
from http import HTTPStatus
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from publisher.digests.showing import page_of
from publisher.feeds.conditional import Conditions, answer
from publisher.feeds.edition_feeds import EditionEntry, edition_feed
from publisher.feeds.validators import Validators, validators_of
from publisher.model.feed import FORMATS, FeedFormat
from publisher.store.edition_pages import find_kept
from publisher.store.past_editions import PastEdition, find_past, list_past
from publisher.web.discovery import FeedLink
from publisher.web.editions import edition_headers
from publisher.web.pages import Frame, Pages
from publisher.web.request_headers import said

__all__ = ["PastEditionPages"]

LISTED = 50
IN_FEED = 20
CACHED = "public, max-age=60"
MAX_DIGITS = 18
"""No number of ours is longer; the store could not compare one."""

FEEDS_KEPT = 64
"""Documents in memory, about 20 KB each."""


class PastEditionPages:
    """`/{language}/digests/…`: the list, its feed, and every edition."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._parts = pages.parts
        self._document = lru_cache(FEEDS_KEPT)(self._made)

    def routes(self) -> list[Route]:
        """Return the addresses of the archive, in every language."""
        routes = []
        for code in self._parts.languages:
            stem = f"/{code}/digests"
            routes += [
                Route(f"{stem}/{{key}}.{{format}}", partial(self._feed, language=code)),
                Route(f"{stem}/{{key}}", partial(self._list, language=code)),
                Route(f"{stem}/{{key}}/{{number}}", partial(self._page, language=code)),
            ]
        return routes

    def _key(self, request: Request) -> str:
        key = str(request.path_params["key"])
        if key not in self._parts.archived_digests:
            raise HTTPException(404)
        return key

    def _title(self, key: str, language: str) -> str:
        return self._parts.membership.rules[key].title(language)

    def _urls(self, key: str, language: str) -> dict[FeedFormat, str]:
        base = f"{self._parts.facts.base_url}{_path(key, language)}"
        return {form: f"{base}.{form.value}" for form in FORMATS}

    def _feeds(self, key: str, language: str) -> tuple[FeedLink, ...]:
        names = {FeedFormat.RSS: "RSS", FeedFormat.ATOM: "Atom"}
        title = f"{self._title(key, language)} — {self._parts.facts.title(language)}"
        return tuple(
            FeedLink(url, form.link_type, name, f"{title} ({name})")
            for form, url in self._urls(key, language).items()
            for name in [names.get(form, "JSON")]
        )

    async def _list(self, request: Request, language: str) -> Response:
        key = self._key(request)
        before = _number(request.query_params.get("before", "0"))
        found = await self._past(key, language, LISTED + 1, before)
        shown, has_more = found[:LISTED], len(found) > LISTED
        path = _path(key, language)
        frame = Frame(
            switches={code: _path(key, code) for code in self._parts.languages},
            feeds=self._feeds(key, language),
            path=path,
        )
        values = {
            "title": self._title(key, language),
            "editions": [
                (past, self._pages.path(f"{path}/{past.edition_id}")) for past in shown
            ],
            "older_url": self._pages.path(f"{path}?before={shown[-1].edition_id}")
            if has_more
            else "",
        }
        return self._pages.respond(
            "past_editions.html",
            language,
            frame,
            values,
            headers={"cache-control": CACHED},
        )

    async def _past(
        self, key: str, language: str, limit: int, before: int = 0
    ) -> Sequence[PastEdition]:
        store = self._parts.store
        return await store.run(store.query, list_past, key, language, limit, before)

    async def _page(self, request: Request, language: str) -> Response:
        key = self._key(request)
        store, number = self._parts.store, _number(request.path_params["number"])
        past = await store.run(store.query, find_past, key, language, number)
        if past is None:
            raise HTTPException(404)
        kept = await store.run(store.query, find_kept, past.segment_id)
        if kept is None:
            return self._pages.respond(
                "edition_gone.html", language, Frame(), status=410
            )
        page = page_of(kept, self._parts.renderer, self._top(key, language))
        headers = {**edition_headers(self._pages), "cache-control": CACHED}
        return HTMLResponse(page, headers=headers)

    def _top(self, key: str, language: str) -> str:
        said = self._parts.renderer.languages.get(language).gettext("All editions")
        url = escape(self._pages.path(_path(key, language)))
        return (
            f'<a href="{url}" style="font-size:14px;color:#5e5850">{escape(said)}</a>'
        )

    async def _feed(self, request: Request, language: str) -> Response:
        key = self._key(request)
        wanted = request.path_params["format"]
        form = next((f for f in FORMATS if f.value == wanted), None)
        if form is None:
            raise HTTPException(404)
        past = await self._past(key, language, IN_FEED)
        body, validators = self._document(key, language, form, tuple(past))
        decision = answer(
            request.method,
            Conditions(
                if_none_match=said(request, "if-none-match"),
                if_modified_since=request.headers.get("if-modified-since"),
            ),
            validators,
        )
        seconds = int(self._parts.max_age.total_seconds())
        headers: Mapping[str, str] = {
            "etag": decision.etag,
            "last-modified": validators.last_modified,
            "cache-control": f"public, max-age={seconds}",
            "access-control-allow-origin": "*",
        }
        if decision.status == HTTPStatus.NOT_MODIFIED:
            return Response(status_code=decision.status, headers=headers)
        return Response(body, headers={**headers, "content-type": form.media_type})

    def _made(
        self, key: str, language: str, form: FeedFormat, past: tuple[PastEdition, ...]
    ) -> tuple[bytes, Validators]:
        facts, title = self._parts.facts, self._title(key, language)
        home = f"{facts.base_url}{_path(key, language)}"
        long_date = self._parts.renderer.languages.get(language).long_date
        body, updated_at = edition_feed(
            form,
            [
                EditionEntry(
                    number=one.edition_id,
                    url=f"{home}/{one.edition_id}",
                    title=f"{title}, {long_date(one.dated)}"
                    if one.is_stale
                    else one.subject,
                    summary="" if one.is_stale else one.preheader,
                    at=one.composed_at,
                )
                for one in past
            ],
            facts,
            digest_key=key,
            title=title,
            language=language,
            home_url=home,
            urls=self._urls(key, language),
        )
        return body, validators_of(body, updated_at)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS):
        raise HTTPException(404)
    return int(text)


def _path(key: str, language: str) -> str:
    return f"/{language}/digests/{quote(key)}"
