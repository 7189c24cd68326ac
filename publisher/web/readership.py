"""Count in memory who reads which feed; what was counted goes to the store in batches.

A request costs a few additions. Addresses are kept until the next batch is recorded,
some seconds later, and then only as a sketch that says how many there were.
"""

import logging
from collections.abc import Callable
from datetime import date

from publisher.model.feed import FeedFormat
from publisher.store import Store
from publisher.store.readerships import Batch, Tally, record
from publisher.web.answers import Answer
from publisher.web.visitors import Visitor

__all__ = ["MAX_VISITORS", "ReadershipCounter"]

MAX_VISITORS = 50_000
"""Distinct ones in one batch; of more only the requests are counted."""

MAX_BATCHES = 60
"""Batches that wait for a store which cannot be written to."""

_log = logging.getLogger("publisher.web")


class ReadershipCounter:
    """Counts on the event loop; `today` is asked for each batch."""

    def __init__(
        self,
        store: Store,
        today: Callable[[], date],
        *,
        keep_days: int,
        max_visitors: int = MAX_VISITORS,
    ) -> None:
        self._store = store
        self._today = today
        self._keep_days = keep_days
        self._max_visitors = max_visitors
        self._batch = Batch(today())
        self._waiting: list[Batch] = []
        self._room = max_visitors

    def count(self, answer: Answer, size: int, visitor: Visitor) -> None:
        """Count one answer of so many bytes."""
        tally = self._tally(answer.identity)
        tally.requests += 1
        if answer.status == 304:  # noqa: PLR2004 (Not Modified)
            tally.not_modified += 1
        else:
            tally.bytes_sent += size
        if self._room:
            visitors = tally.visitors
            before = len(visitors)
            visitors.add((visitor.address, visitor.user_agent, visitor.forwarded))
            self._room -= len(visitors) - before

    def count_slowed(self, identity: tuple[int, FeedFormat]) -> None:
        """Count a request that was answered with 429."""
        tally = self._tally(identity)
        tally.requests += 1
        tally.slowed += 1

    def _tally(self, identity: tuple[int, FeedFormat]) -> Tally:
        tally = self._batch.tallies.get(identity)
        if tally is None:
            tally = self._batch.tallies[identity] = Tally()
        return tally

    async def record(self) -> None:
        """Bring what was counted since the last time to the store.

        What the store cannot take now is brought the next time, up to a bound.
        """
        batch, self._batch = self._batch, Batch(self._today())
        if not self._room:
            _log.warning("readership.crowded visitors=%d", self._max_visitors)
        self._room = self._max_visitors
        if batch.tallies:
            self._waiting.append(batch)
        while self._waiting:
            lost = self._waiting[:-MAX_BATCHES]
            del self._waiting[:-MAX_BATCHES]
            if lost:
                _log.error("readership.lost batches=%d", len(lost))
            await self._store.run(
                self._store.transact, record, self._waiting[0], self._keep_days
            )
            del self._waiting[0]
