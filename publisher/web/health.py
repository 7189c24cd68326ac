"""Whether the process lives, and whether it may be sent readers."""

from datetime import timedelta

import anyio
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from publisher.web.parts import WebParts

__all__ = ["HealthPages"]

PATIENCE = timedelta(seconds=3)
"""How long the store may take to answer."""

NO_STORE = {"cache-control": "no-store"}


class HealthPages:
    """`/healthz` and `/readyz`, for whoever watches: short, in English."""

    def __init__(self, parts: WebParts) -> None:
        self._parts = parts

    def routes(self) -> list[Route]:
        """Return the addresses to watch."""
        return [Route("/healthz", self._health), Route("/readyz", self._readiness)]

    async def _health(self, _: Request) -> Response:
        return PlainTextResponse("alive\n", headers=NO_STORE)

    async def _readiness(self, _: Request) -> Response:
        reason = await self._obstacle()
        if reason:
            return PlainTextResponse(f"not ready: {reason}\n", 503, NO_STORE)
        return PlainTextResponse("ready\n", headers=NO_STORE)

    async def _obstacle(self) -> str:
        """Return why readers should wait, or nothing."""
        store, index = self._parts.store, self._parts.index
        try:
            with anyio.fail_after(PATIENCE.total_seconds()):
                await store.run(index.refresh)
                is_ready = await store.run(self._parts.is_ready)
        except TimeoutError:
            return "the store does not answer"
        except Exception as error:  # noqa: BLE001 (whatever it is, we are not ready)
            return f"the store cannot be read ({type(error).__name__})"
        if not len(index):
            return "no feed is built yet"
        return "" if is_ready else "the service is starting or stopping"
