"""The delivery loop keeps to the pace, and gives back what may not go yet."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from typing_extensions import override

from publisher.digests.limits import Limits, PaceRules, RelayRules
from publisher.digests.paced_queue import KEPT
from publisher.digests.pacing import Grant
from publisher.digests.shared_pace import SharedPace
from publisher.mail.smtp.exchangers import ProviderDirectory
from publisher.mail.transport import Begin, Envelope
from publisher.model.delivery import DeliveryState
from publisher.model.gate import Answer, Order, Terms
from publisher.model.pace import parse_rate
from publisher.model.provider import ProviderTable
from publisher.model.reply import Kind, Outcome, Phase
from publisher.service.pacing import pace_rules
from publisher.store import Store, editions, pace, places
from tests.config.writing import load
from tests.digests.desk import Desk, RecordingTransport

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SLOWLY = Limits(terms=Terms(rate=parse_rate("1/min"), backs_off=True))


def shared_pace(
    desk: Desk, kind: type[SharedPace] = SharedPace, **changes: object
) -> SharedPace:
    async def consult(orders: Sequence[Order], now: datetime) -> Mapping[str, Answer]:
        return desk.store.transact(pace.consult, orders, now)

    rules = PaceRules(**({"providers": {}} | changes))  # type: ignore[arg-type]
    directory = ProviderDirectory(ProviderTable(), desk.clock)
    return kind(rules, directory, consult, desk.clock)


async def run(desk: Desk, kept: SharedPace, span: timedelta) -> int:
    desk.clock.move(span)
    desk.planner.sweep()
    sender = desk.new_sender()
    sender.outlet.pace = kept
    return await sender.send_ready()


class SteppedPace(SharedPace):
    """A pace in whose waits the clock moves, and editions that are due are planned.

    It stands still while beginnings are recorded.
    """

    desk: Desk
    recording: set[int]

    @override
    async def begin(self, grant: Grant) -> bool:
        may_begin = await super().begin(grant)
        if may_begin:
            self.recording.add(id(grant))
        return may_begin

    @override
    async def let_pass(self, grant: Grant) -> bool:
        self.recording.discard(id(grant))
        return await super().let_pass(grant)

    @override
    def report(self, grant: Grant, outcome: Outcome | None) -> None:
        self.recording.discard(id(grant))
        super().report(grant, outcome)

    @override
    async def wait(self, until: datetime) -> None:
        if self.recording:
            await asyncio.sleep(0.001)
            return
        span = until - self.desk.clock.now()
        self.desk.clock.move(max(span, timedelta(milliseconds=1)))
        self.desk.planner.sweep()
        await asyncio.sleep(0)


def stepped_pace(desk: Desk, **changes: object) -> SteppedPace:
    kept = shared_pace(desk, SteppedPace, **changes)
    assert isinstance(kept, SteppedPace)
    kept.desk = desk
    kept.recording = set()
    return kept


async def test_a_provider_with_a_limit_gets_its_messages_one_by_one(
    sqlite_store: Store,
) -> None:
    desk = Desk(store=sqlite_store)
    desk.publish("one")
    for name in ("1@gmail.com", "2@gmail.com", "3@gmail.com", "4@mail.ru"):
        desk.join(name)
    kept = shared_pace(desk, providers={"gmail": SLOWLY})

    sent = []
    for span in (HOUR, MINUTE, MINUTE, MINUTE):
        await run(desk, kept, span + timedelta(seconds=4))
        sent.append(len(desk.transport.sent))

    assert sent == [2, 3, 4, 4]
    (account,) = desk.accounts()
    assert account.by_state == {DeliveryState.SENT: 4}
    assert account.error == 0


async def test_the_message_of_a_relay_in_trouble_goes_through_another(
    sqlite_store: Store,
) -> None:
    desk = Desk(store=sqlite_store)
    desk.publish("one")
    for number in range(5):
        desk.join(f"{number}@gmail.com")
    relays = (RelayRules(name="a", weight=9), RelayRules(name="b"))
    kept = shared_pace(desk, relays=relays)
    desk.transport.answers = [
        Outcome(kind=Kind.RETRY, phase=Phase.CONNECT, text="no", ends_connection=True)
    ]

    await run(desk, kept, HOUR)
    # Three were handed over at once; `b` has what came after the trouble was known.
    assert [sent.relay for sent in desk.transport.sent[2:]] == ["b", "b"]
    await run(desk, kept, 2 * MINUTE)

    assert len(desk.transport.sent) == 5
    assert {sent.recipient for sent in desk.transport.sent} == {
        f"{number}@gmail.com" for number in range(5)
    }
    (account,) = desk.accounts()
    assert account.error == 0


@dataclass
class CountingTransport(RecordingTransport):
    """Notes how many messages to Gmail are under way at once at most."""

    under_way: int = 0
    most: int = 0

    @override
    async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
        is_counted = envelope.recipient.endswith("@gmail.com")
        self.under_way += is_counted
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(0.02)
            return await super().send(envelope, begin)
        finally:
            self.under_way -= is_counted


async def test_no_more_are_on_their_way_to_a_provider_than_it_takes(
    sqlite_store: Store,
) -> None:
    transport = CountingTransport()
    desk = Desk(store=sqlite_store, transport=transport)
    desk.publish("one")
    for number in range(6):
        desk.join(f"{number}@gmail.com")
        desk.join(f"{number}@mail.ru")
    kept = shared_pace(desk, providers={"gmail": Limits(connections=2)})

    await run(desk, kept, HOUR)
    await kept.close()

    assert len(transport.sent) == 12
    assert transport.most == 2
    assert sqlite_store.query(places.list_claims, desk.clock.now()) == {}


class ClockedTransport(RecordingTransport):
    """Remembers when each message passed; `after` so many, calls `then`."""

    def __init__(
        self, desk: Desk, after: int = 0, then: Callable[[], object] = dict
    ) -> None:
        super().__init__()
        self.desk = desk
        self.after = after
        self.then = then
        self.at: dict[str, datetime] = {}

    @override
    async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
        async def noted() -> bool:
            may_pass = await begin()
            if may_pass:
                self.at[envelope.recipient] = self.desk.clock.now()
            return may_pass

        outcome = await super().send(envelope, noted)
        if len(self.sent) == self.after:
            self.then()
        return outcome


async def test_urgent_mail_does_not_wait_for_a_provider_that_goes_slowly(
    sqlite_store: Store,
) -> None:
    desk = Desk(store=sqlite_store)
    desk.publish("one")
    for number in range(60):
        desk.join(f"{number}@gmail.com")
    desk.join("reader@mail.ru", "srazu")
    await desk.run(timedelta(minutes=1))
    published_at: list[datetime] = []

    def publish() -> None:
        published_at.append(desk.clock.now())
        desk.publish("urgent")
        desk.planner.sweep()

    gmail = Limits(terms=Terms(rate=parse_rate("6/min")))
    kept = stepped_pace(desk, providers={"gmail": gmail})
    transport = ClockedTransport(desk, 4, publish)
    desk.clock.move(HOUR)
    desk.planner.sweep()
    sender = desk.new_sender(transport)
    sender.outlet.pace = kept
    await sender.send_ready()

    assert transport.at["reader@mail.ru"] - published_at[0] < 2 * MINUTE
    assert sum(one.endswith("gmail.com") for one in transport.at) > 4


async def test_nothing_is_sent_after_its_time(sqlite_store: Store) -> None:
    desk = Desk(store=sqlite_store)
    desk.publish("one")
    for number in range(30):
        desk.join(f"{number}@gmail.com")
    gmail = Limits(terms=Terms(rate=parse_rate("4/min")))
    kept = stepped_pace(desk, providers={"gmail": gmail})
    transport = ClockedTransport(desk)
    desk.clock.move(HOUR)
    desk.planner.sweep()
    (row,) = desk.store.query(editions.list_editions, 10)
    desk.clock.move_to(row.expires_at - KEPT * 5 / 6)
    sender = desk.new_sender(transport)
    sender.outlet.pace = kept
    await sender.send_ready()

    assert 0 < len(transport.at) < 30
    assert max(transport.at.values()) < row.expires_at
    (account,) = desk.accounts()
    assert account.by_state == {
        DeliveryState.SENT: len(transport.at),
        DeliveryState.EXPIRED: 30 - len(transport.at),
    }


def test_relays_back_off_and_do_not_break_for_what_is_said_of_single_messages(
    tmp_path: Path,
) -> None:
    relay = '[mail]\ntransport = "smtp"\n[mail.smtp]\nhost = "mx.gazeta.example"\n'

    (rules,) = pace_rules(load(tmp_path, relay)).relays

    assert rules.limits.terms == Terms(backs_off=True)
