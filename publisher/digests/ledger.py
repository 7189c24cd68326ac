"""Group commit: many connections, one transaction for what they have to record.

A connection waits until its record is durable (law 10); the others join the same
commit, so that the disk is asked once for all of them.
"""

import asyncio
from asyncio import Future
from dataclasses import dataclass, field
from typing import Any

from publisher.clock import Clock
from publisher.store import Store, Transaction, ledger
from publisher.store.leases import Lease
from publisher.store.ledger import Answer, Verdict

__all__ = ["Ledger"]


@dataclass(slots=True)
class Batch:
    """What goes into the next commit, with who waits for each record."""

    beginnings: dict[Lease, dict[int, Future[Answer]]] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    settled: list[Future[None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.beginnings or self.verdicts)

    def answer(self, answers: dict[int, Answer]) -> None:
        """Tell everybody who waits that the record is durable."""
        for asked in self.beginnings.values():
            for delivery_id, waiting in asked.items():
                if not waiting.done():
                    waiting.set_result(answers[delivery_id])
        for settled in self.settled:
            if not settled.done():
                settled.set_result(None)

    def fail(self, error: Exception) -> None:
        """Tell everybody who waits that nothing was recorded."""
        begun = [w for asked in self.beginnings.values() for w in asked.values()]
        waiting: list[Future[Any]] = [*begun, *self.settled]
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

    async def begin(self, lease: Lease, delivery_id: int) -> Answer:
        """Record a delivery as begun, durably; return whether it may go on."""
        waiting: Future[Answer] = asyncio.get_running_loop().create_future()
        self._next.beginnings.setdefault(lease, {})[delivery_id] = waiting
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
                answers = await self._store.run(
                    self._store.transact, self._write, batch
                )
            except Exception as error:  # noqa: BLE001 (raised again where it is awaited)
                batch.fail(error)
            else:
                batch.answer(answers)

    def _write(self, tx: Transaction, batch: Batch) -> dict[int, Answer]:
        now = self._clock.now()
        ledger.settle(tx, batch.verdicts, now)
        answers: dict[int, Answer] = {}
        for lease, asked in batch.beginnings.items():
            answers |= ledger.begin(tx, lease, list(asked), now)
        return answers
