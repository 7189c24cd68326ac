"""What shares a commit: in which order it counts, and who is told when it fails."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from publisher.clock import SteppedClock
from publisher.digests.ledger import TRIES, Ledger
from publisher.store import Store
from publisher.store.leases import Lease
from publisher.store.ledger import Answer, Asked
from tests.builders import an_article
from tests.store.mailroom import LEASE, Mailroom, a_verdict
from tests.store.newsroom import Newsroom
from tests.virtual_time import VirtualLoop


class Away:
    """A store that is away for some transactions, and says so each time."""

    def __init__(self, store: Store, times: int, told: Callable[[int], None]) -> None:
        self._store = store
        self._left = times
        self._told = told
        self.is_sqlite = True

    async def run(self, work: Callable[..., Any], *args: object) -> object:
        """Run work at once."""
        return work(*args)

    def transact(self, work: Callable[..., Any], *args: object) -> object:
        """Fail, as long as it is away."""
        if self._left:
            self._left -= 1
            self._told(self._left)
            msg = "the disk is full"
            raise OSError(msg)
        return self._store.transact(work, *args)


class Stumbling:
    """A store that takes single statements, and no transaction any more."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_sqlite = store.is_sqlite
        self.at_once = store.at_once

    async def run(self, work: Callable[..., Any], *args: object) -> object:
        """Run work at once."""
        return work(*args)

    def transact(self, *_: object) -> None:
        """Fail."""
        msg = "the disk is full"
        raise OSError(msg)


@pytest.fixture
def mailroom(store: Store, clock: SteppedClock) -> Mailroom:
    """Return a mailroom with an edition for two readers."""
    return with_two_readers(store, clock)


def with_two_readers(store: Store, clock: SteppedClock) -> Mailroom:
    newsroom = Newsroom(store, clock)
    newsroom.take(an_article())
    for name in ("anna", "bolat"):
        newsroom.join(f"{name}@reader.example")
    mailroom = Mailroom(newsroom)
    mailroom.plan(1)
    return mailroom


def asked_for(mailroom: Mailroom, lease: Lease) -> list[Asked]:
    """Return what a worker asks who has read its chunk."""
    return [
        Asked(one.id, one.segment_id, one.attempts, lease)
        for one in mailroom.due(lease)
    ]


def test_what_became_of_a_message_is_recorded_before_the_next_has_begun(
    mailroom: Mailroom,
) -> None:
    """Law 10: who goes on without waiting still has one message in doubt at most."""
    first, second = asked_for(mailroom, mailroom.must_lease())
    ledger = Ledger(mailroom.store, mailroom.newsroom.clock)
    states: list[str] = []

    async def send_both() -> None:
        assert await ledger.begin(first) is Answer.BEGUN
        recorded = ledger.settle(a_verdict(first.delivery_id))
        assert not recorded.done()
        assert await ledger.begin(second) is Answer.BEGUN
        states.extend(mailroom.delivery(number).state for number in (1, 2))
        await recorded

    asyncio.run(send_both())

    assert states == ["sent", "begun"]


def test_who_took_its_own_chunk_over_begins_each_message_once(
    mailroom: Mailroom,
) -> None:
    lapsed = mailroom.must_lease()
    mailroom.newsroom.clock.move(2 * LEASE)
    present = mailroom.must_lease()
    ledger = Ledger(mailroom.store, mailroom.newsroom.clock)
    leases = (lapsed, present)

    async def ask_twice() -> list[Answer]:
        asked = [asked_for(mailroom, lease)[0] for lease in leases]
        return await asyncio.gather(*map(ledger.begin, asked))

    assert asyncio.run(ask_twice()) == [Answer.GONE, Answer.BEGUN]
    assert mailroom.delivery(1).attempts == 1


@pytest.mark.postgres
def test_a_message_that_was_recorded_as_begun_is_not_told_to_have_failed(
    postgres_store: Store, clock: SteppedClock
) -> None:
    mailroom = with_two_readers(postgres_store, clock)
    asked = asked_for(mailroom, mailroom.must_lease())
    mailroom.newsroom.leave(2)  # Why it may not begin takes a second look.
    ledger = Ledger(cast("Store", Stumbling(postgres_store)), clock)

    async def ask_both() -> list[Answer | BaseException]:
        answers = map(ledger.begin, asked)
        return await asyncio.gather(*answers, return_exceptions=True)

    first, second = asyncio.run(ask_both())

    assert first is Answer.BEGUN
    assert isinstance(second, OSError)
    assert [mailroom.delivery(number).state for number in (1, 2)] == [
        *("begun", "waiting"),
    ]


def test_what_is_told_late_in_an_outage_is_tried_as_often_as_the_rest(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    mailroom = with_two_readers(sqlite_store, clock)
    first, second = asked_for(mailroom, mailroom.must_lease())
    late: list[asyncio.Future[None]] = []

    def tell_the_second(left: int) -> None:
        if left == 1:
            late.append(ledger.settle(a_verdict(second.delivery_id)))

    async def settle_both() -> None:
        await ledger.settle(a_verdict(first.delivery_id))
        await late[0]

    for asked in (first, second):
        mailroom.begin(asked.lease, asked.delivery_id)
    store = Away(sqlite_store, TRIES + 1, tell_the_second)
    ledger = Ledger(cast("Store", store), clock)
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(settle_both())

    assert [mailroom.delivery(number).state for number in (1, 2)] == ["sent", "sent"]
