"""One pass over a leased chunk: check, begin, hand over, settle.

A connection need not wait until it is written down what became of its message: that is
done together with what begins next.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from publisher.digests.outlet import Outlet
from publisher.digests.paced_queue import PacedQueue
from publisher.digests.pacing import Grant, Wait
from publisher.digests.segment_mail import SegmentMail
from publisher.digests.verdicts import outcome_of_error, verdict_of
from publisher.model.delivery import DeliveryState
from publisher.model.reply import Kind, Outcome
from publisher.store.due import DueDelivery, due_deliveries
from publisher.store.leases import Lease
from publisher.store.ledger import Answer, Asked
from publisher.store.segments import SegmentText

__all__ = ["ChunkRun"]

APART = 50
"""From so many messages on, a process of its own signs those of a chunk: to start it
takes as long as it takes us to sign a few hundred."""

_log = logging.getLogger("publisher.digests")


@dataclass(kw_only=True)
class ChunkRun:
    """One pass over a leased chunk.

    `is_ending` once little of it is left to take, or what is left has to wait.
    """

    outlet: Outlet
    lease: Lease
    stale: set[int] = field(default_factory=set)
    tried: int = 0
    not_before: datetime | None = None
    is_ending: asyncio.Event = field(default_factory=asyncio.Event)
    _records: set[asyncio.Future[None]] = field(default_factory=set)
    _texts: Mapping[int, SegmentText] = field(default_factory=dict)
    _mails: dict[int, SegmentMail] = field(default_factory=dict)
    _signs_apart: bool = False
    _has_ended: bool = False

    async def send(self) -> None:
        """Send every due message of the chunk."""
        outlet = self.outlet
        now = outlet.clock.now()
        due = await outlet.store.run(
            outlet.store.query, due_deliveries, self.lease, now
        )
        self._signs_apart = len(due) >= APART
        self._texts = await outlet.texts({delivery.segment_id for delivery in due})
        queue = PacedQueue[DueDelivery](outlet.pace, outlet.clock, self._is_over)
        await queue.fill(due, lambda delivery: delivery.email)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(outlet.connections, len(due))):
                group.create_task(self._work(queue))
        await self._recorded()
        if queue.again is not None:
            self.not_before = queue.again.until
            _log.info(
                "chunk.waits chunk=%d until=%s reason=%s",
                self.lease.chunk_id,
                queue.again.until.isoformat(timespec="seconds"),
                queue.again.reason,
            )

    async def _recorded(self) -> None:
        """Wait until everything is written down that became of messages."""
        if self._records:
            await asyncio.wait(self._records)
        for error in filter(None, (record.exception() for record in self._records)):
            _log.error("chunk.broken_off chunk=%d", self.lease.chunk_id, exc_info=error)

    def _is_over(self) -> bool:
        """Tell whether no further message may be taken, be it that it is too late."""
        is_late = self.outlet.clock.now() >= self.lease.expires_at
        return self._has_ended or is_late or self.outlet.is_shut

    def end(self) -> None:
        """Take no further message; those under way are finished."""
        self._has_ended = True

    async def _work(self, queue: PacedQueue[DueDelivery]) -> None:
        """Send messages one after the other; no failure may cancel another's dot."""
        while not self._is_over():
            try:
                async with self.outlet.seats:
                    taken = await queue.take()
                    is_waiting = isinstance(taken, Wait)
                    if is_waiting or queue.left < self.outlet.connections:
                        # There are seats for the next chunk.
                        self.is_ending.set()
                    if isinstance(taken, tuple):
                        await self._send_one(queue, *taken)
                # No seat is kept while a provider makes us wait.
                if taken is None or (
                    isinstance(taken, Wait) and not await queue.wait(taken)
                ):
                    return
            except Exception:  # noqa: BLE001 (the store is the trouble, not a message)
                _log.exception("chunk.broken_off chunk=%d", self.lease.chunk_id)
                self.end()

    async def _send_one(
        self, queue: PacedQueue[DueDelivery], due: DueDelivery, grant: Grant
    ) -> None:
        """Send one message; whatever happens to it, the others go on (law 19)."""
        outcome: Outcome | None = None
        attempt = _Attempt(self.outlet, self.lease, due, grant)
        try:
            outcome = await self._hand_over(attempt)
        except Exception as error:
            if attempt.is_unrecorded:
                raise  # The record could not be written; the message was not sent.
            _log.exception("delivery.broken delivery=%d", due.id)
            outcome = outcome_of_error(error, has_begun=attempt.has_begun)
        finally:
            self.outlet.pace.report(grant, outcome)
        if attempt.is_late:
            queue.put_back(due, grant.provider)
        elif outcome is not None:
            self.tried += 1
            self._take_in(attempt, outcome)

    def _take_in(self, attempt: "_Attempt", outcome: Outcome) -> None:
        """See to what an attempt came to."""
        if attempt.answer is Answer.STALE:
            self.stale.add(attempt.due.segment_id)
        elif attempt.answer is not Answer.GONE:
            if not attempt.grant.relay:
                self._heed(outcome)
            self._conclude(attempt.due, outcome, has_begun=attempt.has_begun)

    async def _hand_over(self, attempt: "_Attempt") -> Outcome | None:
        """Hand one message over; None when we were told to stop before."""
        outlet, due = self.outlet, attempt.due
        mail = self._mails.get(due.segment_id) or self._mail_of(due.segment_id)
        draft = mail.draft(due)
        if self._signs_apart:
            message = draft.signed(await outlet.sign(draft))
        else:
            message = draft.signed_here()
        if self._is_over():
            return None
        envelope = mail.envelope(due, message, attempt.grant.relay)
        return await outlet.transport.send(envelope, attempt.begin)

    def _mail_of(self, segment_id: int) -> SegmentMail:
        """Return what finishes a segment's messages, the same at every attempt."""
        lease = self.lease
        mail = self._mails[segment_id] = self.outlet.addressing.mail_of(
            segment_id,
            self._texts[segment_id],
            lease.digest_key,
            lease.edition_id,
            lease.composed_at,
        )
        return mail

    def _heed(self, outcome: Outcome) -> None:
        """Stop when the only way out is in trouble; a pace looks after several."""
        is_trouble = outcome.is_common and outcome.kind is not Kind.CONTENT
        if is_trouble and not self.outlet.is_shut:
            self.outlet.pause(outcome)

    def _conclude(self, due: DueDelivery, outcome: Outcome, *, has_begun: bool) -> None:
        now = self.outlet.clock.now()
        verdict = verdict_of(due, outcome, self.lease, now, has_begun=has_begun)
        self._records.add(self.outlet.ledger.settle(verdict))
        level = logging.INFO if verdict.state is DeliveryState.SENT else logging.WARNING
        _log.log(
            level,
            # The reply itself may name the reader; `attempt` keeps it.
            "delivery.%s delivery=%d attempt=%d phase=%s code=%d status=%s",
            verdict.state.value,
            verdict.delivery_id,
            verdict.number,
            outcome.phase.value,
            outcome.code,
            outcome.status,
        )


@dataclass(slots=True)
class _Attempt:
    """One message on its way; `answer` is what the ledger said to its beginning.

    It `is_late` when its slot or the edition's time was over where it got to begin.
    """

    outlet: Outlet
    lease: Lease
    due: DueDelivery
    grant: Grant
    has_asked: bool = False
    is_late: bool = False
    answer: Answer | None = None

    async def begin(self) -> bool:
        self.has_asked = True
        await self.outlet.letters.recorded()
        may_go = await self.outlet.pace.begin(self.grant)
        if not may_go or self.outlet.clock.now() >= self.lease.expires_at:
            self.is_late = True
            return False
        due = self.due
        asked = Asked(due.id, due.segment_id, due.attempts, self.lease)
        self.answer = await self.outlet.ledger.begin(asked)
        return self.has_begun and await self.outlet.pace.let_pass(self.grant)

    @property
    def has_begun(self) -> bool:
        return self.answer is Answer.BEGUN

    @property
    def is_unrecorded(self) -> bool:
        """Whether the store, and not the message, was the trouble."""
        return self.has_asked and not self.is_late and self.answer is None
