"""What got to its beginning too late goes in another slot, and nobody is to blame."""

from datetime import timedelta

from typing_extensions import override

from publisher.digests.letters_first import letters_first
from publisher.digests.pacing import FreePace, Grant, Pace
from publisher.mail.transport import Begin, Envelope
from publisher.model.delivery import DeliveryState
from publisher.model.reply import Outcome
from publisher.store import Store, editions
from tests.digests.desk import Desk, RecordingTransport
from tests.digests.letterbox import LetterDesk

HOUR = timedelta(hours=1)


class MissedSlots(FreePace):
    """Turns back the first so many messages where they begin, or once they have."""

    def __init__(self, turned_back: int, held_up: int = 0) -> None:
        self.turned_back = turned_back
        self.held_up = held_up
        self.reported: list[Outcome | None] = []

    @override
    async def begin(self, grant: Grant) -> bool:
        self.turned_back -= 1
        return self.turned_back < 0

    @override
    async def let_pass(self, grant: Grant) -> bool:
        self.held_up -= 1
        return self.held_up < 0

    @override
    def report(self, grant: Grant, outcome: Outcome | None) -> None:
        self.reported.append(outcome)


async def send(desk: Desk, pace: Pace, transport: RecordingTransport) -> int:
    desk.clock.move(HOUR)
    desk.planner.sweep()
    sender = desk.new_sender(transport)
    sender.outlet.pace = pace
    return await sender.send_ready()


async def test_a_digest_that_missed_its_slot_goes_in_the_same_run(store: Store) -> None:
    desk = Desk(store=store)
    desk.publish("one")
    for number in range(5):
        desk.join(f"{number}@reader.example")
    pace = MissedSlots(7)

    tried = await send(desk, pace, desk.transport)

    assert tried == 5
    assert len({envelope.recipient for envelope in desk.transport.sent}) == 5
    assert len(pace.reported) == 12
    (account,) = desk.accounts()
    assert account.by_state == {DeliveryState.SENT: 5}
    assert account.error == 0


async def test_a_digest_whose_time_is_over_by_then_is_not_sent(store: Store) -> None:
    desk = Desk(store=store)
    desk.publish("one")
    desk.join("a@reader.example")

    class Slow(RecordingTransport):
        @override
        async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
            (row,) = desk.store.query(editions.list_editions, 10)
            desk.clock.move_to(row.expires_at)
            return await super().send(envelope, begin)

    await send(desk, FreePace(), Slow())

    (account,) = desk.accounts()
    assert account.by_state == {DeliveryState.EXPIRED: 1}
    assert account.error == 0


async def test_a_letter_that_missed_its_slot_is_given_back_and_not_counted_as_tried(
    store: Store,
) -> None:
    desk = LetterDesk(store=store)
    desk.pace = letters_first(MissedSlots(1), desk.clock)
    desk.post()

    await desk.send_letters()

    assert [envelope.recipient for envelope in desk.transport.sent] == [
        "a@reader.example"
    ]
    (letter,) = desk.letters()
    assert (letter.state, letter.attempts) == (DeliveryState.SENT, 1)


async def test_a_digest_whose_commit_took_too_long_is_tried_again_at_once(
    store: Store,
) -> None:
    desk = Desk(store=store)
    desk.publish("one")
    for number in range(5):
        desk.join(f"{number}@reader.example")
    pace = MissedSlots(0, held_up=3)

    tried = await send(desk, pace, desk.transport)

    assert tried == 8
    assert len({envelope.recipient for envelope in desk.transport.sent}) == 5
    (account,) = desk.accounts()
    assert account.by_state == {DeliveryState.SENT: 5}
    assert account.error == 0


async def test_a_letter_whose_commit_took_too_long_is_tried_again_at_once(
    store: Store,
) -> None:
    desk = LetterDesk(store=store)
    desk.pace = letters_first(MissedSlots(0, held_up=1), desk.clock)
    desk.post()

    await desk.send_letters()

    assert len(desk.transport.sent) == 1
    (letter,) = desk.letters()
    assert (letter.state, letter.attempts) == (DeliveryState.SENT, 2)
