"""The messages of a chunk in the order in which their providers take them.

Providers take turns, so that no connection stands still because the first hundred
messages go to one that asked us to slow down.
"""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from publisher.clock import Clock
from publisher.digests.pacing import Grant, Pace, Wait

__all__ = ["PATIENCE", "PacedQueue"]

PATIENCE = timedelta(seconds=20)
"""How long a worker keeps a chunk of which no message may go yet."""

KEPT = timedelta(minutes=1)
"""How long it keeps one since first it had to wait: more urgent mail may have come."""

LOOK = timedelta(seconds=1)
"""How often a worker that waits looks whether it shall stop."""

T = TypeVar("T")


class PacedQueue(Generic[T]):
    """Hands out messages that may go now, each with its grant; any number of takers.

    Nothing is handed out any more once `is_over` says so. When all that is left has to
    wait for longer than `patience`, or again and again, `again` says why and until
    when: the chunk is given back until then.
    """

    def __init__(
        self,
        pace: Pace,
        clock: Clock,
        is_over: Callable[[], bool],
        patience: timedelta = PATIENCE,
    ) -> None:
        self._pace = pace
        self._clock = clock
        self._is_over = is_over
        self._patience = patience
        # Each provider's messages; whoever was served goes to the end.
        self._lanes: dict[str, deque[T]] = {}
        self._waits_since: datetime | None = None
        self.again: Wait | None = None
        self.left = 0
        """How many messages nobody has taken yet."""

    async def fill(self, items: Iterable[T], address_of: Callable[[T], str]) -> None:
        """Sort messages by provider, once the providers are known."""
        found = list(items)
        await self._pace.learn({address_of(item) for item in found})
        for item in found:
            provider = self._pace.provider_of(address_of(item))
            self._lanes.setdefault(provider, deque()).append(item)
        self.left += len(found)

    async def take(self) -> tuple[T, Grant] | Wait | None:
        """Return a message with its grant; a wait where none may go yet; None: no more.

        Whoever takes one sends it at once: a grant that gets old breaks a limit.
        """
        while self._lanes and not self._is_over():
            soonest = None
            for provider in list(self._lanes):
                answer = await self._pace.grant(provider)
                if isinstance(answer, Grant):
                    item = self._next_of(provider)
                    if item is not None:
                        return item, answer
                    # Another taker had the last one while we asked.
                    self._pace.report(answer, None)
                elif soonest is None or answer.until < soonest.until:
                    soonest = answer
            if soonest is not None:
                return soonest
        return None

    def put_back(self, item: T, provider: str) -> None:
        """Hand a message out again, before the others of its provider."""
        self._lanes.setdefault(provider, deque()).appendleft(item)
        self.left += 1

    async def wait(self, soonest: Wait) -> bool:
        """Wait a little for the next that may go; False where that is not soon.

        False too where this has been going on for long: a chunk of which a message
        goes now and then takes a place that others could use.
        """
        now = self._now()
        self._waits_since = self._waits_since or now
        is_long = now - self._waits_since > KEPT
        if self.again is not None or is_long or soonest.until - now > self._patience:
            self.again = soonest
            return False
        await self._pace.wait(min(soonest.until, self._now() + LOOK))
        return True

    def _next_of(self, provider: str) -> T | None:
        lane = self._lanes.pop(provider, None)
        if not lane:
            return None
        item = lane.popleft()
        self.left -= 1
        if lane:
            self._lanes[provider] = lane
        return item

    def _now(self) -> datetime:
        return self._clock.now()
