"""Group commit: many connections, one transaction for what they have to record.

A connection waits until its message is durably begun (law 10); the others join the same
commit, so that the disk is asked once for all of them. What became of a message need
not be waited for: nothing begins before every verdict told until then is recorded.
"""

import asyncio
import logging
from asyncio import Future
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from publisher.clock import Clock
from publisher.digests.unrecorded import Unrecorded
from publisher.store import Store, Transaction, ledger
from publisher.store.exchange import Done, exchange
from publisher.store.ledger import Answer, Asked, Verdict

__all__ = ["Ledger"]

T = TypeVar("T")

TRIES = 12
"""How often verdicts are tried, with growing pauses: about a minute in all."""

_log = logging.getLogger("publisher.digests")


class Beginning(NamedTuple):
    """What a worker asks, and where it waits for the answer."""

    asked: Asked
    waiting: Future[Answer]


@dataclass(slots=True)
class Batch:
    """What goes into the next commit, with who waits for the records.

    `recorded` are those who wait for its verdicts, and for what they were put back to.
    """

    beginnings: dict[int, Beginning] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    recorded: list[Future[None]] = field(default_factory=list)
    tries: int = 0

    def __bool__(self) -> bool:
        return bool(self.beginnings or self.verdicts)

    @property
    def asked(self) -> list[Asked]:
        """Return what shall begin."""
        return [one.asked for one in self.beginnings.values()]

    def answer(self, answers: dict[int, Answer]) -> None:
        """Tell everybody who waits that the record is durable."""
        for delivery_id, one in self.beginnings.items():
            _answer(one.waiting, answers[delivery_id])
        for recorded in self.recorded:
            _answer(recorded, None)

    def without(self, done: Done) -> None:
        """Leave out what is durable already, and tell those who have begun."""
        for delivery_id in done.begun & self.beginnings.keys():
            _answer(self.beginnings.pop(delivery_id).waiting, Answer.BEGUN)
        if done.settled:
            self.verdicts = [
                each for each in self.verdicts if each.delivery_id not in done.settled
            ]

    def fail(self, error: Exception) -> None:
        """Tell everybody who waits that nothing was recorded."""
        self.fail_beginnings(error)
        _fail(self.recorded, error)

    def fail_beginnings(self, error: Exception) -> None:
        """Tell those who asked to begin that they may not: it is not recorded."""
        _fail((one.waiting for one in self.beginnings.values()), error)
        self.beginnings = {}


def _answer(waiting: Future[T], answer: T) -> None:
    if not waiting.done():
        waiting.set_result(answer)


def _fail(waiting: Iterable[Future[Any]], error: Exception) -> None:
    for one in waiting:
        if not one.done():
            one.set_exception(error)


class Ledger:
    """The records of deliveries, as the tasks of one event loop write them.

    Verdicts that are `unrecorded` yet are for other queues to wait for.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.unrecorded = Unrecorded()
        self._next = Batch()
        self._writing: asyncio.Task[None] | None = None

    async def begin(self, asked: Asked) -> Answer:
        """Record a delivery as begun, durably; return whether it may go on."""
        waiting: Future[Answer] = asyncio.get_running_loop().create_future()
        before = self._next.beginnings.get(asked.delivery_id)
        if before is not None:
            # We took our own chunk over, after a sleep longer than its lease.
            _answer(before.waiting, Answer.GONE)
        self._next.beginnings[asked.delivery_id] = Beginning(asked, waiting)
        self._write_soon()
        return await waiting

    def settle(self, verdict: Verdict) -> Future[None]:
        """Record what became of a delivery; what is returned is done when that is so.

        It is recorded before anything begins that is asked about from now on.
        """
        if not self._next.recorded:
            self._next.recorded.append(self.unrecorded.expect())
        self._next.verdicts.append(verdict)
        self._write_soon()
        return self._next.recorded[0]

    def _write_soon(self) -> None:
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write_all())

    async def _write_all(self) -> None:
        while self._next:
            batch, self._next = self._next, Batch()
            try:
                batch.without(await self._exchange(batch))
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
            batch.answer({})
            return
        if batch.tries >= TRIES:
            batch.fail(error)
            return
        await asyncio.sleep(min(0.1 * 2**batch.tries, 10))
        # Who came meanwhile has all tries of its own, and lends them to the others.
        self._next.tries = 0 if self._next.verdicts else batch.tries + 1
        self._next.verdicts[:0] = batch.verdicts
        self._next.recorded += batch.recorded

    async def _exchange(self, batch: Batch) -> Done:
        """Record what is as usual, which is nearly all of it."""
        now = self._clock.now()
        return await exchange(self._store, batch.verdicts, batch.asked, now)

    def _write(self, tx: Transaction, batch: Batch) -> dict[int, Answer]:
        now = self._clock.now()
        ledger.settle(tx, batch.verdicts, now)
        return ledger.begin(tx, batch.asked, now)
