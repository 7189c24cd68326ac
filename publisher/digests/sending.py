"""Send what is ready: lease a chunk, check, begin, hand over, settle."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from publisher.clock import Clock
from publisher.digests.addressing import Addressing
from publisher.digests.installation import Installation
from publisher.digests.ledger import Ledger
from publisher.digests.paced_queue import PacedQueue
from publisher.digests.pacing import FreePace, Grant, Pace
from publisher.digests.planning import Planner
from publisher.digests.verdicts import (
    PAUSE,
    next_state,
    outcome_of_error,
    reason_of,
)
from publisher.mail.message import CompiledMessage
from publisher.mail.transport import Begin, Transport
from publisher.model.content import Piece
from publisher.model.delivery import DeliveryState
from publisher.model.reply import Kind, Outcome
from publisher.store import Store, editions, leases
from publisher.store.leases import DueDelivery, Lease
from publisher.store.ledger import Answer, Verdict
from publisher.store.segment_texts import load_segments
from publisher.store.segments import SegmentText

__all__ = ["Sender"]

LEASE = timedelta(minutes=5)
"""How long a worker may be silent before another takes its chunk over."""

PIECES_KEPT = 2_000
"""Pieces of digests in memory, about 8 KB each."""

_log = logging.getLogger("publisher.digests")


@dataclass(kw_only=True)
class Sender:
    """Sends ready chunks, one after the other, over `connections` at once."""

    store: Store
    clock: Clock
    planner: Planner
    addressing: Addressing
    transport: Transport
    connections: int
    pace: Pace = field(default_factory=FreePace)
    installation: Installation | None = None
    _ledger: Ledger = field(init=False)
    _pieces: dict[int, Piece] = field(default_factory=dict)
    _paused_until: datetime | None = None
    is_stopping: bool = False

    def __post_init__(self) -> None:
        self._ledger = Ledger(self.store, self.clock)

    async def send_ready(self) -> int:
        """Send until nothing is ready; return how many messages were tried."""
        tried = 0
        while not self.is_stopping and not self._is_paused():
            lease = await self.store.run(self._lease_chunk)
            if lease is None:
                break
            if lease.held:
                _log.warning(
                    "chunk.taken_over chunk=%d held=%d", lease.chunk_id, lease.held
                )
            tried += await self._send_chunk(lease)
        await self.store.run(self.store.transact, editions.close_finished)
        return tried

    def _lease_chunk(self) -> Lease | None:
        if self.installation is not None and not self.installation.may_send():
            return None
        now = self.clock.now()
        lease = self.store.transact(leases.lease_chunk, now, now + LEASE)
        if lease is not None and self.installation is not None:
            self.installation.advance()
        return lease

    async def texts(self, segment_ids: set[int]) -> dict[int, SegmentText]:
        """Return what segments are made of; their pieces are read once."""
        if len(self._pieces) > PIECES_KEPT:
            self._pieces.clear()
        return await self.store.run(
            self.store.query, load_segments, segment_ids, self._pieces
        )

    def stop(self) -> None:
        """Take no new message; what is under way is finished by send_ready."""
        self.is_stopping = True

    def _is_paused(self) -> bool:
        return self._paused_until is not None and self.clock.now() < self._paused_until

    async def _send_chunk(self, lease: Lease) -> int:
        run = ChunkRun(sender=self, lease=lease, ledger=self._ledger)
        renewing = asyncio.create_task(self._keep_lease(run))
        try:
            await run.send()
            for segment_id in sorted(run.stale):
                await self.store.run(self.planner.renew, segment_id)
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing
            await self.store.run(
                self.store.transact, leases.release_chunk, lease, run.not_before
            )
        return run.tried

    async def close(self) -> None:
        """Close the transport, and tell the pace what it was not told yet."""
        await self.transport.close()
        await self.pace.close()

    async def _keep_lease(self, run: "ChunkRun") -> None:
        """Renew a lease while its chunk is being sent; try again soon if that fails."""
        third = LEASE.total_seconds() / 3
        wait = third
        while True:
            await asyncio.sleep(wait)
            until = self.clock.now() + LEASE
            try:
                is_ours = await self.store.run(
                    self.store.transact, leases.renew_lease, run.lease, until
                )
            except Exception:  # noqa: BLE001 (the store may be back before it lapses)
                _log.exception("lease.not_renewed chunk=%d", run.lease.chunk_id)
                wait = third / 10
                continue
            wait = third
            if not is_ours:
                run.end()

    def pause(self, outcome: Outcome) -> None:
        """Leave the relay alone for a while: it, not a message, is the trouble."""
        self._paused_until = self.clock.now() + PAUSE
        _log.warning(
            "relay.paused phase=%s code=%d status=%s",
            outcome.phase.value,
            outcome.code,
            outcome.status,
        )


@dataclass(kw_only=True)
class ChunkRun:
    """One pass over a leased chunk."""

    sender: Sender
    lease: Lease
    ledger: Ledger
    stale: set[int] = field(default_factory=set)
    tried: int = 0
    not_before: datetime | None = None
    _texts: Mapping[int, SegmentText] = field(default_factory=dict)
    _compiled: dict[int, CompiledMessage] = field(default_factory=dict)
    _has_ended: bool = False

    async def send(self) -> None:
        """Send every due message of the chunk."""
        sender = self.sender
        now = sender.clock.now()
        due = await sender.store.run(
            sender.store.query, leases.due_deliveries, self.lease, now
        )
        self._texts = await sender.texts({delivery.segment_id for delivery in due})
        queue = PacedQueue[DueDelivery](sender.pace, sender.clock, self._is_over)
        await queue.fill(due, lambda delivery: delivery.email)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(sender.connections, len(due))):
                group.create_task(self._work(queue))
        if queue.again is not None:
            self.not_before = queue.again.until
            _log.info(
                "chunk.waits chunk=%d until=%s reason=%s",
                self.lease.chunk_id,
                queue.again.until.isoformat(timespec="seconds"),
                queue.again.reason,
            )

    def _is_over(self) -> bool:
        return self.sender.is_stopping or self._has_ended

    def end(self) -> None:
        """Take no further message; those under way are finished."""
        self._has_ended = True

    async def _work(self, queue: PacedQueue[DueDelivery]) -> None:
        """Send messages one after the other; no failure may cancel another's dot."""
        while not self._is_over():
            try:
                taken = await queue.take()
                if taken is None:
                    return
                await self._send_one(*taken)
            except Exception:  # noqa: BLE001 (the store is the trouble, not a message)
                _log.exception("chunk.broken_off chunk=%d", self.lease.chunk_id)
                self.end()

    async def _send_one(self, due: DueDelivery, grant: Grant) -> None:
        """Send one message; whatever happens to it, the others go on (law 19)."""
        outcome: Outcome | None = None
        answer: Answer | None = None
        has_asked = False

        async def begin() -> bool:
            nonlocal answer, has_asked
            has_asked = True
            answer = await self.ledger.begin(self.lease, due.id, due.segment_id)
            return answer is Answer.BEGUN

        self.tried += 1
        try:
            outcome = await self._hand_over(due, grant, begin)
        except Exception as error:
            if has_asked and answer is None:
                raise  # The record could not be written; the message was not sent.
            _log.exception("delivery.broken delivery=%d", due.id)
            outcome = outcome_of_error(error, has_begun=answer is Answer.BEGUN)
        finally:
            self.sender.pace.report(grant, outcome)
        if answer is Answer.STALE:
            self.stale.add(due.segment_id)
        elif answer is not Answer.GONE:
            if not grant.relay:
                self._heed(outcome)
            await self._conclude(due, outcome, has_begun=answer is Answer.BEGUN)

    async def _hand_over(self, due: DueDelivery, grant: Grant, begin: Begin) -> Outcome:
        sender = self.sender
        text = self._texts[due.segment_id]
        message = self._message(due, text)
        envelope = sender.addressing.envelope(due, text, message, grant.relay)
        return await sender.transport.send(envelope, begin)

    def _message(self, due: DueDelivery, text: SegmentText) -> bytes:
        """Return a reader's message, the same at every attempt (law 11).

        It is signed here and now: a thread would have to be waited for, and to wait for
        the interpreter, which takes longer than it saves.
        """
        addressing, lease = self.sender.addressing, self.lease
        compiled = self._compiled.get(due.segment_id)
        if compiled is None:
            compiled = self._compiled[due.segment_id] = addressing.compile(
                text, lease.digest_key, lease.edition_id, lease.composed_at
            )
        return compiled.for_reader(addressing.personal(due, text))

    def _heed(self, outcome: Outcome) -> None:
        """Stop when the only way out is in trouble; a pace looks after several."""
        is_trouble = outcome.is_common and outcome.kind is not Kind.CONTENT
        if is_trouble and not self._has_ended:
            self.end()
            self.sender.pause(outcome)

    async def _conclude(
        self, due: DueDelivery, outcome: Outcome, *, has_begun: bool
    ) -> None:
        now = self.sender.clock.now()
        state, again_at = next_state(due, outcome, now, self.lease.expires_at)
        await self.ledger.settle(
            Verdict(
                delivery_id=due.id,
                number=due.attempts + 1,
                state=state,
                reason=reason_of(outcome) if state is not DeliveryState.SENT else "",
                retry_at=again_at,
                outcome=outcome.kind.value,
                phase=outcome.phase.value,
                code=outcome.code,
                reply=outcome.text,
                has_begun=has_begun,
                may_recall=self.lease.is_instant,
            )
        )
        level = logging.INFO if state is DeliveryState.SENT else logging.WARNING
        _log.log(
            level,
            # The reply itself may name the reader; `attempt` keeps it.
            "delivery.%s delivery=%d attempt=%d phase=%s code=%d status=%s",
            state.value,
            due.id,
            due.attempts + 1,
            outcome.phase.value,
            outcome.code,
            outcome.status,
        )
