"""After a stop a digest goes out as its policy says, and no article is lost."""

import base64
import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes

import pytest

from publisher.model.digest import CatchUp
from publisher.store import Store, editions
from tests.digests.desk import RULES, Desk

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def a_desk(store: Store, catch_up: CatchUp) -> Desk:
    rule = replace(RULES["utro"], catch_up=catch_up, max_lateness=4 * DAY)
    return Desk(store=store, rules={**RULES, "utro": rule})


def sent(desk: Desk) -> list[list[str]]:
    """Return the articles of each message."""
    found = []
    for envelope in desk.transport.sent:
        part = message_from_bytes(envelope.message).get_payload(0)
        text = base64.b64decode(part.get_payload()).decode()  # type: ignore[union-attr, arg-type]
        found.append(sorted(set(re.findall(r"Заголовок (\S+)", text))))
    return found


@pytest.mark.parametrize(
    ("catch_up", "messages", "states"),
    [
        (CatchUp.LATEST, [["one", "three", "two"]], ["closed", *["missed"] * 3]),
        (CatchUp.ALL, [["one"], ["two"], ["three"]], ["closed"] * 4),
        (CatchUp.NONE, [], ["missed"] * 4),
    ],
)
async def test_a_policy_says_what_is_sent_after_a_stop(
    store: Store, catch_up: CatchUp, messages: list[list[str]], states: list[str]
) -> None:
    desk = a_desk(store, catch_up)
    desk.join("a@reader.example")
    for name in ("one", "two", "three"):
        desk.publish(name)
        desk.clock.move(DAY)

    for _ in range(5):
        await desk.run(timedelta(minutes=75))
    found = desk.store.query(editions.list_editions, 10)
    await desk.run(timedelta(hours=18, minutes=50))

    told = [row.slot for row in found]
    assert told == sorted(set(told), reverse=True)
    after = sent(desk)
    assert after[: len(messages)] == messages
    assert [row.state for row in found] == states
    assert sorted(name for names in after for name in names) == ["one", "three", "two"]


async def test_of_a_long_stop_a_month_is_recorded(store: Store) -> None:
    desk = a_desk(store, CatchUp.LATEST)
    desk.join("a@reader.example")
    desk.publish("one")
    await desk.run(HOUR)

    await desk.run(400 * DAY + HOUR)

    found = desk.store.query(editions.list_editions, 1000)
    assert [row.state for row in found] == ["closed", *["missed"] * 31, "closed"]
