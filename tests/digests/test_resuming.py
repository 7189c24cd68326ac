"""What waited for a gate goes on when an operator opens that, and nothing else does."""

from datetime import timedelta

import pytest

from publisher.digests.letters_first import letters_first
from publisher.digests.limits import Limits
from publisher.digests.pacing import Wait
from publisher.digests.shared_pace import SharedPace
from publisher.model.delivery import DeliveryState
from publisher.model.gate import Feedback, Order, Terms
from publisher.model.reply import Kind, Outcome, Phase
from publisher.store import Store, pace
from tests.digests.desk import Desk
from tests.digests.letterbox import LetterDesk
from tests.digests.test_paced_sending import run, shared_pace

GMAIL = "provider:gmail"
BREAKS = Terms(breaks=True)
HOUR, NOTICED = timedelta(hours=1), timedelta(seconds=10)


def shut(desk: Desk | LetterDesk) -> None:
    order = Order(key=GMAIL, terms=BREAKS, feedback=Feedback(blocked=20))
    gate = desk.store.transact(pace.consult, [order], desk.clock.now())[GMAIL].gate
    assert gate.open_until is not None


@pytest.fixture
def desk(store: Store) -> Desk:
    desk = Desk(store=store)
    desk.publish("one")
    for number in range(3):
        desk.join(f"{number}@gmail.com")
    desk.clock.move(HOUR)
    return desk


@pytest.fixture
def kept(desk: Desk) -> SharedPace:
    return shared_pace(desk, providers={"gmail": Limits(terms=BREAKS)})


async def test_what_waits_for_a_provider_goes_on_when_that_is_resumed(
    desk: Desk, kept: SharedPace
) -> None:
    shut(desk)
    assert await run(desk, kept, timedelta(0)) == 0

    assert desk.store.transact(pace.reopen, GMAIL, desk.clock.now())

    assert await run(desk, kept, timedelta(seconds=1)) == 0  # It may not know yet.
    assert await run(desk, kept, NOTICED) == 3


async def test_who_has_not_noticed_yet_that_it_is_resumed_makes_nothing_wait_for_long(
    desk: Desk, kept: SharedPace
) -> None:
    shut(desk)
    assert isinstance(await kept.grant("gmail"), Wait)

    desk.store.transact(pace.reopen, GMAIL, desk.clock.now())

    assert await run(desk, kept, timedelta(seconds=1)) == 0
    assert await run(desk, kept, NOTICED) == 3


async def test_a_letter_waits_no_longer_for_who_has_not_noticed_yet(
    store: Store,
) -> None:
    desk = LetterDesk(store=store)
    kept = shared_pace(desk, providers={"gmail": Limits(terms=BREAKS)})
    desk.pace = letters_first(kept, desk.clock)
    shut(desk)
    assert isinstance(await kept.grant("gmail"), Wait)
    desk.store.transact(pace.reopen, GMAIL, desk.clock.now())
    desk.post(to="a@gmail.com")
    await desk.send_letters()
    assert desk.transport.sent == []

    desk.clock.move(NOTICED)
    await desk.send_letters()

    (letter,) = desk.letters()
    assert letter.state is DeliveryState.SENT


async def test_a_message_that_is_to_be_tried_later_is_not_tried_earlier_for_that(
    desk: Desk, kept: SharedPace
) -> None:
    later = Outcome(kind=Kind.RETRY, phase=Phase.RCPT, code=450, status="4.2.1")
    desk.transport.answers = [later] * 3
    assert await run(desk, kept, timedelta(0)) == 3
    shut(desk)

    desk.store.transact(pace.reopen, GMAIL, desk.clock.now())

    assert await run(desk, kept, NOTICED) == 0
    assert await run(desk, kept, HOUR) == 3


async def test_a_letter_that_waits_goes_on_as_well(store: Store) -> None:
    desk = LetterDesk(store=store)
    gmail = {"gmail": Limits(terms=BREAKS)}
    desk.pace = letters_first(shared_pace(desk, providers=gmail), desk.clock)
    desk.post(to="a@gmail.com")
    shut(desk)
    await desk.send_letters()
    assert desk.transport.sent == []

    desk.store.transact(pace.reopen, GMAIL, desk.clock.now())
    desk.clock.move(NOTICED)
    await desk.send_letters()

    (letter,) = desk.letters()
    assert letter.state is DeliveryState.SENT
