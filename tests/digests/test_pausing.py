"""Who pauses gets nothing until a day, and then what came in meanwhile, once."""

from datetime import date, timedelta

import pytest

from publisher.errors import SubscriberError
from publisher.store import Store, readers
from tests.digests.desk import Desk

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
THURSDAY = date(2026, 3, 5)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store=store)


def recipients(desk: Desk) -> list[str]:
    return [envelope.recipient for envelope in desk.transport.sent]


def events(desk: Desk, subscriber_id: int) -> list[str]:
    found = desk.store.query(readers.list_consent, subscriber_id)
    return [one.event for one in found]


async def test_a_pause_ends_by_itself_and_nothing_of_it_is_lost(desk: Desk) -> None:
    paused = desk.join("paused@reader.example")
    desk.join("other@reader.example")
    desk.publish("monday")
    desk.membership.pause(paused.id, THURSDAY, origin="test")

    await desk.run(HOUR)
    desk.publish("tuesday")
    await desk.run(DAY)
    desk.publish("wednesday")
    await desk.run(DAY)
    before = recipients(desk)
    await desk.run(DAY)

    assert before == ["other@reader.example"] * 3
    assert recipients(desk)[3:] == ["paused@reader.example"]
    found = desk.membership.find(paused.id)
    assert found is not None
    assert found.paused_until is None


async def test_a_pause_ends_where_the_reader_s_day_begins(desk: Desk) -> None:
    reader = desk.join("a@reader.example", zone="Pacific/Honolulu", hour="00:00")
    paused = desk.membership.pause(reader.id, THURSDAY, origin="test")
    desk.publish("one")

    assert paused.paused_until is not None
    assert paused.paused_until.isoformat() == "2026-03-05T10:00:00+00:00"
    await desk.run(paused.paused_until - desk.clock.now() - timedelta(seconds=1))
    assert recipients(desk) == []
    await desk.run(timedelta(seconds=1))
    assert recipients(desk) == ["a@reader.example"]


async def test_who_pauses_while_mail_is_queued_gets_it_after_the_pause(
    desk: Desk,
) -> None:
    reader = desk.join("a@reader.example")
    desk.publish("one")
    desk.clock.move(HOUR)
    desk.planner.sweep()

    desk.membership.pause(reader.id, THURSDAY, origin="test")
    await desk.run()
    (account,) = desk.accounts()
    await desk.run(3 * DAY)

    assert account.skipped_by_reason == {"paused": 1}
    assert account.error == 0
    assert recipients(desk) == ["a@reader.example"]


async def test_an_instant_reader_gets_the_articles_of_a_pause_when_it_ends(
    desk: Desk,
) -> None:
    reader = desk.join("a@reader.example", "srazu")
    desk.join("b@reader.example", "srazu")
    desk.membership.pause(reader.id, THURSDAY, origin="test")
    desk.publish("one")
    await desk.run(timedelta(minutes=1))
    assert recipients(desk) == ["b@reader.example"]

    assert desk.membership.resume(reader.id, origin="test")
    await desk.run(timedelta(minutes=1))
    await desk.run(timedelta(minutes=1))

    assert recipients(desk) == ["b@reader.example", "a@reader.example"]
    assert not desk.membership.resume(reader.id, origin="test")
    assert events(desk, 1) == ["given", "paused", "resumed"]


async def test_who_leaves_or_joins_again_is_not_paused_any_more(desk: Desk) -> None:
    left = desk.join("left@reader.example")
    again = desk.join("again@reader.example")
    for reader in (left, again):
        desk.membership.pause(reader.id, THURSDAY, origin="test")
    desk.publish("one")

    assert desk.membership.leave(left.id, origin="test")
    desk.join("again@reader.example")
    await desk.run(HOUR)
    await desk.run(DAY)

    assert recipients(desk) == ["again@reader.example"]


async def test_who_joins_again_without_having_left_loses_nothing(desk: Desk) -> None:
    desk.join("a@reader.example", "nedelya")
    for name in ("one", "two", "three"):
        desk.publish(name)
    await desk.run(3 * DAY)

    desk.join("a@reader.example", "nedelya")
    await desk.run(DAY + 11 * HOUR)

    assert recipients(desk) == ["a@reader.example"]


@pytest.mark.parametrize(
    "until", [date(2026, 3, 2), date(2026, 2, 1), date(2028, 1, 1)]
)
def test_a_pause_that_makes_no_sense_is_refused(desk: Desk, until: date) -> None:
    reader = desk.join("a@reader.example")

    with pytest.raises(
        SubscriberError, match="name a day from 2026-03-03 to 2027-03-03"
    ):
        desk.membership.pause(reader.id, until, origin="test")


def test_a_subscription_that_has_ended_cannot_be_paused(desk: Desk) -> None:
    reader = desk.join("a@reader.example")
    desk.membership.leave(reader.id, origin="test")

    with pytest.raises(SubscriberError, match="nothing to pause"):
        desk.membership.pause(reader.id, THURSDAY, origin="test")
