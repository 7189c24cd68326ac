"""One message that a relay is slow with holds up its own chunk, and no other."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from typing_extensions import override

from publisher.digests.pacing import FreePace, Grant, Wait
from publisher.digests.sending import CHUNKS
from publisher.mail.transport import Begin, Envelope
from publisher.model.reply import Outcome
from publisher.store import Store
from publisher.store.schema.editions import chunk
from tests.digests.desk import Desk, RecordingTransport

HOUR = timedelta(hours=1)
ZONES = ("Almaty", "Karachi", "Samarkand", "Tashkent", "Yekaterinburg", "Dushanbe")
"""The same hour in all of them, and an edition for each: more than CHUNKS."""


@pytest.fixture
def desk(store: Store) -> Desk:
    """Return a newsroom on either database."""
    return Desk(store=store)


class CountingPace(FreePace):
    """Grants everything, and counts the grants that nothing was reported of yet."""

    def __init__(self) -> None:
        self.out = self.most = 0

    @override
    async def grant(self, provider: str) -> Grant | Wait:
        self.out += 1
        self.most = max(self.most, self.out)
        return await super().grant(provider)

    @override
    def report(self, grant: Grant, outcome: Outcome | None) -> None:
        self.out -= 1


class SlowWith(RecordingTransport):
    """A relay that keeps one recipient waiting until it is told to go on."""

    def __init__(self, *recipients: str) -> None:
        super().__init__()
        self.recipients = recipients
        self.may_go_on = asyncio.Event()
        self.is_waiting, self.has_sent = asyncio.Event(), asyncio.Event()

    @override
    async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
        if envelope.recipient in self.recipients:
            self.is_waiting.set()
            await self.may_go_on.wait()
        outcome = await super().send(envelope, begin)
        self.has_sent.set()
        return outcome


def with_two_chunks(desk: Desk) -> None:
    """Let an instant digest be due, which goes first, and a daily one."""
    desk.join("now@reader.example", "srazu")
    desk.join("morning@reader.example", "utro")
    desk.publish("one")
    desk.clock.move(HOUR)
    desk.planner.sweep()


async def test_a_slow_message_does_not_hold_up_the_next_chunk(desk: Desk) -> None:
    with_two_chunks(desk)
    transport = SlowWith("now@reader.example")
    sending = asyncio.create_task(desk.new_sender(transport).send_ready())

    async with asyncio.timeout(10):
        await transport.is_waiting.wait()
        await transport.has_sent.wait()
    meanwhile = [one.recipient for one in transport.sent]
    transport.may_go_on.set()
    tried = await sending

    assert meanwhile == ["morning@reader.example"]
    assert [one.recipient for one in transport.sent] == [
        *("morning@reader.example", "now@reader.example"),
    ]
    assert tried == 2


def held(desk: Desk) -> int:
    """Return how many chunks some worker has."""
    leased = select(func.count()).where(chunk.c.leased_until.is_not(None))
    return desk.store.query(lambda tx: int(tx.execute(leased).scalar_one()))


async def test_no_more_chunks_are_held_than_a_few(desk: Desk) -> None:
    readers = [f"reader{number}@reader.example" for number in range(len(ZONES))]
    for reader, zone in zip(readers, ZONES, strict=True):
        desk.join(reader, zone=f"Asia/{zone}")
    desk.publish("one")
    desk.clock.move(HOUR)
    desk.planner.sweep()
    transport = SlowWith(*readers)
    sender = desk.new_sender(transport)
    sender.outlet.pace = pace = CountingPace()
    sending = asyncio.create_task(sender.send_ready())

    async with asyncio.timeout(10):
        while held(desk) < CHUNKS:  # noqa: ASYNC110 (it is the store that changes)
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    most = held(desk)
    transport.may_go_on.set()

    assert await sending == len(readers)
    assert most == CHUNKS
    assert held(desk) == 0
    # A grant that waits for a connection gets old, and many old ones break a limit.
    assert pace.most == sender.outlet.connections < CHUNKS
    assert pace.out == 0


async def test_what_fails_in_one_chunk_is_told_when_the_others_are_done(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_two_chunks(desk)
    query, failures = desk.store.query, iter([True])

    def shaky(work: object, *args: object, **kwargs: object) -> object:
        if getattr(work, "__name__", "") == "due_deliveries" and next(failures, False):
            message = "the disk is away"
            raise OSError(message)
        return query(work, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.store, "query", shaky)
    sender = desk.new_sender()

    with pytest.raises(OSError, match="the disk is away"):
        await sender.send_ready()
    await sender.send_ready()

    assert sorted(one.recipient for one in desk.transport.sent) == [
        *("morning@reader.example", "now@reader.example"),
    ]
