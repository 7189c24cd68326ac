"""Send what is ready: lease a chunk, check, begin, hand over, settle."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from publisher.clock import Clock
from publisher.digests.addressing import Addressing
from publisher.digests.ledger import Ledger
from publisher.digests.planning import Planner
from publisher.errors import PublisherError
from publisher.mail.message import CompiledMessage
from publisher.mail.transport import Envelope, Transport
from publisher.model.delivery import DeliveryState
from publisher.model.digest import DigestRule
from publisher.model.reply import Kind, Outcome, Phase, retry_at
from publisher.store import Store, editions, leases, segments
from publisher.store.leases import DueDelivery, Lease
from publisher.store.ledger import Answer, Verdict

__all__ = ["Sender"]

LEASE = timedelta(minutes=5)
"""How long a worker may be silent before another takes its chunk over."""

PAUSE = timedelta(seconds=60)
"""How long to leave a relay alone that is itself the trouble."""

_log = logging.getLogger("publisher.digests")


@dataclass(kw_only=True)
class Sender:
    """Sends ready chunks, one after the other, over `connections` at once."""

    store: Store
    clock: Clock
    rules: Mapping[str, DigestRule]
    planner: Planner
    addressing: Addressing
    transport: Transport
    connections: int
    _ledger: Ledger = field(init=False)
    _paused_until: datetime | None = None
    is_stopping: bool = False

    def __post_init__(self) -> None:
        self._ledger = Ledger(self.store, self.clock)

    async def send_ready(self) -> int:
        """Send until nothing is ready; return how many messages were tried."""
        tried = 0
        while not self.is_stopping and not self._is_paused():
            now = self.clock.now()
            lease = await self.store.run(
                self.store.transact, leases.lease_chunk, now, now + LEASE
            )
            if lease is None:
                break
            if lease.held:
                _log.warning(
                    "chunk.taken_over chunk=%d held=%d", lease.chunk_id, lease.held
                )
            tried += await self._send_chunk(lease)
        await self.store.run(self.store.transact, editions.close_finished)
        return tried

    def stop(self) -> None:
        """Take no new message; what is under way is finished by send_ready."""
        self.is_stopping = True

    def _is_paused(self) -> bool:
        return self._paused_until is not None and self.clock.now() < self._paused_until

    async def _send_chunk(self, lease: Lease) -> int:
        run = ChunkRun(sender=self, lease=lease, ledger=self._ledger)
        renewing = asyncio.create_task(self._keep_lease(lease))
        try:
            tried = await run.send()
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing
        for segment_id in sorted(run.stale):
            await self.store.run(self.planner.renew, segment_id)
        await self.store.run(self.store.transact, leases.release_chunk, lease)
        return tried

    async def _keep_lease(self, lease: Lease) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            until = self.clock.now() + LEASE
            await self.store.run(self.store.transact, leases.renew_lease, lease, until)

    def pause(self, outcome: Outcome) -> None:
        """Leave the relay alone for a while: it, not a message, is the trouble."""
        self._paused_until = self.clock.now() + PAUSE
        _log.warning(
            "relay.paused phase=%s code=%d reply=%s",
            outcome.phase,
            outcome.code,
            outcome.text,
        )


@dataclass(kw_only=True)
class ChunkRun:
    """One pass over a leased chunk."""

    sender: Sender
    lease: Lease
    ledger: Ledger
    stale: set[int] = field(default_factory=set)
    _compiled: dict[int, CompiledMessage] = field(default_factory=dict)
    _tried: int = 0
    _has_trouble: bool = False

    async def send(self) -> int:
        """Send every due message of the chunk; return how many were tried."""
        sender = self.sender
        now = sender.clock.now()
        due = await sender.store.run(
            sender.store.query, leases.due_deliveries, self.lease, now
        )
        queue = iter(due)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(sender.connections, len(due))):
                group.create_task(self._work(queue))
        return self._tried

    async def _work(self, queue: Iterator[DueDelivery]) -> None:
        for due in queue:
            if self.sender.is_stopping or self._has_trouble:
                return
            await self._send_one(due)

    async def _send_one(self, due: DueDelivery) -> None:
        """Send one message; whatever happens to it, the others go on (law 19)."""
        try:
            message = await self._message(due)
        except PublisherError as error:
            broken = Outcome(kind=Kind.CONTENT, phase=Phase.CONNECT, text=str(error))
            await self._conclude(due, broken, has_begun=False)
            return
        answer: Answer | None = None

        async def begin() -> bool:
            nonlocal answer
            answer = await self.ledger.begin(self.lease, due.id)
            return answer is Answer.BEGUN

        self._tried += 1
        outcome = await self.sender.transport.send(
            Envelope(
                sender=self.sender.addressing.return_address,
                recipient=due.email,
                message=message,
                key=str(due.id),
            ),
            begin,
        )
        if answer is Answer.STALE:
            self.stale.add(due.segment_id)
        elif answer is not Answer.GONE:
            await self._conclude(due, outcome, has_begun=answer is Answer.BEGUN)

    async def _message(self, due: DueDelivery) -> bytes:
        compiled = self._compiled.get(due.segment_id)
        if compiled is None:
            sender = self.sender
            text = await sender.store.run(
                sender.store.query, segments.load_segment, due.segment_id
            )
            rule = sender.rules.get(self.lease.digest_key)
            if rule is None:
                msg = f'digest "{self.lease.digest_key}" is not configured any more'
                raise PublisherError(msg)
            compiled = sender.addressing.compile(rule, self.lease, text)
            self._compiled[due.segment_id] = compiled
        return compiled.for_reader(self.sender.addressing.personal(due))

    async def _conclude(
        self, due: DueDelivery, outcome: Outcome, *, has_begun: bool
    ) -> None:
        is_trouble = outcome.is_common and outcome.kind is not Kind.CONTENT
        if is_trouble and not self._has_trouble:
            self._has_trouble = True
            self.sender.pause(outcome)
        state, again_at = self._next_state(due, outcome)
        await self._settle(due, outcome, state, again_at=again_at, has_begun=has_begun)

    def _next_state(
        self, due: DueDelivery, outcome: Outcome
    ) -> tuple[DeliveryState, datetime | None]:
        match outcome.kind:
            case Kind.SENT:
                return DeliveryState.SENT, None
            case Kind.REFUSED | Kind.CONTENT:
                return DeliveryState.FAILED, None
            case Kind.DOUBT:
                return DeliveryState.HELD, None
            case Kind.RELAY | Kind.RETRY | Kind.STOPPED:
                now = self.sender.clock.now()
                again_at = now + PAUSE
                if not outcome.is_common:
                    again_at = retry_at(due.attempts + 1, now, _jitter(due.id))
                if again_at >= self.lease.expires_at:
                    return DeliveryState.EXPIRED, None
                return DeliveryState.WAITING, again_at

    async def _settle(
        self,
        due: DueDelivery,
        outcome: Outcome,
        state: DeliveryState,
        *,
        again_at: datetime | None,
        has_begun: bool,
    ) -> None:
        await self.ledger.settle(
            Verdict(
                delivery_id=due.id,
                number=due.attempts + 1,
                state=state,
                reason=outcome.text if state is not DeliveryState.SENT else "",
                retry_at=again_at,
                outcome=outcome.kind.value,
                phase=outcome.phase.value,
                code=outcome.code,
                reply=outcome.text,
                has_begun=has_begun,
            )
        )
        level = logging.INFO if state is DeliveryState.SENT else logging.WARNING
        _log.log(
            level,
            "delivery.%s delivery=%d attempt=%d phase=%s reply=%s",
            state.value,
            due.id,
            due.attempts + 1,
            outcome.phase.value,
            outcome.text,
        )


def _jitter(delivery_id: int) -> float:
    """Return a number in [-1, 1] that is fixed for a delivery and spread over all."""
    return (delivery_id * 2654435761 % 2001) / 1000 - 1
