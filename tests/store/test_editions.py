"""A slot has one edition, whoever opens it, and however often (law 7)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta

import pytest

from publisher.model.timetable import Frequency
from publisher.store import editions, segments, timetables
from publisher.store.schema.editions import edition
from tests.builders import (
    MORNING,
    a_choice,
    a_segment_text,
    a_timetable,
    an_article,
)
from tests.store.mailroom import LATENESS, Mailroom
from tests.store.newsroom import Newsroom

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def mailroom(newsroom: Newsroom) -> Mailroom:
    """Return a mailroom with two articles, the second embargoed, and one reader."""
    newsroom.take(an_article("a"))
    newsroom.take(an_article("b", embargo_until=MORNING + DAY))
    newsroom.join("anna@reader.example")
    return Mailroom(newsroom)


def test_an_edition_reaches_to_the_last_article_and_moves_its_timetable_on(
    mailroom: Mailroom,
) -> None:
    opened = mailroom.open()

    assert opened is not None
    assert (opened.slot, opened.due_at) == ("2026-03-02T07:00", MORNING)
    assert (opened.up_to, opened.state) == (1, "planning")
    assert opened.expires_at == MORNING + LATENESS
    assert mailroom.newsroom.timetable().next_due_at == MORNING + DAY


def test_the_slot_is_opened_once(mailroom: Mailroom) -> None:
    first = mailroom.open()

    assert mailroom.open() is None
    assert mailroom.store.query(editions.planning_editions) == [first]


def test_of_many_schedulers_at_the_same_moment_one_opens_it(
    mailroom: Mailroom,
) -> None:
    start = threading.Barrier(6)

    def scheduler(_: int) -> bool:
        start.wait(10)
        return mailroom.open() is not None

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(scheduler, range(6)))

    assert sum(results) == 1
    assert mailroom.newsroom.count(edition) == 1


def test_a_clock_that_is_set_back_opens_nothing_again(mailroom: Mailroom) -> None:
    mailroom.open()
    mailroom.newsroom.clock.move(-timedelta(minutes=90))
    mailroom.newsroom.clock.move(timedelta(minutes=91))

    due = mailroom.store.query(timetables.due_timetables, mailroom.now, 10)

    assert due == []
    assert mailroom.open() is None


def test_the_date_that_goes_into_messages_has_whole_seconds(
    mailroom: Mailroom,
) -> None:
    mailroom.newsroom.wait(seconds=3.7)

    opened = mailroom.open()

    assert opened is not None
    assert opened.composed_at == MORNING + timedelta(seconds=3)


def test_a_slot_that_nobody_was_there_for_is_recorded_as_missed(
    mailroom: Mailroom,
) -> None:
    row = mailroom.newsroom.timetable()
    slot = row.timetable.last_slot(mailroom.now)

    told = [
        mailroom.store.transact(editions.miss_edition, row, slot, mailroom.now)
        for _ in range(2)
    ]

    assert told == [True, False]
    (missed,) = mailroom.store.query(editions.list_editions, 10)
    assert (missed.slot, missed.state, missed.up_to) == (slot.key, "missed", 0)
    assert mailroom.store.query(editions.planning_editions) == []


def test_an_edition_nobody_waits_for_is_closed_by_planning_it(
    mailroom: Mailroom,
) -> None:
    mailroom.newsroom.leave(1)

    opened = mailroom.plan()

    found = mailroom.store.query(editions.find_edition, opened.id)
    assert found.state == "closed"
    assert mailroom.account(opened).due == 0


def test_editions_are_listed_newest_first(mailroom: Mailroom) -> None:
    opened = []
    for _ in range(3):
        opened.append(mailroom.open())
        mailroom.newsroom.clock.move(DAY)

    found = mailroom.store.query(editions.list_editions, 2)

    assert found == [opened[2], opened[1]]


def test_due_timetables_come_longest_due_first(mailroom: Mailroom) -> None:
    for hour in (9, 8, 10):
        choice = a_choice(timetable=a_timetable(at=time(hour, 0)))
        mailroom.newsroom.join(f"{hour}@reader.example", choice)
    mailroom.newsroom.clock.move_to(MORNING + timedelta(hours=2))

    due = mailroom.store.query(timetables.due_timetables, mailroom.now, 10)

    assert [f"{row.timetable.at:%H}" for row in due] == ["07", "08", "09"]


def test_readers_who_chose_alike_share_a_timetable(mailroom: Mailroom) -> None:
    for zone in ("Asia/Almaty", "Asia/Aqtau"):
        choice = a_choice(timetable=a_timetable(zone=zone))
        mailroom.newsroom.join(f"1@{zone}.example", choice)
        mailroom.newsroom.join(f"2@{zone}.example", choice)

    found = mailroom.store.query(timetables.list_timetables)

    assert [(row.timetable.zone, readers) for row, readers in found] == [
        ("Asia/Almaty", 3),
        ("Asia/Aqtau", 2),
    ]


def test_who_asks_for_this_very_minute_still_gets_it(newsroom: Newsroom) -> None:
    newsroom.wait(seconds=59)

    newsroom.join("anna@reader.example")

    assert newsroom.timetable().next_due_at == MORNING


def test_a_timetable_that_a_wrong_clock_sent_years_ahead_is_brought_back(
    mailroom: Mailroom,
) -> None:
    row = mailroom.newsroom.timetable()
    years_ahead = MORNING + timedelta(days=3000)
    mailroom.store.transact(timetables.set_next_due, row, years_ahead)

    mailroom.store.transact(timetables.recall_far, mailroom.now)

    assert mailroom.newsroom.timetable().next_due_at == mailroom.now
    assert mailroom.open() is not None


def test_a_timetable_that_is_due_within_a_month_is_left_alone(
    mailroom: Mailroom,
) -> None:
    row = mailroom.newsroom.timetable()
    next_month = MORNING + timedelta(days=31)
    mailroom.store.transact(timetables.set_next_due, row, next_month)

    mailroom.store.transact(timetables.recall_far, mailroom.now)

    assert mailroom.newsroom.timetable().next_due_at == next_month


def test_an_edition_that_nobody_was_due_for_can_be_forgotten(
    mailroom: Mailroom,
) -> None:
    mailroom.newsroom.leave(1)
    opened = mailroom.open()
    assert opened is not None
    text = a_segment_text(1)
    mailroom.store.transact(segments.add_segment, opened.id, text)

    mailroom.store.transact(editions.discard, opened)

    assert mailroom.store.query(editions.list_editions, 10) == []


def test_an_instant_timetable_is_due_when_something_is_listed(
    mailroom: Mailroom,
) -> None:
    instant = a_timetable(Frequency.INSTANT, digest_key="srazu", at=time(0, 0))
    mailroom.newsroom.join("bolat@reader.example", a_choice(timetable=instant))
    row = mailroom.newsroom.timetable(2)
    slot = instant.instant_slot(mailroom.now)

    def open_instant() -> object:
        return mailroom.store.transact(
            editions.open_edition,
            row,
            slot,
            expires_at=mailroom.now + DAY,
            next_due_at=None,
            now=mailroom.now,
        )

    due = mailroom.store.query(timetables.due_instant, 1, 10)
    first, again = open_instant(), open_instant()

    assert (due, row.next_due_at) == ([row], None)
    assert (first is not None, again) == (True, None)
    assert mailroom.store.query(timetables.due_instant, 1, 10) == []
    assert mailroom.store.query(timetables.due_instant, 2, 10) != []
