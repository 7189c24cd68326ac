"""The newspaper's own site, as far as the development set-up needs one.

Feeds and digests of the sample newsroom link to its articles; here they can be read.
"""

import asyncio
import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from publisher.model.article import Article
from publisher.rendering.digest import harmless
from publisher.store import Transaction
from publisher.store.reading import find_by_url, load_articles
from publisher.web.pages import Frame, Pages

__all__ = ["NewsroomPages"]

CACHED = "public, max-age=60"
_PICTURE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.(?:jpg|jpeg|png|webp|gif)")
_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
}


class NewsroomPages:
    """`/newsroom/…`; exists in development only. `folder` is the sample newsroom."""

    def __init__(self, pages: Pages, folder: Path) -> None:
        self._pages = pages
        self._parts = pages.parts
        self._pictures = folder / "pictures"

    def routes(self) -> list[Route]:
        """Return the addresses of the newspaper."""
        return [
            Route("/newsroom", self._front),
            Route("/newsroom/", self._front),
            Route("/newsroom/pictures/{file}", self._picture),
            Route("/newsroom/rubrics/{path:path}", self._rubric),
            Route("/newsroom/{language}/{slug}", self._article),
        ]

    async def _front(self, request: Request) -> Response:
        language = self._pages.language_of(request)
        return RedirectResponse(self._pages.path(f"/{language}/"), 307)

    async def _rubric(self, request: Request) -> Response:
        language = self._pages.language_of(request)
        path = request.path_params["path"]
        return RedirectResponse(self._pages.path(f"/{language}/rubrics/{path}"), 307)

    async def _picture(self, request: Request) -> Response:
        name = request.path_params["file"]
        if not _PICTURE.fullmatch(name):
            raise HTTPException(404)
        body = await asyncio.to_thread(_read, self._pictures / name)
        if body is None:
            raise HTTPException(404)
        media_type = _TYPES[name.rpartition(".")[2]]
        return Response(body, media_type=media_type, headers={"cache-control": CACHED})

    async def _article(self, request: Request) -> Response:
        url = self._parts.facts.base_url + request.url.path
        store = self._parts.store
        article = await store.run(store.query, self._find, url)
        if article is None:
            raise HTTPException(404)
        translations = {link.language: link.url for link in article.translations}
        frame = Frame(
            switches={
                code: request.url.path
                for code in self._parts.languages
                if code == article.language
            }
        )
        shown = harmless(article)
        picture = shown.picture
        values = {
            "article": shown,
            "body": article.body_html,
            "picture": picture
            if picture and self._pages.origins.may_show(picture.url)
            else None,
            "rubrics": self._rubrics(article),
            "translations": [
                (self._parts.renderer.languages.get(code), url)
                for code, url in translations.items()
                if code in self._parts.languages
            ],
        }
        return self._pages.respond(
            "article.html",
            article.language,
            frame,
            values,
            headers={"cache-control": CACHED},
        )

    def _find(self, tx: Transaction, url: str) -> Article | None:
        number = find_by_url(tx, url)
        if number is None:
            return None
        return load_articles(tx, [number], self._parts.tree).get(number)

    def _rubrics(self, article: Article) -> list[tuple[str, str]]:
        tree, language = self._parts.tree, article.language
        return [
            (
                tree.get(key).name(language),
                self._pages.path(f"/{language}/rubrics/{tree.path(key)}"),
            )
            for key in article.rubric_keys
        ]


def _read(path: Path) -> bytes | None:
    """Return a picture's bytes; its name was checked before."""
    try:
        return path.read_bytes()
    except OSError:
        return None
