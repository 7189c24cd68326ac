"""A mailroom at work on a store: editions, workers, and what relays say to them."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from publisher.model.delivery import Accounting, DeliveryState
from publisher.store import (
    Store,
    Transaction,
    editions,
    enlisting,
    leases,
    ledger,
    readers,
)
from publisher.store.due import DueDelivery, due_deliveries
from publisher.store.editions import EditionRow
from publisher.store.exchange import Done, exchange
from publisher.store.groups import groups_of
from publisher.store.leases import Lease
from publisher.store.ledger import Answer, Asked, Verdict
from publisher.store.schema.editions import delivery
from publisher.store.schema.readers import subscription
from tests.builders import a_segment_text
from tests.store.newsroom import Newsroom

__all__ = ["LEASE", "Mailroom", "a_verdict", "exchanged"]

LEASE = timedelta(minutes=5)
LATENESS = timedelta(hours=6)


class Mailroom:
    """Editions of a newsroom, planned by hand, and the records of sending them."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        self.store = newsroom.store

    @property
    def now(self) -> datetime:
        """The time in the newsroom."""
        return self.newsroom.clock.now()

    # ------------------------------------------------------------------ planning

    def plan(
        self, *article_ids: int, chunk_size: int = 500, timetable_id: int = 1
    ) -> EditionRow:
        """Open the edition that is due and give everybody a segment with articles."""
        opened = self.open(timetable_id=timetable_id)
        assert opened is not None

        def work(tx: Transaction) -> None:
            for group in groups_of(tx, opened.timetable_id, limit=100):
                text = a_segment_text(
                    *article_ids,
                    language=group.language,
                    selection_id=group.selection_id,
                )
                enlisting.enlist(tx, opened, group, text, self.now)
            enlisting.cut_chunks(tx, opened, chunk_size)
            enlisting.open_chunks(tx, opened, self.now)

        self.store.transact(work)
        return opened

    def open(self, *, timetable_id: int = 1) -> EditionRow | None:
        """Open the edition of the newest slot, unless that has been done."""
        row = self.newsroom.timetable(timetable_id)
        timetable = row.timetable
        if timetable.is_instant:
            slot = timetable.instant_slot(self.now)
        else:
            slot = timetable.last_slot(self.now)
        return self.store.transact(
            editions.open_edition,
            row,
            slot,
            expires_at=slot.due_at + LATENESS,
            next_due_at=(
                None if timetable.is_instant else timetable.next_slot(self.now).due_at
            ),
            now=self.now,
        )

    def account(self, opened: EditionRow) -> Accounting:
        """Return the accounting equation of an edition."""
        return self.store.query(editions.account, opened.id)

    # ------------------------------------------------------------------- sending

    def lease(self) -> Lease | None:
        """Lease a chunk for five minutes, as a worker does."""
        return self.store.transact(leases.lease_chunk, self.now, self.now + LEASE)

    def must_lease(self) -> Lease:
        """Lease a chunk that is known to be there."""
        found = self.lease()
        assert found is not None
        return found

    def due(self, lease: Lease) -> list[DueDelivery]:
        """Return the messages of a chunk that may be tried now."""
        return self.store.query(due_deliveries, lease, self.now)

    def begin(self, lease: Lease, *delivery_ids: int) -> list[Answer]:
        """Ask whether messages that were read just now may begin."""
        rows = [self.delivery(number) for number in delivery_ids]
        return self.ask(
            *(Asked(row.id, row.segment_id, row.attempts, lease) for row in rows)
        )

    def ask(self, *asked: Asked) -> list[Answer]:
        """Ask whether messages may begin; return the answers in the same order.

        As the ledger of a worker does it: what is usual first, and then the rest.
        """
        done = exchanged(self.store, [], asked, self.now)
        answers = dict.fromkeys(done.begun, Answer.BEGUN)
        others = [each for each in asked if each.delivery_id not in done.begun]
        answers |= self.store.transact(ledger.begin, others, self.now)
        return [answers[each.delivery_id] for each in asked]

    def settle(self, *verdicts: Verdict) -> None:
        """Record what became of attempts."""
        done = exchanged(self.store, verdicts, [], self.now)
        others = [each for each in verdicts if each.delivery_id not in done.settled]
        self.store.transact(ledger.settle, others, self.now)

    def release(self, lease: Lease) -> None:
        """Give a chunk back."""
        self.store.transact(leases.release_chunk, lease)

    def send_all(self, lease: Lease) -> int:
        """Begin and send every due message of a chunk, and give it back."""
        due = self.due(lease)
        answers = self.ask(
            *(Asked(one.id, one.segment_id, one.attempts, lease) for one in due)
        )
        begun = [one for one, a in zip(due, answers, strict=True) if a is Answer.BEGUN]
        self.settle(*(a_verdict(one.id, number=one.attempts + 1) for one in begun))
        self.release(lease)
        return len(begun)

    def suppress(self, email: str) -> None:
        """Never write to an address again."""
        self.store.transact(readers.suppress, email, "complaint", self.now)

    # -------------------------------------------------------------- looking into

    def delivery(self, number: int) -> Row[Any]:
        """Return a delivery's row."""
        return self.newsroom.one(delivery, delivery.c.id == number)

    def states(self, opened: EditionRow) -> list[tuple[str, str]]:
        """Return state and reason of an edition's deliveries, in their order."""
        rows = self.newsroom.rows(delivery, delivery.c.edition_id == opened.id)
        return [(row.state, row.reason) for row in rows]

    def cursors(self) -> Sequence[int]:
        """Return the cursor of each subscription, in their order."""
        statement = select(subscription.c.cursor).order_by(subscription.c.id)

        def work(tx: Transaction) -> Sequence[int]:
            return tx.execute(statement).scalars().all()

        return self.store.query(work)


def a_verdict(
    delivery_id: int,
    state: DeliveryState = DeliveryState.SENT,
    *,
    number: int = 1,
    retry_at: datetime | None = None,
    has_begun: bool = True,
) -> Verdict:
    """Return what a relay said: by default that it took the message."""
    sent = Verdict(
        delivery_id=delivery_id,
        number=number,
        state=state,
        reason="",
        retry_at=retry_at,
        outcome="sent",
        phase="dot",
        code=250,
        reply="250 2.0.0 принято",
        has_begun=has_begun,
    )
    if state is DeliveryState.SENT:
        return sent
    return sent._replace(outcome=state.value, code=451, reply="451 позже", reason="451")


def exchanged(
    store: Store, verdicts: Sequence[Verdict], asked: Sequence[Asked], now: datetime
) -> Done:
    """Record what is as usual, in an event loop made for it."""
    with ThreadPoolExecutor(1) as thread:  # The test may run in a loop of its own.
        return thread.submit(
            asyncio.run, exchange(store, verdicts, asked, now)
        ).result()
