"""Letters and digests share connections, and law 10 holds for both together."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from typing_extensions import override

from publisher.digests.ledger import Batch
from publisher.mail.transport import Begin, Envelope
from publisher.model.delivery import DeliveryState
from publisher.model.reply import Outcome
from publisher.store import Store, letter_queue
from tests.digests.desk import RecordingTransport
from tests.digests.letterbox import LetterDesk

BEGUN, SENT = DeliveryState.BEGUN, DeliveryState.SENT


@dataclass(kw_only=True)
class OneConnection(RecordingTransport):
    """Takes two messages, the second when the caller has the outcome of the first.

    `begun` is how many messages would be in doubt, each time one began.
    """

    desk: LetterDesk
    begun: list[int] = field(default_factory=list)
    is_taken: asyncio.Event = field(default_factory=asyncio.Event)
    is_sought: asyncio.Event = field(default_factory=asyncio.Event)
    connection: asyncio.Lock = field(default_factory=asyncio.Lock)

    @override
    async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
        async def watched() -> bool:
            may_go = await begin()
            letters = [row.state for row in self.desk.letters()]
            deliveries = self.desk.accounts()[0].by_state
            self.begun.append(letters.count(BEGUN) + deliveries.get(BEGUN, 0))
            return may_go

        if self.is_taken.is_set():
            self.is_sought.set()
        self.is_taken.set()
        async with self.connection:
            await self.is_sought.wait()
            return await super().send(envelope, watched)


def is_verdict_on_letter(work: Callable[..., object], *_: object) -> bool:
    return work is letter_queue.settle


def is_verdict_on_delivery(_work: Callable[..., object], *args: object) -> bool:
    return any(isinstance(each, Batch) and bool(each.verdicts) for each in args)


@pytest.mark.parametrize(
    ("is_late", "goes_first"), [(is_verdict_on_letter, 1), (is_verdict_on_delivery, 0)]
)
async def test_nothing_begins_before_the_verdict_on_a_message_of_the_other_queue(
    sqlite_store: Store,
    monkeypatch: pytest.MonkeyPatch,
    is_late: Callable[..., bool],
    goes_first: int,
) -> None:
    """A crash would leave two in doubt on one connection."""
    desk, transact = LetterDesk(store=sqlite_store), sqlite_store.transact
    refused: list[object] = []

    def busy(work: Callable[..., object], *args: object) -> object:
        if len(refused) < 2 and is_late(work, *args):
            refused.append(args)
            msg = "database is locked"
            raise OSError(msg)
        return transact(work, *args)

    desk.publish("one")
    desk.join("a@reader.example")
    desk.clock.move(timedelta(hours=1))
    desk.planner.sweep()
    desk.post(to="letter@reader.example")
    desk.transport = transport = OneConnection(desk=desk)
    monkeypatch.setattr(sqlite_store, "transact", busy)
    queues = desk.both()

    first = asyncio.create_task(queues[goes_first].send_ready())
    await transport.is_taken.wait()
    await queues[1 - goes_first].send_ready()
    await first

    assert len(refused) == 2
    assert transport.begun == [1, 1]
    assert desk.accounts()[0].by_state == {SENT: 1}
    assert [row.state for row in desk.letters()] == [SENT]
