"""A reader has a digest as often as they like, of what its operator offers."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from publisher.audience.choosing import Wish, keep_rhythm
from publisher.errors import SubscriberError
from publisher.model.delivery import DeliveryState
from publisher.model.reply import Kind, Outcome, Phase
from publisher.model.timetable import Frequency
from publisher.store import Store
from publisher.store.readers import Subscription
from tests.digests.desk import RULES, Desk

DAY = timedelta(days=1)


@pytest.fixture
def desk(store: Store) -> Desk:
    offered = replace(RULES["utro"], frequencies=tuple(Frequency))
    return Desk(store=store, rules={**RULES, "utro": offered})


def shown(desk: Desk) -> list[set[str]]:
    """Return which articles each message names in its text part."""
    found: list[set[str]] = []
    for envelope in desk.transport.sent:
        message = message_from_bytes(envelope.message, policy=policy.default)
        body = message.get_body(("plain",))
        assert body is not None
        found.append(set(re.findall(r"Заголовок (\S+)", body.get_content())))
    return found


@pytest.mark.slow
async def test_readers_of_one_digest_have_it_at_their_own_frequencies(
    desk: Desk,
) -> None:
    desk.join("daily@reader.example")
    desk.join("some@reader.example", frequency="weekdays", weekdays=("thu", "tue"))
    desk.join("weekly@reader.example", frequency="weekly", weekdays=("wed",))
    desk.join("monthly@reader.example", frequency="monthly", month_day=5)
    desk.join("instant@reader.example", frequency="instant")
    days: dict[str, list[int]] = {}

    for _ in range(6):  # From Monday the 2nd to Saturday the 7th.
        desk.publish(f"a{desk.clock.now():%d}")
        await desk.run()
        await desk.run(timedelta(hours=1))
        for envelope in desk.transport.sent:
            name = envelope.recipient.partition("@")[0]
            days.setdefault(name, []).append(desk.clock.now().day)
        desk.transport.sent.clear()
        desk.clock.move(timedelta(hours=23))

    assert days == {
        "daily": [2, 3, 4, 5, 6, 7],
        "some": [3, 5],
        "weekly": [4],
        "monthly": [5],
        "instant": [2, 3, 4, 5, 6, 7],
    }


async def test_a_reader_who_changes_the_frequency_gets_each_article_once(
    desk: Desk,
) -> None:
    reader = desk.join("a@reader.example")
    desk.publish("one")
    await desk.run(timedelta(hours=1))

    wish = Wish(digest="utro", frequency="weekly", weekdays=("wed",))
    desk.membership.change(reader.id, wish, wording="weekly", origin="test")
    desk.publish("two")
    await desk.run(DAY)
    before = len(desk.transport.sent)
    await desk.run(DAY)

    assert before == 1
    assert len(desk.transport.sent) == 2
    assert desk.accounts()[0].error == 0


@pytest.mark.parametrize(
    ("hour", "then", "messages"),
    [("07:00", "18:00", [{"one"}, {"two"}]), ("18:00", "07:00", [{"one", "two"}])],
    ids=["to one that is still to come", "to one that has passed"],
)
async def test_who_changes_the_hour_at_noon_gets_each_article_once_at_the_new_one(
    desk: Desk, hour: str, then: str, messages: list[set[str]]
) -> None:
    desk.rules["utro"] = replace(desk.rules["utro"], latest=0)
    reader = desk.join("a@reader.example", hour=hour)
    desk.publish("one")
    for _ in range(6):
        await desk.run(timedelta(hours=1))
    desk.publish("two")

    wish = Wish(digest="utro", hour=then)
    desk.membership.change(reader.id, wish, wording=then, origin="test")
    for _ in range(24):
        await desk.run(timedelta(hours=1))

    assert shown(desk) == messages


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"frequency": "hourly"}, 'frequency "hourly" is not known'),
        ({"frequency": "weekly", "weekdays": ("fry",)}, 'did you mean "fri"'),
        ({"weekdays": ("fri",)}, "a daily digest has no weekdays"),
        ({"month_day": 3}, "a daily digest has no day of the month"),
        ({"frequency": "monthly", "month_day": 32}, "is in no month"),
        ({"frequency": "instant", "hour": "7"}, "has no hour"),
    ],
)
def test_a_wish_that_cannot_be_granted_is_told_why(
    desk: Desk, wish: dict[str, object], reason: str
) -> None:
    with pytest.raises(SubscriberError, match=reason):
        desk.join("a@reader.example", **wish)  # type: ignore[arg-type]


def test_what_is_not_offered_cannot_be_chosen(store: Store) -> None:
    desk = Desk(store=store)

    with pytest.raises(SubscriberError, match="there are: daily"):
        desk.join("a@reader.example", frequency="weekly")


def test_other_choices_leave_the_days_as_they_are(desk: Desk) -> None:
    reader = desk.join(
        "a@reader.example", frequency="weekdays", weekdays=("tue", "thu")
    )
    timetable = reader.choice.timetable

    kept = keep_rhythm(Wish(digest="utro"), timetable, desk.rules["utro"])
    no_more = keep_rhythm(Wish(digest="utro"), timetable, RULES["utro"])
    changed = desk.membership.change(reader.id, kept, wording="same", origin="test")

    assert changed.choice.timetable == timetable
    assert no_more == Wish(digest="utro")


async def test_a_monthly_reader_gets_all_that_came_out_in_a_month(desk: Desk) -> None:
    """However soon an article stops to be news for those who read daily."""
    desk.rules["utro"] = replace(
        desk.rules["utro"], max_articles=60, max_age=timedelta(days=14)
    )
    desk.join("monthly@reader.example", frequency="monthly", month_day=2)
    await desk.run(timedelta(hours=2))  # The slot of the second of March goes by.

    for number in range(31):
        desk.publish(f"a{number}")
        desk.clock.move(DAY)
    await desk.run()

    assert shown(desk) == [{f"a{number}" for number in range(31)}]


SLOT = datetime(2026, 4, 1, 2, 0, tzinfo=UTC)
"""The first of April, 07:00 in Almaty."""


def served_monthly(desk: Desk) -> Subscription:
    """Let a reader of the first of each month have one article on the tenth of March.

    Headlines from elsewhere are left out, so that what is shown is what was chosen.
    """
    desk.rules["utro"] = replace(desk.rules["utro"], latest=0)
    reader = desk.join("a@reader.example", frequency="monthly", month_day=1)
    desk.clock.move_to(datetime(2026, 3, 10, 6, tzinfo=UTC))
    desk.publish("march")
    return reader


async def test_articles_of_a_failed_monthly_digest_come_with_the_next(
    desk: Desk,
) -> None:
    served_monthly(desk)
    refused = Outcome(kind=Kind.REFUSED, phase=Phase.RCPT, code=550, text="no")
    desk.transport.answers.append(refused)
    desk.clock.move_to(SLOT)
    await desk.run()
    assert desk.accounts()[0].by_state == {DeliveryState.FAILED: 1}

    desk.publish("april")
    await desk.run(30 * DAY)

    assert shown(desk) == [{"march", "april"}]


async def test_articles_of_a_missed_monthly_digest_come_with_the_next(
    desk: Desk,
) -> None:
    served_monthly(desk)
    desk.clock.move_to(SLOT)
    await desk.run(timedelta(hours=7))
    assert shown(desk) == []

    desk.publish("april")
    await desk.run(30 * DAY - timedelta(hours=7))

    assert shown(desk) == [{"march", "april"}]


async def test_who_changes_to_daily_gets_all_since_the_last_monthly_digest(
    desk: Desk,
) -> None:
    reader = served_monthly(desk)
    desk.clock.move_to(SLOT - 2 * DAY)
    desk.publish("late march")

    daily = Wish(digest="utro", frequency="daily")
    desk.membership.change(reader.id, daily, wording="daily", origin="test")
    await desk.run(DAY)

    assert shown(desk) == [{"march", "late"}]


async def test_what_is_too_little_for_a_week_waits_however_many_weeks(
    desk: Desk,
) -> None:
    desk.rules["utro"] = replace(desk.rules["utro"], latest=0, min_articles=4)
    desk.join("a@reader.example", frequency="weekly", weekdays=("mon",))
    await desk.run(timedelta(hours=2))

    for number in range(4):
        desk.publish(f"a{number}")
        await desk.run(7 * DAY)

    assert shown(desk) == [{"a0", "a1", "a2", "a3"}]


async def test_what_is_dated_back_to_before_the_last_digest_is_no_news(
    desk: Desk,
) -> None:
    desk.rules["utro"] = replace(desk.rules["utro"], latest=0)
    desk.join("a@reader.example")
    desk.publish("had")
    await desk.run(timedelta(hours=1))
    desk.transport.sent.clear()

    desk.publish("found", published_at=desk.clock.now() - 15 * DAY)
    desk.publish("new")
    await desk.run(DAY)

    assert shown(desk) == [{"new"}]


async def test_who_changes_to_instant_gets_at_once_what_is_still_unread(
    desk: Desk,
) -> None:
    desk.join("other@reader.example", frequency="instant")
    reader = desk.join("a@reader.example")
    await desk.run(timedelta(hours=1))
    desk.publish("one")
    await desk.run(timedelta(minutes=1))

    wish = Wish(digest="utro", frequency="instant")
    desk.membership.change(reader.id, wish, wording="instant", origin="test")
    await desk.run(timedelta(minutes=1))

    assert [envelope.recipient for envelope in desk.transport.sent] == [
        "other@reader.example",
        "a@reader.example",
    ]


async def test_who_joins_an_instant_digest_gets_what_is_news_at_once(
    desk: Desk,
) -> None:
    desk.join("other@reader.example", frequency="instant")
    desk.publish("one")
    await desk.run(timedelta(minutes=1))

    desk.join("late@reader.example", frequency="instant")
    await desk.run(timedelta(minutes=1))

    assert [envelope.recipient for envelope in desk.transport.sent] == [
        "other@reader.example",
        "late@reader.example",
    ]
