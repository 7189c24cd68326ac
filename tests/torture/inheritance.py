"""What the dead leave: chunks that are leased to nobody who lives.

A lease says until when, and not to whom. But the relay knows which process offers which
recipient, and writes it down before it answers; nothing is begun before that answer. So
whoever offered a chunk's reader last, since the chunk was leased, is who has it.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from publisher.digests.sending import LEASE
from publisher.model.delivery import DeliveryState
from publisher.store import Store, Transaction
from publisher.store.schema.editions import chunk, delivery
from publisher.store.schema.readers import subscriber, subscription

__all__ = ["Inheritance"]

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SILENT = timedelta(seconds=5)
"""Who has offered nothing of a chunk for so long after leasing it died before that."""


@dataclass(kw_only=True)
class Inheritance:
    """Ends the leases of the dead, and of nobody else; `offers` is the relay's file."""

    store: Store
    offers: Path
    begun: Counter[int] = field(default_factory=Counter)
    """How many messages each of the dead had begun in its chunks and not settled."""
    _buried: set[int] = field(default_factory=set)
    _offset: int = 0
    _last: dict[int, tuple[datetime, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chunks = self.store.query(_chunks_of_readers)

    def end_leases(self, alive: Collection[int]) -> None:
        """Let the leases of all who are not alive run out now, not in five minutes."""
        # Read after who leased has leased, and before who offers next is believed.
        leased = self.store.query(_leased)
        self._read()
        now = datetime.now(UTC)  # noqa: TID251 (as the workers do)
        for chunk_id, until in leased.items():
            owner = self._owner(chunk_id, until)
            is_silent = now - (until - LEASE) > SILENT
            is_over = is_silent if owner is None else owner not in alive
            if is_over:
                begun = self.store.transact(_end, chunk_id, until)
                # Of a chunk that nobody offered anything of, nothing may have begun.
                self.begun[-chunk_id if owner is None else owner] += begun
                if owner is not None:
                    self._buried.add(owner)

    def owners(self) -> set[int]:
        """Return who has a chunk, as far as the relay can tell."""
        leased = self.store.query(_leased)
        self._read()
        found = {self._owner(*chunk) for chunk in leased.items()}
        return {owner for owner in found if owner is not None}

    def _owner(self, chunk_id: int, until: datetime) -> int | None:
        """Return who has offered something of a chunk since it was leased."""
        at, owner = self._last.get(chunk_id, (LONG_AGO, 0))
        return owner if at >= until - LEASE else None

    def _read(self) -> None:
        with self.offers.open("rb") as file:
            file.seek(self._offset)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.decode("ascii").splitlines():
            owner, at, reader = line.split()
            # The relay may still read what the dead had written to it.
            if int(owner) not in self._buried:
                moment = datetime.fromtimestamp(float(at), UTC)
                self._last[self._chunks[reader]] = (moment, int(owner))


def _chunks_of_readers(tx: Transaction) -> dict[str, int]:
    rows = tx.execute(
        select(subscriber.c.email, delivery.c.chunk_id)
        .join(subscription, subscription.c.subscriber_id == subscriber.c.id)
        .join(delivery, delivery.c.subscription_id == subscription.c.id)
    )
    return {row.email: row.chunk_id for row in rows}


def _leased(tx: Transaction) -> dict[int, datetime]:
    rows = tx.execute(
        select(chunk.c.id, chunk.c.leased_until).where(
            chunk.c.leased_until.is_not(None), chunk.c.leased_until > LONG_AGO
        )
    )
    return {row.id: row.leased_until for row in rows}


def _end(tx: Transaction, chunk_id: int, until: datetime) -> int:
    """End a lease, unless it is another by now; return how many messages were begun."""
    begun = tx.execute(
        select(func.count()).where(
            delivery.c.chunk_id == chunk_id,
            delivery.c.state == DeliveryState.BEGUN.value,
        )
    ).scalar_one()
    ended = tx.execute(
        update(chunk)
        .where(chunk.c.id == chunk_id, chunk.c.leased_until == until)
        .values(leased_until=LONG_AGO)
    )
    return int(begun) if ended.rowcount else 0
