"""A page: its template, and what the layout around every page shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse

from publisher.rendering.plaintext import web_address
from publisher.web.discovery import FeedLink, link_header
from publisher.web.languages import preferred_language
from publisher.web.origins import PictureOrigins
from publisher.web.parts import WebParts
from publisher.web.static import StaticFiles

__all__ = ["PRIVATE", "Frame", "Pages"]

PRIVATE: Mapping[str, str] = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
}
"""Headers of pages that are for one reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the layout says of a page.

    `switches` maps a language to the path of the same page in it, `path` is the one
    address of the page among several.
    """

    switches: Mapping[str, str] = field(default_factory=dict)
    feeds: tuple[FeedLink, ...] = ()
    path: str = ""
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Switch:
    """A link to the same page in another language; `address` is absolute."""

    code: str
    name: str
    url: str
    address: str
    is_current: bool


class Pages:
    """Renders the templates of `templates/web`."""

    def __init__(self, parts: WebParts, static: StaticFiles) -> None:
        self.parts = parts
        self.origins = PictureOrigins(parts.facts.url, parts.facts.base_url)
        self._static = static

    def respond(
        self,
        template: str,
        language: str,
        frame: Frame,
        values: Mapping[str, object] | None = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> HTMLResponse:
        """Return a page; raises TemplateError."""
        page = self.parts.renderer.page(
            f"web/{template}", language, **self._layout(language, frame), **values or {}
        )
        sent = dict(headers or {})
        if frame.is_private:
            sent |= PRIVATE
        if frame.feeds:
            sent["link"] = link_header(frame.feeds)
        return HTMLResponse(page, status, sent)

    @property
    def script_url(self) -> str:
        """The address of our one script, which no page needs."""
        return self.path(self._static.url("subscribe.js"))

    def subscribe_url(self, language: str, rubric: str = "") -> str:
        """Return where to get digests by mail; empty where nobody may join."""
        if not self.parts.is_open_to_join:
            return ""
        query = {"language": language, **({"rubric": rubric} if rubric else {})}
        return self.path(f"/subscribe?{urlencode(query)}")

    def path(self, path: str) -> str:
        """Return a path of ours as a link on a page."""
        return self.parts.root + path

    def language_of(self, request: Request) -> str:
        """Return the language of a reader of whom nothing else is known."""
        languages = self.parts.languages
        first = request.url.path.removeprefix("/").partition("/")[0]
        if first in languages:
            return first
        asked = request.query_params.get("language", "")
        if asked in languages:
            return asked
        accepted = request.headers.get("accept-language", "")
        return preferred_language(accepted, languages)

    def language_for(self, request: Request, own: str) -> str:
        """Return the language of a page for a reader who has chosen one.

        What the address asks for comes first.
        """
        languages = self.parts.languages
        if request.query_params.get("language", "") in languages:
            return self.language_of(request)
        return own if own in languages else self.language_of(request)

    def private_frame(self, request: Request) -> Frame:
        """Return the frame of a page that is for one reader, in every language."""
        path = request.url.path
        switches = {code: f"{path}?language={code}" for code in self.parts.languages}
        return Frame(switches=switches, is_private=True)

    def _layout(self, language: str, frame: Frame) -> dict[str, object]:
        facts = self.parts.facts
        logo = web_address(self.parts.look.logo_url)
        return {
            "root": self.parts.root,
            "site_title": facts.title(language),
            "site_url": web_address(facts.url),
            "catalogue_url": self.path(f"/{language}/"),
            "css_url": self.path(self._static.url("site.css")),
            "icon_url": self.path(self._static.url("icon.svg")),
            "logo_url": logo if self.origins.may_show(logo) else "",
            "feeds": frame.feeds,
            "canonical_url": facts.base_url + frame.path if frame.path else "",
            "is_private": frame.is_private,
            "switches": [
                Switch(
                    code,
                    self.parts.renderer.languages.get(code).name,
                    self.path(path),
                    facts.base_url + path,
                    code == language,
                )
                for code, path in frame.switches.items()
            ],
            "zone": self.parts.zone,
            "today": self.parts.clock.now().astimezone(self.parts.zone).date(),
        }
