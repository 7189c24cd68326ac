"""What all messages of a process go out through, and whether it is shut just now."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from publisher.clock import Clock
from publisher.digests.addressing import Addressing
from publisher.digests.ledger import Ledger
from publisher.digests.pacing import FreePace, Pace
from publisher.digests.unrecorded import Unrecorded
from publisher.digests.verdicts import PAUSE
from publisher.mail.dkim.signing_process import SigningProcess
from publisher.mail.draft import Draft
from publisher.mail.transport import Transport
from publisher.model.clocks_apart import is_ahead
from publisher.model.content import Piece
from publisher.model.reply import Outcome
from publisher.store import Store
from publisher.store.segment_texts import load_segments
from publisher.store.segments import SegmentText

__all__ = ["Outlet"]

PIECES_KEPT = 2_000
"""Pieces of digests in memory, about 8 KB each."""

_log = logging.getLogger("publisher.digests")


@dataclass(kw_only=True)
class Outlet:
    """A transport with its pace, and the ledger in which everything is recorded.

    At most `connections` messages are under way at once: each has one of the `seats`.
    What became of `letters` that go through the same transport is recorded before a
    message begins.
    """

    store: Store
    clock: Clock
    addressing: Addressing
    transport: Transport
    connections: int
    pace: Pace = field(default_factory=FreePace)
    letters: Unrecorded = field(default_factory=Unrecorded)
    ledger: Ledger = field(init=False)
    seats: asyncio.Semaphore = field(init=False)
    signing: SigningProcess = field(init=False)
    is_stopping: bool = False
    _paused_until: datetime | None = None
    _pieces: dict[int, Piece] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.store, self.clock)
        self.seats = asyncio.Semaphore(self.connections)
        signer = self.addressing.signer
        self.signing = SigningProcess(signer.keys if signer is not None else ())

    @property
    def is_shut(self) -> bool:
        """Whether no message may be taken: for good, or as long as the relay rests."""
        return self.is_stopping or (
            self._paused_until is not None
            and is_ahead(self._paused_until, self.clock.now(), PAUSE)
        )

    def pause(self, outcome: Outcome) -> None:
        """Leave the relay alone for a while: it, not a message, is the trouble."""
        self._paused_until = self.clock.now() + PAUSE
        _log.warning(
            "relay.paused phase=%s code=%d status=%s",
            outcome.phase.value,
            outcome.code,
            outcome.status,
        )

    async def texts(self, segment_ids: set[int]) -> dict[int, SegmentText]:
        """Return what segments are made of; their pieces are read once."""
        if len(self._pieces) > PIECES_KEPT:
            self._pieces.clear()
        return await self.store.run(
            self.store.query, load_segments, segment_ids, self._pieces
        )

    async def sign(self, draft: Draft) -> Sequence[bytes]:
        """Return the signatures that a message lacks, made by another process."""
        return await self.signing.sign(draft.unsigned) if draft.unsigned else ()

    async def close(self) -> None:
        """Close the transport, and tell the pace what it was not told yet."""
        await self.transport.close()
        await self.signing.end()
        await self.pace.close()
