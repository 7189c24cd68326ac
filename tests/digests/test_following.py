"""An operator changes the hour of a digest, and its readers follow."""

from dataclasses import replace
from datetime import date, time, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from publisher.audience.choosing import Wish
from publisher.digests.following import follow
from publisher.digests.upcoming import upcoming
from publisher.model.digest import CatchUp, DigestRule
from publisher.model.timetable import Frequency
from publisher.store import Store, editions, rhythms
from publisher.store.past_editions import list_past
from publisher.store.readers import find_subscription
from publisher.store.schema.editions import delivery, edition
from publisher.store.timetables import list_timetables, set_next_due
from tests.digests.desk import Desk
from tests.effort import effort
from tests.store.databases import empty

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def desk(store: Store) -> Desk:
    """Return a newsroom whose digests were there at the last start."""
    desk = Desk(store=store)
    follow(desk.store, desk.clock, desk.rules.values())
    return desk


def change(desk: Desk, **changes: object) -> None:
    """Start again with a digest that is not as it was."""
    rule: DigestRule = replace(desk.rules["utro"], **changes)  # type: ignore[arg-type]
    desk.rules["utro"] = rule
    follow(desk.store, desk.clock, desk.rules.values())


def hour_of(desk: Desk, number: int) -> time:
    """Return the hour at which a reader gets the digest now."""
    found = desk.store.query(find_subscription, number)
    assert found is not None
    return found.choice.timetable.at


def recipients(desk: Desk) -> list[str]:
    return [envelope.recipient.partition("@")[0] for envelope in desk.transport.sent]


def test_who_has_the_digests_hour_follows_and_who_chose_another_does_not(
    desk: Desk,
) -> None:
    anna = desk.join("anna@reader.example")
    bolat = desk.join("bolat@reader.example", hour="21:00")

    change(desk, at=time(9))

    assert [hour_of(desk, one.id) for one in (anna, bolat)] == [time(9), time(21)]


async def test_a_day_has_one_edition_for_whoever_follows(desk: Desk) -> None:
    desk.join("anna@reader.example")
    desk.publish("one")
    await desk.run(HOUR)
    assert recipients(desk) == ["anna"]

    change(desk, at=time(9))
    desk.publish("two")
    for _ in range(23):
        await desk.run(HOUR)
    assert recipients(desk) == ["anna"]
    await desk.run(3 * HOUR)

    assert recipients(desk) == ["anna", "anna"]


async def test_who_missed_the_edition_of_a_day_gets_it_at_the_new_hour(
    desk: Desk,
) -> None:
    desk.join("anna@reader.example")
    desk.publish("one")
    await desk.run(8 * HOUR)  # 14:00, seven hours late.
    assert recipients(desk) == []

    change(desk, at=time(20))
    for _ in range(9):  # Until 23:00.
        await desk.run(HOUR)

    assert recipients(desk) == ["anna"]


async def test_who_missed_an_edition_and_had_one_since_gets_no_other_on_that_day(
    desk: Desk,
) -> None:
    desk.join("anna@reader.example")
    desk.publish("one")
    await desk.run(8 * HOUR)
    change(desk, at=time(20))
    await desk.run(6 * HOUR)
    desk.publish("two")

    change(desk, at=time(22))
    for _ in range(3):
        await desk.run(HOUR)

    assert recipients(desk) == ["anna"]


async def test_who_follows_and_who_had_everything_at_once_share_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rhythms, "READERS_AT_ONCE", 2)
    desk.rules["utro"] = replace(desk.rules["utro"], frequencies=(Frequency.INSTANT,))
    desk.join("early@reader.example", frequency="instant")
    for number in range(5):
        desk.join(f"r{number}@reader.example")

    change(desk, frequency=Frequency.INSTANT)
    desk.publish("one")
    await desk.run(timedelta(minutes=1))

    assert sorted(recipients(desk)) == ["early", "r0", "r1", "r2", "r3", "r4"]
    assert [readers for _, readers in desk.store.query(list_timetables)] == [6]


async def test_readers_who_had_the_new_hour_already_follow_with_the_others(
    desk: Desk,
) -> None:
    desk.join("early@reader.example", hour="09:00")
    for number in range(5):
        desk.join(f"r{number}@reader.example")

    change(desk, at=time(9))
    desk.publish("one")
    for _ in range(3):
        await desk.run(HOUR)

    assert sorted(recipients(desk)) == ["early", "r0", "r1", "r2", "r3", "r4"]
    change(desk, at=time(10))
    assert {hour_of(desk, number) for number in range(1, 7)} == {time(10)}


