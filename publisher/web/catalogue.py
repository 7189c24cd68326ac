"""The catalogue: every rubric with its feeds, for people and for programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from publisher.feeds.catalogue import catalogue_json
from publisher.feeds.opml import MEDIA_TYPE, opml
from publisher.model.feed import SITE_KEY, Feed, comments_feed
from publisher.store import Transaction
from publisher.store.comments import newest_comments
from publisher.store.listings import newest_of_rubrics, newest_of_site
from publisher.web.discovery import FeedLink, comments_links, discover, feed_links
from publisher.web.outline import Node, iter_nodes, open_outline
from publisher.web.pages import Frame, Pages

__all__ = ["CataloguePages"]

CACHED = "public, max-age=60"

Newest = Mapping[str, datetime]
"""When the newest article of each rubric was published, if it has any.

Under the key of the feed of all comments, the newest of them.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A rubric of the catalogue, or the whole site, with what is below it."""

    name: str
    url: str
    feeds: tuple[FeedLink, ...]
    newest_at: datetime | None
    below: tuple["Row", ...] = ()


class CataloguePages:
    """`/`, one page per language, and the same as OPML and JSON."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._parts = pages.parts
        self._outline = open_outline(pages.parts.tree)
        self._newest: dict[str, tuple[int, Newest]] = {}

    def routes(self) -> list[Route]:
        """Return the addresses of the catalogue."""
        main, *_ = languages = self._parts.languages
        shown = [("/", main), *((f"/{code}/", code) for code in languages)]
        lists = [("", None), *((f"/{code}", code) for code in languages)]
        return [
            *(Route(path, partial(self._page, language=code)) for path, code in shown),
            *(
                Route(f"{stem}/feeds.opml", partial(self._opml, language=code))
                for stem, code in lists
            ),
            *(
                Route(f"{stem}/feeds.json", partial(self._json, language=code))
                for stem, code in lists
            ),
        ]

    async def _page(self, _: Request, language: str) -> Response:
        newest = await self._newest_in(language)
        parts = self._parts
        site = Row(
            parts.facts.title(language),
            self._pages.path(f"/{language}/"),
            feed_links(parts.addresses, parts.facts, SITE_KEY, language),
            newest.get(SITE_KEY),
        )
        frame = Frame(
            switches={code: f"/{code}/" for code in parts.languages},
            feeds=discover(parts.addresses, parts.facts, SITE_KEY, language),
            path=f"/{language}/",
        )
        values = {
            "site": site,
            "description": parts.facts.description(language),
            "rows": tuple(self._row(node, language, newest) for node in self._outline),
            "archives": [
                (
                    parts.membership.rules[key].title(language),
                    self._pages.path(f"/{language}/digests/{key}"),
                )
                for key in parts.archived_digests
            ],
            "subscribe_url": self._pages.subscribe_url(language),
            "opml_url": self._pages.path(f"/{language}/feeds.opml"),
            "json_url": self._pages.path("/feeds.json"),
            "everything": feed_links(parts.addresses, parts.facts, SITE_KEY, ""),
            "comments": comments_links(parts.addresses, site.name)
            if comments_feed().key in newest
            else (),
        }
        return self._pages.respond(
            "catalogue.html",
            language,
            frame,
            values,
            headers={"cache-control": CACHED},
        )

    def _row(self, node: Node, language: str, newest: Newest) -> Row:
        parts = self._parts
        return Row(
            node.rubric.name(language),
            self._pages.path(f"/{language}/rubrics/{parts.tree.path(node.key)}"),
            feed_links(parts.addresses, parts.facts, node.key, language),
            newest.get(node.key),
            tuple(self._row(child, language, newest) for child in node.children),
        )

    async def _newest_in(self, language: str) -> Newest:
        """Return the newest dates, read once for every change of the documents."""
        change_no = self._parts.index.change_no
        known = self._newest.get(language)
        if known is not None and known[0] == change_no:
            return known[1]
        store = self._parts.store
        found = await store.run(store.query, self._read_newest, language)
        self._newest[language] = (change_no, found)
        return found

    def _read_newest(self, tx: Transaction, language: str) -> Newest:
        found = {SITE_KEY: newest_of_site(tx, language, 1)}
        for node in iter_nodes(self._outline):
            ids = [below.rubric.id for below in iter_nodes((node,))]
            found[node.key] = newest_of_rubrics(tx, ids, language, 1)
        newest = {key: listed[0][0] for key, listed in found.items() if listed}
        for one in newest_comments(tx, self._parts.tree, 1).comments:
            newest[comments_feed().key] = one.published_at
        return newest

    async def _opml(self, _: Request, language: str | None) -> Response:
        body = opml(self._feeds(language), self._parts.addresses, self._parts.facts)
        name = f"feeds.{language}.opml" if language else "feeds.opml"
        return _listing(body, MEDIA_TYPE, name)

    async def _json(self, _: Request, language: str | None) -> Response:
        feeds, parts = self._feeds(language), self._parts
        body = catalogue_json(feeds, parts.addresses, parts.facts)
        return _listing(body, "application/json")

    def _feeds(self, language: str | None) -> list[Feed]:
        """Return the feeds of one language, or all of them for None."""
        languages = ("", *self._parts.languages) if language is None else (language,)
        keys = [SITE_KEY, *(node.key for node in iter_nodes(self._outline))]
        return [
            Feed(id=0, rubric_key=key, language=code)
            for key in keys
            for code in languages
        ]


def _listing(body: bytes, media_type: str, name: str = "") -> Response:
    headers = {"cache-control": CACHED, "access-control-allow-origin": "*"}
    if name:
        headers["content-disposition"] = f'attachment; filename="{name}"'
    return Response(body, media_type=media_type, headers=headers)
