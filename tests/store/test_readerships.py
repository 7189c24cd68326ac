"""Batches of any number of processes add up to what was asked, and name nobody."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.feed import FeedFormat
from publisher.store.readerships import (
    Batch,
    Readership,
    Tally,
    Visitor,
    last_day,
    readerships,
    record,
)
from publisher.store.schema.readerships import (
    readership,
    readership_aggregator,
    readership_key,
)
from tests.effort import effort
from tests.store.databases import empty
from tests.store.newsroom import Newsroom

DAY = date(2026, 3, 2)
KEEP_DAYS = 30
RSS, ATOM = FeedFormat.RSS, FeedFormat.ATOM
FIREFOX = b"Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"


def feedly(subscribers: int, version: int = 1, feed: str = "") -> bytes:
    known = f"; feed-id={feed}" if feed else ""
    return f"Feedly/{version}.0 ({subscribers} subscribers{known})".encode()


def visitor(number: int, user_agent: bytes = FIREFOX) -> Visitor:
    return f"192.0.2.{number}", user_agent, b""


def a_batch(
    feed_id: int,
    *visitors: Visitor,
    day: date = DAY,
    requests: int = 0,
) -> Batch:
    tally = Tally(requests=requests, visitors=set(visitors))
    return Batch(day, {(feed_id, RSS): tally})


class Books:
    """The readership of one feed."""

    def __init__(self, newsroom: Newsroom, key: str = "sport") -> None:
        self.newsroom = newsroom
        self.feed_id = newsroom.feed_id(key)

    def enter(self, *visitors: Visitor, form: FeedFormat = RSS, **sums: int) -> None:
        tally = Tally(**sums, visitors=set(visitors))
        self.record(Batch(DAY, {(self.feed_id, form): tally}))

    def record(self, batch: Batch) -> None:
        self.newsroom.store.transact(record, batch, KEEP_DAYS)

    def of(self, day: date = DAY) -> Readership:
        (found,) = self.newsroom.store.query(readerships, day, day, "sport")
        return found


@pytest.fixture
def books(newsroom: Newsroom) -> Books:
    """Return the readership of the sports feed, on each kind of store."""
    return Books(newsroom)


def test_what_was_counted_adds_up(books: Books) -> None:
    books.enter(requests=3, not_modified=2, bytes_sent=1000)
    books.enter(requests=4, not_modified=1, bytes_sent=500, slowed=2)
    books.enter(requests=5, not_modified=5, form=ATOM)

    found = books.of()

    assert (found.feed_key, found.day) == ("sport", DAY)
    assert (found.requests, found.not_modified) == (12, 8)
    assert (found.bytes_sent, found.slowed) == (1500, 2)


def test_a_reader_counts_once_on_a_day_whatever_it_reads_and_whoever_counts(
    books: Books,
) -> None:
    books.enter(visitor(1), visitor(2))
    books.enter(visitor(2), visitor(3), form=ATOM)
    books.enter(visitor(3), visitor(3, b"another program"))

    assert books.of().direct == pytest.approx(4, abs=1)


def test_the_machines_of_an_aggregator_name_the_same_subscribers(
    books: Books,
) -> None:
    books.enter(visitor(1, feedly(16)), visitor(2, feedly(16)))
    books.enter(visitor(3, feedly(15, version=2)))

    found = books.of()

    assert (found.subscribers, found.direct) == (16, 0)


def test_different_aggregators_feeds_and_formats_add_up(books: Books) -> None:
    books.enter(visitor(1, feedly(10, feed="a")), visitor(1, feedly(4, feed="b")))
    books.enter(visitor(1, feedly(3, feed="a")), form=ATOM)
    books.enter(visitor(2, b"Feedbin feed-id:7 - 100 subscribers"))

    assert books.of().subscribers == 10 + 4 + 3 + 100


def test_the_most_that_was_named_on_a_day_counts(books: Books) -> None:
    for count in (5, 9, 7):
        books.enter(visitor(1, feedly(count)))

    assert books.of().subscribers == 9


def test_every_day_is_counted_anew(books: Books) -> None:
    tomorrow = DAY + timedelta(days=1)
    books.record(a_batch(books.feed_id, visitor(1), visitor(2), requests=2))
    books.record(a_batch(books.feed_id, visitor(1), requests=1, day=tomorrow))

    counts = (books.of().direct, books.of(tomorrow).direct)
    assert counts == pytest.approx((2, 1), abs=1)
    assert books.newsroom.store.query(last_day) == tomorrow


def test_the_key_of_a_day_is_gone_when_the_next_one_is_counted(books: Books) -> None:
    tomorrow = DAY + timedelta(days=1)
    books.record(a_batch(books.feed_id, visitor(1)))
    (today,) = books.newsroom.rows(readership_key)

    books.record(a_batch(books.feed_id, visitor(1), day=tomorrow))
    # A process that was late with the last seconds of the day before.
    books.record(a_batch(books.feed_id, visitor(2)))

    (left,) = books.newsroom.rows(readership_key)
    assert (today.day, left.day) == (DAY, tomorrow)
    assert left.key != today.key


def test_no_address_and_no_program_is_in_the_store(books: Books) -> None:
    books.enter(("203.0.113.77", b"Secret Reader/1.0", b"198.51.100.99"), requests=1)

    rows = [
        value
        for table in (readership, readership_aggregator, readership_key)
        for row in books.newsroom.rows(table)
        for value in row
    ]
    text = repr(rows)
    assert not any(part in text for part in ("203.0", "Secret", "198.51"))


def test_days_are_forgotten_after_their_time(books: Books) -> None:
    books.record(a_batch(books.feed_id, visitor(1, feedly(5)), requests=1))
    kept = DAY + timedelta(days=1)
    books.record(a_batch(books.feed_id, visitor(1, feedly(5)), day=kept))

    books.record(a_batch(books.feed_id, day=DAY + timedelta(days=KEEP_DAYS + 1)))

    for table in (readership, readership_aggregator):
        assert min(row.day for row in books.newsroom.rows(table)) == kept


def test_before_anything_was_counted_there_is_no_day(newsroom: Newsroom) -> None:
    assert newsroom.store.query(last_day) is None
    assert newsroom.store.query(readerships, DAY, DAY) == []


def test_processes_at_once_lose_nothing(newsroom: Newsroom) -> None:
    keys = ["sport", "novosti", "sport.ru"]
    ids = [newsroom.feed_id(key) for key in keys]

    def process(number: int) -> None:
        for turn in range(5):
            order = ids if (number + turn) % 2 else ids[::-1]
            tallies = {
                (feed_id, RSS): Tally(requests=1, visitors={visitor(number)})
                for feed_id in order
            }
            newsroom.store.transact(record, Batch(DAY, tallies), KEEP_DAYS)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(process, number) for number in range(4)]:
            done.result()

    found = newsroom.store.query(readerships, DAY, DAY)
    assert {row.feed_key: row.requests for row in found} == dict.fromkeys(keys, 20)
    assert [row.direct for row in found] == pytest.approx([4] * len(found), abs=1)


TALLIES = st.builds(
    Tally,
    requests=st.integers(0, 9),
    not_modified=st.integers(0, 9),
    bytes_sent=st.integers(0, 2**40),
    slowed=st.integers(0, 9),
    visitors=st.sets(
        st.builds(
            visitor,
            st.integers(0, 20),
            st.sampled_from([FIREFOX, feedly(3), feedly(8), feedly(2, feed="x")]),
        ),
        max_size=8,
    ),
)


@effort(12)
@given(batches=st.lists(st.tuples(st.sampled_from(FeedFormat), TALLIES), max_size=6))
def test_cutting_the_day_into_batches_makes_no_difference(
    newsroom: Newsroom, batches: list[tuple[FeedFormat, Tally]]
) -> None:
    empty(newsroom.store)
    again = Newsroom(newsroom.store, newsroom.clock)
    books, other = Books(again, "sport"), Books(again, "novosti")
    whole: dict[tuple[int, FeedFormat], Tally] = {}
    for form, tally in batches:
        books.record(Batch(DAY, {(books.feed_id, form): tally}))
        total = whole.setdefault((other.feed_id, form), Tally())
        total.requests += tally.requests
        total.not_modified += tally.not_modified
        total.bytes_sent += tally.bytes_sent
        total.slowed += tally.slowed
        total.visitors |= tally.visitors
    if whole:
        other.record(Batch(DAY, whole))

    rows = again.store.query(readerships, DAY, DAY)

    parts = {
        row.feed_key: (
            row.requests,
            row.not_modified,
            row.bytes_sent,
            row.slowed,
            row.subscribers,
            row.direct,
        )
        for row in rows
    }
    assert parts.get("sport") == parts.get("novosti")