async def test_who_had_the_day_s_edition_gets_no_other_where_some_have_the_new_hour(
    desk: Desk,
) -> None:
    desk.join("early@reader.example", hour="09:00")
    desk.join("anna@reader.example")
    desk.publish("one")
    await desk.run(HOUR)
    assert recipients(desk) == ["anna"]

    change(desk, at=time(9))
    desk.publish("two")
    for _ in range(23):  # Until 06:00.
        await desk.run(HOUR)
    assert recipients(desk) == ["anna", "early"]
    desk.publish("three")
    await desk.run(3 * HOUR)

    assert sorted(recipients(desk)) == ["anna", "anna", "early", "early"]


async def test_who_changes_something_else_meanwhile_keeps_the_day_s_edition(
    desk: Desk,
) -> None:
    early = desk.join("early@reader.example", hour="09:00")
    desk.join("anna@reader.example")
    desk.publish("one")
    await desk.run(HOUR)
    change(desk, at=time(9))

    wish = Wish(digest="utro", hour="09:00", is_compact=True)
    desk.membership.change(early.id, wish, wording="compact", origin="test")
    await desk.run(2 * HOUR)

    assert recipients(desk) == ["anna", "early"]


async def test_who_follows_is_told_the_day_on_which_the_next_edition_comes(
    desk: Desk,
) -> None:
    anna = desk.join("anna@reader.example")
    desk.publish("one")
    await desk.run(HOUR)
    change(desk, at=time(18))

    found = desk.store.query(find_subscription, anna.id)
    assert found is not None
    rule, now = desk.rules["utro"], desk.clock.now()
    told = desk.store.query(upcoming, found, rule, desk.tree, now, 3)

    assert told.slot is not None
    assert told.slot.key == "2026-03-03T18:00"


async def test_who_had_none_yet_gets_the_day_s_where_some_had_it_at_the_new_hour(
    desk: Desk,
) -> None:
    change(desk, at=time(9))
    desk.join("anna@reader.example")
    desk.join("early@reader.example", hour="07:00")
    desk.publish("one")
    await desk.run(3 * HOUR)
    assert sorted(recipients(desk)) == ["anna", "early"]
    desk.transport.sent.clear()
    desk.publish("two")
    await desk.run(23 * HOUR)
    assert recipients(desk) == ["early"]

    change(desk, at=time(7))
    await desk.run(timedelta(minutes=1))

    assert recipients(desk) == ["early", "anna"]


async def test_of_those_who_come_to_one_hour_the_archive_has_one_edition_a_day(
    desk: Desk,
) -> None:
    desk.rules["utro"] = replace(desk.rules["utro"], has_archive=True)
    desk.join("early@reader.example", hour="09:00")
    desk.join("anna@reader.example")
    desk.publish("one")
    await desk.run(HOUR)

    change(desk, at=time(9))
    await desk.run(2 * HOUR)
    for name in ("two", "three"):
        desk.publish(name)
        await desk.run(DAY)

    past = desk.store.query(list_past, "utro", "ru", 10)
    assert [one.dated.day for one in past] == [4, 3, 2]


async def test_the_archive_stays_with_those_who_chose_nothing(desk: Desk) -> None:
    desk.rules["utro"] = replace(
        desk.rules["utro"], has_archive=True, frequencies=(Frequency.WEEKLY,)
    )
    desk.join("anna@reader.example")
    desk.join(
        "bolat@reader.example",
        frequency="weekly",
        weekdays=("mon",),
        rubrics=("sport",),
    )
    desk.publish("one")
    await desk.run(HOUR)

    change(desk, frequency=Frequency.WEEKLY, weekdays=(0,), at=time(9))
    desk.publish("two")
    await desk.run(7 * DAY + 2 * HOUR)

    past = desk.store.query(list_past, "utro", "ru", 10)
    assert [one.dated.day for one in past] == [9, 2]


def test_who_joins_later_shares_the_timetable_of_those_who_follow(desk: Desk) -> None:
    desk.join("early@reader.example", hour="09:00")
    desk.join("anna@reader.example")

    change(desk, at=time(9))
    desk.join("later@reader.example")

    rows = desk.store.query(list_timetables)
    assert sorted(readers for _, readers in rows) == [1, 2]


CHANGES = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from([5, 9, 20])), max_size=4
)


