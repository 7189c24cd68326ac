"""`/e/{token}`: an edition in the browser, by the link that stands in its mail."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from publisher.digests.showing import page_of
from publisher.errors import TokenError
from publisher.model.token import Purpose
from publisher.store.edition_pages import find_kept
from publisher.web.guards import content_policy
from publisher.web.pages import PRIVATE, Frame, Pages

__all__ = ["EditionPages", "edition_headers"]


def edition_headers(pages: Pages) -> Mapping[str, str]:
    """Return the headers of a page that is a digest: styles stand in its elements."""
    policy = content_policy(
        pages.origins.sources, style_src="'unsafe-inline'", form_action="'none'"
    )
    return {"content-security-policy": policy}


class EditionPages:
    """One page for all who got the same; the address names no reader."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._parts = pages.parts

    def routes(self) -> list[Route]:
        """Return the address of the links in mails."""
        return [Route("/e/{token}", self._page)]

    async def _page(self, request: Request) -> Response:
        parts = self._parts
        try:
            token = request.path_params["token"]
            number = parts.tokens.subject(Purpose.EDITION, token)
        except TokenError:
            raise HTTPException(404) from None
        kept = await parts.store.run(parts.store.query, find_kept, number)
        if kept is None:
            return self._gone(request)
        # The address is in the page's own hands only: no site it links to learns it.
        headers = {**edition_headers(self._pages), "referrer-policy": "no-referrer"}
        page = page_of(kept, parts.renderer)
        return HTMLResponse(page, headers={**headers, **PRIVATE})

    def _gone(self, request: Request) -> Response:
        path = request.url.path
        frame = Frame(
            switches={
                code: f"{path}?language={code}" for code in self._parts.languages
            },
            is_private=True,
        )
        language = self._pages.language_of(request)
        return self._pages.respond("edition_gone.html", language, frame, status=410)
