"""The messages of a chunk, finished for their readers: spliced, and signed in threads.

An RSA signature takes longer than everything else that is done for a message, and lets
go of the interpreter meanwhile. So the event loop goes on with the others, on another
core where there is one. What is not signed is spliced sooner than it could be handed
to a thread.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Executor

from publisher.digests.addressing import Addressing
from publisher.mail.message import CompiledMessage
from publisher.store.leases import DueDelivery, Lease
from publisher.store.segments import SegmentText

__all__ = ["SIGNING_THREADS", "Finisher"]

SIGNING_THREADS = 2
"""More would wait for the interpreter, which they need a quarter of the time."""


class Finisher:
    """Finishes messages, the same at every attempt (law 11). Belongs to one loop."""

    def __init__(
        self,
        addressing: Addressing,
        lease: Lease,
        texts: Mapping[int, SegmentText],
        threads: Executor,
    ) -> None:
        self._addressing = addressing
        self._lease = lease
        self._texts = texts
        self._compiled: dict[int, CompiledMessage] = {}
        self._threads = threads
        self._busy = 0
        self._waiting: deque[tuple[DueDelivery, asyncio.Future[bytes]]] = deque()

    async def finish(self, due: DueDelivery) -> bytes:
        """Return a reader's message; raises like `CompiledMessage.for_reader`."""
        if self._addressing.signer is None:
            return self._message(due)
        loop = asyncio.get_running_loop()
        finished: asyncio.Future[bytes] = loop.create_future()
        self._waiting.append((due, finished))
        self._employ(loop)
        return await finished

    def _employ(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting and self._busy < SIGNING_THREADS:
            self._busy += 1
            self._threads.submit(self._work, loop)

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        """Finish whatever waits, in a thread; tell of each as soon as it is done."""
        while self._waiting:
            try:
                due, finished = self._waiting.popleft()
            except IndexError:
                break  # The other thread was quicker.
            try:
                message = self._message(due)
            except Exception as error:  # noqa: BLE001 (raised again where it is awaited)
                loop.call_soon_threadsafe(_fail, finished, error)
            else:
                loop.call_soon_threadsafe(_answer, finished, message)
        loop.call_soon_threadsafe(self._rest, loop)

    def _rest(self, loop: asyncio.AbstractEventLoop) -> None:
        """End a thread's turn, unless something came in while it ended."""
        self._busy -= 1
        self._employ(loop)

    def _message(self, due: DueDelivery) -> bytes:
        text = self._texts[due.segment_id]
        compiled = self._compiled.get(due.segment_id)
        if compiled is None:
            lease = self._lease
            compiled = self._compiled[due.segment_id] = self._addressing.compile(
                text, lease.digest_key, lease.edition_id, lease.composed_at
            )
        return compiled.for_reader(self._addressing.personal(due, text))


def _answer(finished: asyncio.Future[bytes], message: bytes) -> None:
    if not finished.done():
        finished.set_result(message)


def _fail(finished: asyncio.Future[bytes], error: Exception) -> None:
    if not finished.done():
        finished.set_exception(error)
