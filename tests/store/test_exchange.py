"""What the ledger nearly always records costs what is recorded, and nothing else.

PostgreSQL plans its statement once, and knows for minutes nothing of a queue that has
grown: counted in blocks, as everything that could depend on the tables' size is.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text, update

from publisher.clock import SteppedClock
from publisher.model.delivery import DeliveryState
from publisher.store import Store, Transaction
from publisher.store.exchange import NOTHING, Done
from publisher.store.leases import Lease
from publisher.store.ledger import Asked
from publisher.store.schema.editions import attempt, chunk, delivery, segment
from publisher.store.schema.readers import subscription, timetable
from tests.builders import a_choice, a_timetable, an_article
from tests.store.databases import PostgresServer, open_store
from tests.store.mailroom import Mailroom, a_verdict, exchanged
from tests.store.newsroom import Newsroom
from tests.store.queues import lengthen

TOGETHER = 10
"""Messages in a statement."""
PLANNED_AFTER = 8
"""Statements until the server keeps its plan."""
QUEUES = (1_000, 20_000)
A_LEASE = Lease(
    chunk_id=1,
    edition_id=1,
    digest_key="utro",
    is_instant=False,
    fence=1,
    composed_at=datetime(2026, 3, 2, tzinfo=UTC),
    expires_at=datetime(2026, 3, 3, tzinfo=UTC),
)
STEPS = 40
COUNTED_AFTER = 1.1
"""In seconds: a connection tells once a second what it has changed."""
MOSTLY = 0.95
"""A page may be full for a moment."""
MOST_BLOCKS = 1.3
"""An index of twenty times as many rows may have another level."""


@pytest.fixture
def own_postgres(postgres: PostgresServer) -> Iterator[Store]:
    """Return a store that no other test has planned statements on."""
    with postgres.database(is_migrated=True) as url, open_store(url) as opened:
        yield opened


def blocks(store: Store) -> int:
    """Return how many blocks of our tables were asked for so far."""

    def told(tx: Transaction) -> int:
        whole = (
            "SELECT sum(pg_stat_get_blocks_fetched(oid)) FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace"
        )
        return int(tx.execute(text(whole)).scalar_one())

    def flush(tx: Transaction) -> None:
        tx.execute(text("SELECT pg_stat_force_next_flush()"))

    store.query(flush)
    return store.query(told)


def updates_of_deliveries(tx: Transaction) -> tuple[int, int]:
    """Return how many rows were changed, and how many of them where they are."""
    told = (
        "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables"
        " WHERE relname = 'delivery'"
    )
    row = tx.execute(text(told)).one()
    return int(row[0]), int(row[1])


class Sending:
    """Sends a queue in small steps: some are settled while the next begin."""

    def __init__(self, mailroom: Mailroom, lease: Lease) -> None:
        self._mailroom, self._lease = mailroom, lease
        self._segment = mailroom.newsroom.one(segment).id
        self._begun: list[int] = []

    def step(self) -> int:
        """Return what one statement costs, in blocks."""
        store = self._mailroom.store
        waiting = (
            select(delivery.c.id)
            .where(delivery.c.state == DeliveryState.WAITING.value)
            .order_by(delivery.c.id)
            .limit(TOGETHER)
        )
        ids = list(store.query(lambda tx: tx.execute(waiting).scalars().all()))
        assert len(ids) == TOGETHER
        verdicts = [a_verdict(number) for number in self._begun]
        before = blocks(store)
        asked = [Asked(number, self._segment, 0, self._lease) for number in ids]
        done = exchanged(store, verdicts, asked, self._mailroom.now)
        cost = blocks(store) - before
        assert done.settled == set(self._begun)
        assert done.begun == set(ids)
        self._begun = ids
        return cost


def a_sending(store: Store, clock: SteppedClock, steps: int) -> Sending:
    """Return what sends a queue of so many steps, on a store of its own."""
    mailroom = Mailroom(Newsroom(store, clock))
    mailroom.newsroom.take(an_article())
    mailroom.newsroom.join("anna@reader.example")
    mailroom.plan(1)
    store.transact(lengthen, steps * TOGETHER)
    return Sending(mailroom, mailroom.must_lease())


@pytest.fixture
def mailroom(newsroom_on_postgres: Newsroom) -> Mailroom:
    """Return a mailroom with messages for four readers, of which two have begun."""
    newsroom_on_postgres.take(an_article())
    for name in ("anna", "bolat", "clara", "daniyar"):
        newsroom_on_postgres.join(f"{name}@reader.example")
    mailroom = Mailroom(newsroom_on_postgres)
    mailroom.plan(1)
    mailroom.begin(mailroom.must_lease(), 1, 2)
    return mailroom


def the_lease(mailroom: Mailroom) -> Lease:
    """Return the lease that everything is sent under."""
    row = mailroom.newsroom.one(chunk)
    return replace(A_LEASE, chunk_id=row.id, fence=row.fence)


@pytest.mark.postgres
def test_who_left_is_left_for_the_ledger_to_look_at(mailroom: Mailroom) -> None:
    mailroom.newsroom.leave(mailroom.delivery(3).subscription_id)
    lease, now = the_lease(mailroom), mailroom.now

    done = exchanged(
        mailroom.store,
        [a_verdict(1)],
        [Asked(3, 1, 0, lease), Asked(4, 1, 0, lease)],
        now,
    )

    assert done == Done(settled=frozenset({1}), begun=frozenset({4}))
    assert [mailroom.delivery(number).state for number in (1, 2, 3, 4)] == [
        *("sent", "begun", "waiting", "begun"),
    ]
    assert exchanged(mailroom.store, [a_verdict(1)], [], now) == NOTHING


@pytest.mark.postgres
def test_nothing_begins_before_every_verdict_is_recorded(mailroom: Mailroom) -> None:
    lease, now = the_lease(mailroom), mailroom.now
    verdicts = [a_verdict(1), a_verdict(2, DeliveryState.FAILED)]

    done = exchanged(mailroom.store, verdicts, [Asked(3, 1, 0, lease)], now)

    assert done == Done(settled=frozenset({1}))
    assert [mailroom.delivery(number).state for number in (1, 2, 3)] == [
        *("sent", "begun", "waiting"),
    ]


@pytest.mark.postgres
def test_nothing_is_kept_of_what_was_replied_about_who_was_erased(
    mailroom: Mailroom,
) -> None:
    hers = subscription.c.id == mailroom.delivery(1).subscription_id
    erased = update(subscription).where(hers).values(state="erased")
    mailroom.store.transact(lambda tx: tx.execute(erased).close())

    exchanged(mailroom.store, [a_verdict(1), a_verdict(2)], [], mailroom.now)

    tries = mailroom.newsroom.rows(attempt)
    replies = {row.delivery_id: row.reply for row in tries}
    assert replies[1] == ""
    assert replies[2] != ""


def test_on_sqlite_it_does_nothing(sqlite_store: Store, clock: SteppedClock) -> None:
    assert exchanged(sqlite_store, [a_verdict(1)], [], clock.now()) == NOTHING


@pytest.mark.postgres
def test_it_costs_the_same_however_long_the_queue_has_become(
    own_postgres: Store, clock: SteppedClock
) -> None:
    sending = a_sending(own_postgres, clock, PLANNED_AFTER)

    for _ in range(PLANNED_AFTER):
        sending.step()
    costs = []
    for length in QUEUES:
        own_postgres.transact(lengthen, length)
        costs.append(min(sending.step() for _ in range(3)))

    assert costs[1] <= costs[0] * MOST_BLOCKS, costs


@pytest.mark.postgres
def test_to_begin_and_to_settle_a_message_touches_no_index_of_deliveries(
    own_postgres: Store, clock: SteppedClock
) -> None:
    sending = a_sending(own_postgres, clock, STEPS)

    for _ in range(STEPS - 1):
        sending.step()
    time.sleep(COUNTED_AFTER)
    sending.step()

    changed, in_place = own_postgres.query(updates_of_deliveries)
    assert changed > STEPS * TOGETHER
    assert in_place / changed > MOSTLY


@pytest.mark.postgres
def test_nothing_begins_before_what_was_sent_of_every_edition_is_recorded(
    mailroom: Mailroom,
) -> None:
    mailroom.newsroom.join(
        "erlan@reader.example", a_choice(timetable=a_timetable(zone="Asia/Tashkent"))
    )
    mailroom.plan(1, timetable_id=mailroom.newsroom.rows(timetable)[-1].id)
    other = mailroom.must_lease()
    [due] = mailroom.due(other)
    mailroom.begin(other, due.id)
    [first, *_] = mailroom.newsroom.rows(chunk)
    lease = replace(A_LEASE, chunk_id=first.id, fence=first.fence)

    verdicts = [a_verdict(1), a_verdict(due.id)]
    asked = [Asked(3, 1, 0, lease)]
    done = exchanged(mailroom.store, verdicts, asked, mailroom.now)

    assert done == Done(settled=frozenset({1}))
    assert [mailroom.delivery(number).state for number in (1, 3, due.id)] == [
        *("sent", "waiting", "begun"),
    ]
