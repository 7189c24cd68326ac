"""`/pictures/<key>/<width>.jpg`: lead pictures in the sizes that mail needs.

Only pictures of articles are ever fetched, and only in our own widths. Who asks for one
that cannot be had is sent to the original.
"""

import asyncio
import logging
import re
from datetime import datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from publisher.errors import PublisherError
from publisher.model.picture import WIDTHS
from publisher.sources.picture_copies import PictureCopies
from publisher.store.pictures import find_picture_url
from publisher.web.parts import WebParts
from publisher.web.request_headers import holds

__all__ = ["PicturePages"]

AT_ONCE = 2
"""Pictures that are made at the same time: each holds one whole in memory."""
PAUSE = timedelta(minutes=5)
"""How long an original that cannot be had is not asked for again."""
MOST_PAUSED = 1000

_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_NOW = "public, max-age=300"
_KEY = re.compile(r"[a-z2-7]{24}")
_FILES = {f"{width}.jpg": width for width in WIDTHS}
_log = logging.getLogger("publisher.web")


class PicturePages:
    """Serves copies, and makes them on the way."""

    def __init__(self, parts: WebParts, copies: PictureCopies) -> None:
        self._parts = parts
        self._copies = copies
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._paused: dict[str, datetime] = {}

    def routes(self) -> list[Route]:
        """Return the address of copies."""
        return [Route("/pictures/{key}/{file}", self._picture)]

    async def _picture(self, request: Request) -> Response:
        key, width = request.path_params["key"], _FILES.get(request.path_params["file"])
        if width is None or not _KEY.fullmatch(key):
            raise HTTPException(404)
        etag = f'"{key}-{width}"'
        headers = {"cache-control": _FOR_EVER, "etag": etag}
        copy = await asyncio.to_thread(self._copies.find, key, width)
        if copy is None:
            store = self._parts.store
            url = await store.run(store.query, find_picture_url, key)
            if url is None:
                raise HTTPException(404)
            copy = await self._make(key, width, url)
            if copy is None:
                return RedirectResponse(url, 307, {"cache-control": _FOR_NOW})
        if holds(request, etag):
            return Response(status_code=304, headers=headers)
        return Response(copy, media_type="image/jpeg", headers=headers)

    async def _make(self, key: str, width: int, url: str) -> bytes | None:
        """Return a new copy, or None when the original cannot be had now."""
        now = self._parts.clock.now()
        if self._paused.get(key, now) > now:
            return None
        async with self._turns:
            # Somebody before us in the queue may have made it.
            copy = await asyncio.to_thread(self._copies.find, key, width)
            if copy is not None:
                return copy
            try:
                return await asyncio.to_thread(self._copies.make, key, width, url)
            except PublisherError as error:
                _log.warning("picture.failed url=%s reason=%s", url, error)
        if len(self._paused) >= MOST_PAUSED:
            self._paused.clear()
        self._paused[key] = now + PAUSE
        return None
