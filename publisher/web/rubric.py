"""The page of a rubric: its latest articles, and how they come by themselves."""

from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from publisher.model.article import Article
from publisher.store import Transaction
from publisher.store.listings import newest_of_rubrics
from publisher.store.reading import load_articles
from publisher.store.rubrics import find_moved
from publisher.web.cards import cards
from publisher.web.discovery import discover, feed_links
from publisher.web.outline import Node, iter_nodes, open_outline
from publisher.web.pages import Frame, Pages

__all__ = ["RubricPages"]

ARTICLES = 20
CACHED = "public, max-age=60"
MOVED = "public, max-age=86400"


class RubricPages:
    """`/{language}/rubrics/{path}`, and `/rubrics/{path}` in the main language."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._parts = pages.parts
        tree = pages.parts.tree
        self._nodes = {
            tree.path(node.key): node for node in iter_nodes(open_outline(tree))
        }
        self._closed = {tree.path(r.key) for r in tree if r.is_closed}

    def routes(self) -> list[Route]:
        """Return the addresses of the rubrics."""
        languages = self._parts.languages
        stems = [("", languages[0]), *((f"/{code}", code) for code in languages)]
        return [
            Route(
                f"{stem}/rubrics/{{path:path}}",
                partial(self._page, stem=stem, language=code),
            )
            for stem, code in stems
        ]

    async def _page(self, request: Request, stem: str, language: str) -> Response:
        path = request.path_params["path"].strip("/")
        node = self._nodes.get(path)
        if node is None:
            return await self._elsewhere(path, stem)
        parts = self._parts
        ids = [below.rubric.id for below in iter_nodes((node,))]
        articles = await parts.store.run(parts.store.query, self._newest, ids, language)
        frame = Frame(
            switches={code: f"/{code}/rubrics/{path}" for code in parts.languages},
            feeds=discover(parts.addresses, parts.facts, node.key, language),
            path=f"/{language}/rubrics/{path}",
        )
        values = {
            "name": node.rubric.name(language),
            "above": self._above(node, language),
            "below": [self._link(child.key, language) for child in node.children],
            "articles": cards(articles, self._pages.origins),
            "feed_sets": [
                (code, feed_links(parts.addresses, parts.facts, node.key, code))
                for code in self._feed_languages(language)
            ],
            "subscribe_url": self._pages.subscribe_url(language, node.key),
            "language_names": {
                code: parts.renderer.languages.get(code).name
                for code in parts.languages
            },
        }
        return self._pages.respond(
            "rubric.html", language, frame, values, headers={"cache-control": CACHED}
        )

    def _newest(self, tx: Transaction, ids: list[int], language: str) -> list[Article]:
        listed = newest_of_rubrics(tx, ids, language, ARTICLES)
        found = load_articles(tx, [number for _, number in listed], self._parts.tree)
        return list(found.values())

    def _feed_languages(self, language: str) -> list[str]:
        """Return the page's language, the others, and all together as the last."""
        others = [code for code in self._parts.languages if code != language]
        return [language, *others, *([""] if others else [])]

    def _above(self, node: Node, language: str) -> list[tuple[str, str]]:
        lineage = self._parts.tree.lineage(node.key)[:-1]
        return [self._link(r.key, language) for r in lineage if not r.is_closed]

    def _link(self, key: str, language: str) -> tuple[str, str]:
        tree = self._parts.tree
        url = self._pages.path(f"/{language}/rubrics/{tree.path(key)}")
        return tree.get(key).name(language), url

    async def _elsewhere(self, path: str, stem: str) -> Response:
        """Answer 301 for a rubric that moved, 410 for a closed one, else 404."""
        if path in self._closed:
            raise HTTPException(410)
        parts = self._parts
        key = await parts.store.run(parts.store.query, find_moved, path)
        if key is None or key not in parts.tree:
            raise HTTPException(404)
        if parts.tree.get(key).is_closed:
            raise HTTPException(410)
        url = self._pages.path(f"{stem}/rubrics/{parts.tree.path(key)}")
        return RedirectResponse(url, 301, {"cache-control": MOVED})
