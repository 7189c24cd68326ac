"""Chunks are leased by urgency, and none starves however much urgent mail there is."""

from datetime import time, timedelta

import pytest

from publisher.model.timetable import Frequency
from tests.builders import a_choice, a_timetable, an_article
from tests.store.mailroom import Mailroom
from tests.store.newsroom import Newsroom

MINUTE = timedelta(minutes=1)
RHYTHMS = (
    a_timetable(Frequency.WEEKLY, digest_key="nedelya", weekdays=(0,)),
    a_timetable(),
    a_timetable(Frequency.INSTANT, digest_key="srazu", at=time(0, 0)),
)
WEEKLY, DAILY, INSTANT = range(1, 4)


@pytest.fixture
def mailroom(newsroom: Newsroom) -> Mailroom:
    """Return a mailroom with a reader of a weekly, a daily and an instant digest."""
    newsroom.take(an_article())
    for number, timetable in enumerate(RHYTHMS):
        choice = a_choice(timetable=timetable)
        newsroom.join(f"{number}@reader.example", choice)
    return Mailroom(newsroom)


def leased(mailroom: Mailroom, count: int) -> list[str]:
    """Return the digests of the next chunks, in the order they are leased."""
    return [mailroom.must_lease().digest_key for _ in range(count)]


def test_the_most_urgent_goes_first(mailroom: Mailroom) -> None:
    for timetable_id in (WEEKLY, DAILY, INSTANT):
        mailroom.plan(1, timetable_id=timetable_id)

    assert leased(mailroom, 3) == ["srazu", "utro", "nedelya"]
    assert mailroom.lease() is None


def test_breaking_news_overtakes_a_weekly_digest_that_is_being_sent(
    mailroom: Mailroom,
) -> None:
    mailroom.newsroom.join("more@reader.example", a_choice(timetable=RHYTHMS[0]))
    mailroom.plan(1, timetable_id=WEEKLY, chunk_size=1)
    first = leased(mailroom, 1)
    mailroom.newsroom.clock.move(20 * MINUTE)
    mailroom.plan(1, timetable_id=INSTANT)

    assert first == ["nedelya"]
    assert leased(mailroom, 2) == ["srazu", "nedelya"]


def test_a_weekly_digest_does_not_starve_behind_instant_ones(
    mailroom: Mailroom,
) -> None:
    mailroom.plan(1, timetable_id=WEEKLY)
    order: list[str] = []
    for minute in range(0, 180, 10):
        mailroom.newsroom.clock.move(10 * MINUTE)
        mailroom.newsroom.join(
            f"i{minute}@reader.example", a_choice(timetable=RHYTHMS[2])
        )
        mailroom.plan(1, timetable_id=INSTANT)
        lease = mailroom.must_lease()  # As much comes in as can be sent.
        order.append(lease.digest_key)
        mailroom.send_all(lease)
        if "nedelya" in order:
            break

    assert order[:-1] == ["srazu"] * 12
    assert order[-1] == "nedelya"
