"""A chunk is in one worker's hands at a time, and outlives any of them (law 10)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from publisher.model.delivery import DeliveryState
from publisher.store import leases
from publisher.store.doubts import list_doubts
from publisher.store.editions import close_finished, find_edition
from publisher.store.leases import Lease, expire_edition, expire_older, renew_lease
from publisher.store.ledger import Answer
from publisher.store.schema.editions import attempt, chunk
from tests.builders import an_article
from tests.store.mailroom import LATENESS, LEASE, Mailroom, a_verdict
from tests.store.newsroom import Newsroom

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def mailroom(newsroom: Newsroom) -> Mailroom:
    """Return a mailroom with five readers and one article for all of them."""
    newsroom.take(an_article())
    for number in range(5):
        newsroom.join(f"{number}@reader.example")
    return Mailroom(newsroom)


def test_nothing_is_leased_where_nothing_waits(mailroom: Mailroom) -> None:
    assert mailroom.lease() is None


def test_a_chunk_is_leased_to_one_worker_at_a_time(mailroom: Mailroom) -> None:
    mailroom.plan(1)

    first, second = mailroom.lease(), mailroom.lease()

    assert first is not None
    assert second is None


def test_a_lease_says_what_its_worker_needs_to_know(mailroom: Mailroom) -> None:
    opened = mailroom.plan(1)

    lease = mailroom.must_lease()

    assert (lease.edition_id, lease.digest_key) == (opened.id, "utro")
    assert (lease.composed_at, lease.expires_at) == (
        opened.composed_at,
        opened.expires_at,
    )
    assert [one.email for one in mailroom.due(lease)] == [
        f"{number}@reader.example" for number in range(5)
    ]


def test_an_edition_is_cut_into_chunks_that_hold_every_reader_once(
    mailroom: Mailroom,
) -> None:
    mailroom.plan(1, chunk_size=2)

    taken = [mailroom.must_lease() for _ in range(3)]

    sizes = [len(mailroom.due(lease)) for lease in taken]
    numbers = {one.id for lease in taken for one in mailroom.due(lease)}
    assert (sizes, numbers) == ([2, 2, 1], {1, 2, 3, 4, 5})
    assert mailroom.lease() is None


def test_a_chunk_is_free_again_once_its_lease_is_over(mailroom: Mailroom) -> None:
    mailroom.plan(1)
    first = mailroom.must_lease()
    mailroom.newsroom.clock.move(LEASE)
    to_the_second = mailroom.lease()
    mailroom.newsroom.wait(seconds=1)

    second = mailroom.must_lease()

    assert to_the_second is None
    assert (second.chunk_id, second.fence) == (first.chunk_id, first.fence + 1)


def test_a_renewed_lease_lasts_longer(mailroom: Mailroom) -> None:
    mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.newsroom.clock.move(LEASE - MINUTE)

    assert mailroom.store.transact(renew_lease, lease, mailroom.now + LEASE)

    mailroom.newsroom.clock.move(LEASE - MINUTE)
    assert mailroom.lease() is None


def test_a_lease_that_was_taken_over_cannot_be_renewed_or_given_back(
    mailroom: Mailroom,
) -> None:
    mailroom.plan(1)
    late = mailroom.must_lease()
    mailroom.newsroom.clock.move(LEASE + MINUTE)
    present = mailroom.must_lease()

    renewed = mailroom.store.transact(renew_lease, late, mailroom.now + DAY)
    mailroom.release(late)

    assert not renewed
    assert mailroom.lease() is None
    assert mailroom.begin(present, 1) == [Answer.BEGUN]


def test_a_chunk_given_back_is_free_at_once_if_something_is_ready(
    mailroom: Mailroom,
) -> None:
    mailroom.plan(1)
    mailroom.release(mailroom.must_lease())

    assert mailroom.lease() is not None


def test_a_chunk_given_back_waits_for_its_next_message(mailroom: Mailroom) -> None:
    mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.begin(lease, 1, 2, 3, 4, 5)
    in_ten, in_twenty = mailroom.now + 10 * MINUTE, mailroom.now + 20 * MINUTE
    waiting = DeliveryState.WAITING
    mailroom.settle(
        a_verdict(1, waiting, retry_at=in_twenty),
        a_verdict(2, waiting, retry_at=in_ten),
        *(a_verdict(number) for number in (3, 4, 5)),
    )
    mailroom.release(lease)
    at_once = mailroom.lease()
    mailroom.newsroom.clock.move_to(in_ten)

    again = mailroom.must_lease()

    assert at_once is None
    assert [one.id for one in mailroom.due(again)] == [2]


def test_a_chunk_with_nothing_left_is_never_leased_again(mailroom: Mailroom) -> None:
    opened = mailroom.plan(1)

    assert mailroom.send_all(mailroom.must_lease()) == 5

    assert mailroom.newsroom.one(chunk).ready_at is None
    assert mailroom.lease() is None
    assert mailroom.store.transact(close_finished) == 1
    assert mailroom.store.query(find_edition, opened.id).state == "closed"


def test_an_edition_with_something_left_stays_open(mailroom: Mailroom) -> None:
    mailroom.plan(1, chunk_size=3)
    mailroom.send_all(mailroom.must_lease())

    assert mailroom.store.transact(close_finished) == 0


def test_who_takes_over_holds_exactly_what_had_begun(mailroom: Mailroom) -> None:
    opened = mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.begin(lease, 1, 2, 3)
    mailroom.settle(a_verdict(3))
    mailroom.newsroom.clock.move(LEASE + MINUTE)

    mailroom.must_lease()

    reason = "in doubt: the worker stopped before the reply"
    assert mailroom.states(opened) == [
        ("held", reason),
        ("held", reason),
        ("sent", ""),
        ("waiting", ""),
        ("waiting", ""),
    ]
    tries = mailroom.newsroom.rows(attempt)
    assert [t.outcome for t in tries] == ["doubt", "doubt", "sent"]
    assert mailroom.cursors() == [0, 0, opened.up_to, 0, 0]


def test_what_a_worker_left_begun_in_a_chunk_it_gave_back_is_held_too(
    mailroom: Mailroom,
) -> None:
    opened = mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.begin(lease, 1)
    mailroom.settle(*(a_verdict(n, has_begun=False) for n in (2, 3, 4, 5)))
    mailroom.release(lease)

    mailroom.must_lease()

    assert mailroom.states(opened)[0][0] == "held"


def test_what_is_past_its_time_expires_when_it_is_leased(mailroom: Mailroom) -> None:
    opened = mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.begin(lease, 1)
    mailroom.newsroom.clock.move(LATENESS)

    late = mailroom.must_lease()

    assert [state for state, _ in mailroom.states(opened)] == ["held", *["expired"] * 4]
    assert mailroom.due(late) == []
    mailroom.release(late)
    assert mailroom.lease() is None
    assert mailroom.account(opened).error == 0
    assert mailroom.cursors() == [0] * 5


def test_the_next_edition_expires_what_the_one_before_left_unsent(
    mailroom: Mailroom,
) -> None:
    first = mailroom.plan(1)
    mailroom.newsroom.clock.move(DAY)
    second = mailroom.open()
    assert second is not None

    mailroom.store.transact(expire_older, second, mailroom.now)

    assert {state for state, _ in mailroom.states(first)} == {"expired"}


def test_an_edition_that_was_never_finished_expires_as_a_whole(
    mailroom: Mailroom,
) -> None:
    opened = mailroom.plan(1)
    mailroom.begin(mailroom.must_lease(), 1)

    mailroom.store.transact(expire_edition, opened, mailroom.now)

    assert [state for state, _ in mailroom.states(opened)] == [
        "begun",
        *["expired"] * 4,
    ]


def test_messages_in_doubt_are_listed_newest_first(mailroom: Mailroom) -> None:
    opened = mailroom.plan(1)
    mailroom.begin(mailroom.must_lease(), 1, 2)
    mailroom.newsroom.clock.move(LEASE + MINUTE)
    mailroom.must_lease()

    held = mailroom.store.query(list_doubts, 10)

    assert [(one.id, one.edition_id, one.since) for one in held] == [
        (2, opened.id, mailroom.now),
        (1, opened.id, mailroom.now),
    ]


def test_many_workers_share_the_chunks_and_none_gets_the_same(
    mailroom: Mailroom,
) -> None:
    mailroom.plan(1, chunk_size=1)
    start = threading.Barrier(8)
    now = mailroom.now

    def worker(_: int) -> Lease | None:
        start.wait(10)
        return mailroom.store.transact(leases.lease_chunk, now, now + LEASE)

    with ThreadPoolExecutor(8) as pool:
        leased = [lease for lease in pool.map(worker, range(8)) if lease is not None]

    numbers = [lease.chunk_id for lease in leased]
    assert len(numbers) == len(set(numbers))
    # Who looks while others lease may come away empty-handed, and looks again.
    leftover = [lease for _ in range(5) if (lease := mailroom.lease()) is not None]
    assert len(leased) + len(leftover) == 5
