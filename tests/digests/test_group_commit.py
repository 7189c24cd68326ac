"""What shares a commit: in which order it counts, and who is told when it fails."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from publisher.clock import SteppedClock
from publisher.digests.ledger import Batch, Ledger
from publisher.store import Store
from publisher.store.leases import Lease
from publisher.store.ledger import Answer, Asked
from tests.builders import an_article
from tests.store.mailroom import LEASE, Mailroom, a_verdict
from tests.store.newsroom import Newsroom


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


class Watched:
    """A store; `batches` says how many began together, beside how many verdicts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.transact = store.transact
        self.is_sqlite = store.is_sqlite
        self.at_once = store.at_once
        self.batches: list[tuple[int, int]] = []

    async def run(self, work: Callable[..., Any], *args: object) -> object:
        """Run work in the store's threads."""
        batch = cast("Batch", args[-1])
        if work != self.transact:  # That is for what the single statement left undone.
            self.batches.append((len(batch.beginnings), len(batch.verdicts)))
        return await self._store.run(work, *args)


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
    return [Asked(one.id, one.segment_id, lease) for one in mailroom.due(lease)]


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


def test_what_is_told_and_what_begins_next_share_a_commit(mailroom: Mailroom) -> None:
    asked = asked_for(mailroom, mailroom.must_lease())
    watched = Watched(mailroom.store)
    clock = mailroom.newsroom.clock
    ledger = Ledger(cast("Store", watched), clock, company=2)
    records: list[asyncio.Future[None]] = []

    async def send_one_after_the_other() -> None:
        for one in asked:
            await ledger.begin(one)
            records.append(ledger.settle(a_verdict(one.delivery_id)))
            await asyncio.sleep(0)  # The next message is not there yet.
        ledger.hurry()
        await asyncio.gather(*records)

    asyncio.run(send_one_after_the_other())

    assert watched.batches == [(1, 0), (1, 1), (0, 1)]


def test_who_asks_alone_is_not_kept_waiting_for_company(mailroom: Mailroom) -> None:
    asked = asked_for(mailroom, mailroom.must_lease())
    watched = Watched(mailroom.store)
    clock = mailroom.newsroom.clock
    ledger = Ledger(cast("Store", watched), clock, company=50)

    async def ask_one() -> Answer:
        return await asyncio.wait_for(ledger.begin(asked[0]), 5)

    assert asyncio.run(ask_one()) is Answer.BEGUN
    assert watched.batches == [(1, 0)]


def test_no_more_begin_together_than_leave_messages_to_send_meanwhile(
    mailroom: Mailroom,
) -> None:
    asked = asked_for(mailroom, mailroom.must_lease())
    watched = Watched(mailroom.store)
    clock = mailroom.newsroom.clock
    ledger = Ledger(cast("Store", watched), clock, company=1)

    async def ask_all() -> list[Answer]:
        return await asyncio.gather(*map(ledger.begin, asked))

    assert asyncio.run(ask_all()) == [Answer.BEGUN, Answer.BEGUN]
    assert watched.batches == [(1, 0), (1, 0)]


def test_a_verdict_that_nothing_follows_is_recorded_all_the_same(
    mailroom: Mailroom,
) -> None:
    asked = asked_for(mailroom, mailroom.must_lease())
    ledger = Ledger(mailroom.store, mailroom.newsroom.clock, company=50)

    async def send_one() -> None:
        await ledger.begin(asked[0])
        await asyncio.wait_for(ledger.settle(a_verdict(asked[0].delivery_id)), 5)

    asyncio.run(send_one())

    assert mailroom.delivery(1).state == "sent"
