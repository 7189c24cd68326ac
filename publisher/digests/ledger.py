"""Group commit: many connections, one transaction for what they have to record.

A connection waits until its record is durable (law 10); the others join the same
commit, so that the disk is asked once for all of them.
"""

import asyncio
import logging
from asyncio import Future
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from publisher.clock import Clock
from publisher.store import Store, Transaction, ledger
from publisher.store.exchange import Done, exchange
from publisher.store.leases import Lease
from publisher.store.ledger import Answer, Verdict

__all__ = ["Ledger"]

T = TypeVar("T")

TRIES = 12
"""How often verdicts are tried, with growing pauses: about a minute in all."""

_log = logging.getLogger("publisher.digests")


class Beginning(NamedTuple):
    """The segment whose text a message has, and who waits for its record."""

    segment_id: int
    waiting: Future[Answer]


@dataclass(slots=True)
class Batch:
    """What goes into the next commit, with who waits for each record."""

    beginnings: dict[Lease, dict[int, Beginning]] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    settled: list[Future[None]] = field(default_factory=list)
    tries: int = 0

    def __bool__(self) -> bool:
        return bool(self.beginnings or self.verdicts)

    def asked(self) -> dict[Lease, dict[int, int]]:
        """Return what may begin, as the store is asked."""
        return {
            lease: {number: one.segment_id for number, one in asked.items()}
            for lease, asked in self.beginnings.items()
        }

    def answer(self, answers: dict[int, Answer]) -> None:
        """Tell everybody who waits that the record is durable."""
        for asked in self.beginnings.values():
            for delivery_id, one in asked.items():
                _answer(one.waiting, answers[delivery_id])
        for settled in self.settled:
            _answer(settled, None)

    def without(self, done: Done) -> None:
        """Tell those whose record is durable already, and forget about them."""
        for asked in self.beginnings.values():
            for delivery_id in done.begun & asked.keys():
                _answer(asked.pop(delivery_id).waiting, Answer.BEGUN)
        self.beginnings = {
            lease: asked for lease, asked in self.beginnings.items() if asked
        }
        if not done.settled:
            return
        pairs = list(zip(self.verdicts, self.settled, strict=True))
        for verdict, settled in pairs:
            if verdict.delivery_id in done.settled:
                _answer(settled, None)
        left = [pair for pair in pairs if pair[0].delivery_id not in done.settled]
        self.verdicts = [verdict for verdict, _ in left]
        self.settled = [settled for _, settled in left]

    def fail(self, error: Exception) -> None:
        """Tell everybody who waits that nothing was recorded."""
        self.fail_beginnings(error)
        _fail(self.settled, error)

    def fail_beginnings(self, error: Exception) -> None:
        """Tell those who asked to begin that they may not: it is not recorded."""
        for asked in self.beginnings.values():
            _fail((one.waiting for one in asked.values()), error)
        self.beginnings = {}


def _answer(waiting: Future[T], answer: T) -> None:
    if not waiting.done():
        waiting.set_result(answer)


def _fail(waiting: Iterable[Future[Any]], error: Exception) -> None:
    for one in waiting:
        if not one.done():
            one.set_exception(error)


class Ledger:
    """The records of deliveries, as the tasks of one event loop write them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._next = Batch()
        self._writing: asyncio.Task[None] | None = None

    async def begin(self, lease: Lease, delivery_id: int, segment_id: int) -> Answer:
        """Record a delivery as begun, durably; return whether it may go on.

        Its message has the text of a segment, which another may have replaced.
        """
        waiting: Future[Answer] = asyncio.get_running_loop().create_future()
        asked = self._next.beginnings.setdefault(lease, {})
        asked[delivery_id] = Beginning(segment_id, waiting)
        self._write_soon()
        return await waiting

    async def settle(self, verdict: Verdict) -> None:
        """Record what became of a delivery, durably."""
        waiting: Future[None] = asyncio.get_running_loop().create_future()
        self._next.verdicts.append(verdict)
        self._next.settled.append(waiting)
        self._write_soon()
        await waiting

    def _write_soon(self) -> None:
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write_all())

    async def _write_all(self) -> None:
        while self._next:
            batch, self._next = self._next, Batch()
            try:
                batch.without(await self._store.run(self._exchange, batch))
                answers: dict[int, Answer] = {}
                if batch:
                    answers = await self._store.run(
                        self._store.transact, self._write, batch
                    )
            except Exception as error:  # noqa: BLE001 (raised again where it is awaited)
                await self._put_back(batch, error)
            else:
                batch.answer(answers)

    async def _put_back(self, batch: Batch, error: Exception) -> None:
        """Try the verdicts of a failed batch again for a while, and nothing else.

        A verdict that is lost makes an accepted message one in doubt, so the store is
        given time to come back; who only asked to begin may fail at once.
        """
        _log.warning(
            "ledger.not_written verdicts=%d error=%s",
            len(batch.verdicts),
            type(error).__name__,
        )
        batch.fail_beginnings(error)
        if not batch.verdicts:
            return
        if batch.tries >= TRIES:
            batch.fail(error)
            return
        await asyncio.sleep(min(0.1 * 2**batch.tries, 10))
        self._next.verdicts[:0] = batch.verdicts
        self._next.settled[:0] = batch.settled
        self._next.tries = batch.tries + 1

    def _exchange(self, batch: Batch) -> Done:
        """Record what is as usual, which is nearly all of it."""
        return exchange(self._store, batch.verdicts, batch.asked(), self._clock.now())

    def _write(self, tx: Transaction, batch: Batch) -> dict[int, Answer]:
        now = self._clock.now()
        ledger.settle(tx, batch.verdicts, now)
        answers: dict[int, Answer] = {}
        for lease, asked in batch.asked().items():
            answers |= ledger.begin(tx, lease, asked, now)
        return answers
