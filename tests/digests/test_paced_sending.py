"""The delivery loop keeps to the pace, and gives back what may not go yet."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from typing_extensions import override

from publisher.digests.shared_pace import Limits, PaceRules, RelayRules, SharedPace
from publisher.mail.smtp.exchangers import ProviderDirectory
from publisher.mail.transport import Begin, Envelope
from publisher.model.delivery import DeliveryState
from publisher.model.gate import Answer, Order, Terms
from publisher.model.pace import parse_rate
from publisher.model.provider import ProviderTable
from publisher.model.reply import Kind, Outcome, Phase
from publisher.store import Store, pace, places
from tests.digests.desk import Desk, RecordingTransport

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SLOWLY = Limits(terms=Terms(rate=parse_rate("1/min"), backs_off=True))


def shared_pace(desk: Desk, **changes: object) -> SharedPace:
    async def consult(orders: Sequence[Order], now: datetime) -> Mapping[str, Answer]:
        return desk.store.transact(pace.consult, orders, now)

    rules = PaceRules(**({"providers": {}} | changes))  # type: ignore[arg-type]
    directory = ProviderDirectory(ProviderTable(), desk.clock)
    return SharedPace(rules, directory, consult, desk.clock)


async def run(desk: Desk, kept: SharedPace, span: timedelta) -> int:
    desk.clock.move(span)
    desk.planner.sweep()
    sender = desk.new_sender()
    sender.outlet.pace = kept
    return await sender.send_ready()


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
        await run(desk, kept, span + timedelta(seconds=2))
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