@pytest.mark.slow
@effort(8)
@given(changes=CHANGES)
def test_whatever_an_operator_changes_every_reader_has_one_edition_a_day(
    store: Store, changes: list[tuple[int, int]]
) -> None:
    empty(store)
    desk = Desk(store=store)
    change(desk, catch_up=CatchUp.LATEST, max_lateness=DAY)
    desk.join("own@reader.example")
    for hour in (5, 9, 20):
        desk.join(f"at{hour}@reader.example", hour=f"{hour:02}:00")
    desk.clock.move(18 * HOUR)  # Midnight: each has that day before them.
    due = {sum(span for span, _ in changes[: n + 1]): n for n in range(len(changes))}
    for passed in range(3 * 24):
        if passed in due:
            change(desk, at=time(changes[due[passed]][1]))
        desk.planner.sweep()
        desk.clock.move(HOUR)

    asked = (
        select(delivery.c.subscription_id, edition.c.dated, func.count())
        .join(edition, edition.c.id == delivery.c.edition_id)
        .where(edition.c.dated > date(2026, 3, 2))
        .group_by(delivery.c.subscription_id, edition.c.dated)
    )
    rows = desk.store.query(lambda tx: tx.execute(asked).all())
    days = [date(2026, 3, day) for day in range(3, 6)]
    assert {tuple(row) for row in rows} == {
        (number, day, 1) for number in range(1, 5) for day in days
    }


async def test_the_archive_goes_on_at_the_new_hour(desk: Desk) -> None:
    desk.rules["utro"] = replace(desk.rules["utro"], has_archive=True)
    desk.join("anna@reader.example")
    desk.publish("one")
    await desk.run(HOUR)

    change(desk, at=time(9))
    desk.publish("two")
    await desk.run(DAY + 3 * HOUR)

    assert len(desk.store.query(list_past, "utro", "ru", 10)) == 2


async def test_a_digest_that_comes_at_once_now_brings_what_was_waiting(
    desk: Desk,
) -> None:
    desk.join("anna@reader.example")
    desk.publish("one")

    change(desk, frequency=Frequency.INSTANT)
    await desk.run(timedelta(minutes=1))

    assert recipients(desk) == ["anna"]


def test_what_breaks_off_is_finished_at_the_next_start(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = desk.join("anna@reader.example")
    bolat = desk.join("bolat@reader.example", zone="Asia/Aqtau")

    transact, changes = desk.store.transact, count()

    def shaky(work: object, *args: object, **kwargs: object) -> object:
        if getattr(work, "__name__", "") == "_change" and next(changes) == 1:
            away = "the disk is away"
            raise OSError(away)
        return transact(work, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.store, "transact", shaky)
    with pytest.raises(OSError, match="away"):
        change(desk, at=time(9))
    monkeypatch.undo()

    change(desk)

    assert [hour_of(desk, one.id) for one in (anna, bolat)] == [time(9), time(9)]


def test_one_zone_that_is_gone_stops_no_other(desk: Desk) -> None:
    bolat = desk.join("bolat@reader.example", zone="Asia/Aqtau")
    anna = desk.join("anna@reader.example")
    gone = "UPDATE timetable SET zone = 'Asia/Gone' WHERE zone = 'Asia/Aqtau'"
    desk.store.transact(lambda tx: tx.exec_driver_sql(gone))

    change(desk, at=time(9))

    assert [hour_of(desk, one.id) for one in (anna, bolat)] == [time(9), time(7)]


async def test_zone_data_that_is_newer_neither_delays_nor_misses_an_edition(
    desk: Desk,
) -> None:
    """What is due was reckoned an hour late, and in the other zone an hour early."""
    desk.rules["utro"] = replace(desk.rules["utro"], catch_up=CatchUp.NONE)
    desk.join("anna@reader.example")
    desk.join("bolat@reader.example", zone="Asia/Tashkent")
    desk.publish("zero")
    await desk.run(HOUR)
    for zone, hours in (("Asia/Almaty", 1), ("Asia/Tashkent", -1)):
        (row,) = [
            r for r, _ in desk.store.query(list_timetables) if r.timetable.zone == zone
        ]
        assert row.next_due_at is not None
        wrong = row.next_due_at + timedelta(hours=hours)
        desk.store.transact(set_next_due, row, wrong)
    desk.transport.sent.clear()
    desk.publish("one")

    change(desk)
    for _ in range(26):
        await desk.run(HOUR)

    assert sorted(recipients(desk)) == ["anna", "bolat"]
    found = desk.store.query(editions.list_editions, 100)
    assert "missed" not in {row.state for row in found}
