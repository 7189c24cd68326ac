"""Send what is ready: lease one chunk after the other, and give it back.

The next chunk is read while the last messages of the one before are under way:
connections need not stand still for it, nor for a relay that is slow with one message.
"""

import asyncio
import logging
from asyncio import FIRST_COMPLETED, Task
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from publisher.digests.chunk_run import ChunkRun
from publisher.digests.installation import Installation
from publisher.digests.outlet import Outlet
from publisher.digests.planning import Planner
from publisher.store import Transaction, editions, leases, pace
from publisher.store.leases import Lease

__all__ = ["Sender"]

LEASE = timedelta(minutes=5)
"""How long a worker may be silent before another takes its chunk over."""

CHUNKS = 4
"""How many chunks may be under way, all but one with their last messages."""

_log = logging.getLogger("publisher.digests")


@dataclass(kw_only=True)
class Sender:
    """Sends ready chunks through an outlet, over all of its connections at once."""

    outlet: Outlet
    planner: Planner
    installation: Installation | None = None
    _under_way: set[Task[int]] = field(default_factory=set)

    async def send_ready(self) -> int:
        """Send until nothing is ready; return how many messages were tried."""
        tried = 0
        try:
            while not self.outlet.is_shut and await self._go_on():
                tried += self._finished()
        except asyncio.CancelledError:
            for task in self._under_way:
                task.cancel()
            raise
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way)
            await self.outlet.signing.end()
        tried += self._finished()
        store = self.outlet.store
        await store.run(store.transact, editions.close_finished)
        return tried

    def stop(self) -> None:
        """Take no new message; what is under way is finished by send_ready."""
        self.outlet.is_stopping = True

    async def close(self) -> None:
        """Close the outlet."""
        await self.outlet.close()

    async def _go_on(self) -> bool:
        """Start another chunk, or wait until one is done; False: there is none."""
        lease = None
        if len(self._under_way) < CHUNKS:
            lease = await self.outlet.store.run(self._lease_chunk)
        if lease is not None:
            run = ChunkRun(outlet=self.outlet, lease=lease)
            self._under_way.add(asyncio.create_task(self._send_chunk(run)))
            await run.is_ending.wait()
        elif self._under_way:
            await asyncio.wait(self._under_way, return_when=FIRST_COMPLETED)
        else:
            return False
        return True

    def _finished(self) -> int:
        """Return how many messages were tried in chunks that are done; may raise."""
        tried = 0
        for task in [task for task in self._under_way if task.done()]:
            self._under_way.remove(task)
            tried += task.result()
        return tried

    def _lease_chunk(self) -> Lease | None:
        if self.installation is not None and not self.installation.may_send():
            return None
        store, now = self.outlet.store, self.outlet.clock.now()
        lease = store.transact(leases.lease_chunk, now, now + LEASE)
        if lease is None:
            return None
        if self.installation is not None:
            self.installation.advance()
        if lease.held:
            _log.warning(
                "chunk.taken_over chunk=%d held=%d", lease.chunk_id, lease.held
            )
        return lease

    async def _send_chunk(self, run: ChunkRun) -> int:
        store = self.outlet.store
        renewing = asyncio.create_task(self._keep_lease(run))
        try:
            await run.send()
            for segment_id in sorted(run.stale):
                await store.run(self.planner.renew, segment_id)
        finally:
            run.is_ending.set()
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing
            await store.run(store.transact, self._give_back, run)
        return run.tried

    def _give_back(self, tx: Transaction, run: ChunkRun) -> None:
        until = run.not_before
        if until is not None:
            until = pace.known_by_all(tx, until, self.outlet.clock.now())
        leases.release_chunk(tx, run.lease, until)

    async def _keep_lease(self, run: ChunkRun) -> None:
        """Renew a lease while its chunk is being sent; try again soon if that fails."""
        store = self.outlet.store
        third = LEASE.total_seconds() / 3
        wait = third
        while True:
            await asyncio.sleep(wait)
            until = self.outlet.clock.now() + LEASE
            try:
                is_ours = await store.run(
                    store.transact, leases.renew_lease, run.lease, until
                )
            except Exception:  # noqa: BLE001 (the store may be back before it lapses)
                _log.exception("lease.not_renewed chunk=%d", run.lease.chunk_id)
                wait = third / 10
                continue
            wait = third
            if not is_ours:
                run.end()
