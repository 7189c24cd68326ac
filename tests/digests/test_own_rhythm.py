"""A reader has a digest as often as they like, of what its operator offers."""

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from publisher.audience.choosing import Wish, keep_rhythm
from publisher.errors import SubscriberError
from publisher.model.timetable import Frequency
from publisher.store import Store
from tests.digests.desk import RULES, Desk

DAY = timedelta(days=1)


@pytest.fixture
def desk(store: Store) -> Desk:
    offered = replace(RULES["utro"], frequencies=tuple(Frequency))
    return Desk(store=store, rules={**RULES, "utro": offered})


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

    (envelope,) = desk.transport.sent
    message = message_from_bytes(envelope.message, policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    titles = set(re.findall(r"Заголовок a\d+", body.get_content()))
    assert titles == {f"Заголовок a{number}" for number in range(31)}


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
