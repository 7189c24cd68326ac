"""Who may not be written to is not, even where an address joins at that moment."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from publisher.store import Store, Transaction, address_changes, readers
from publisher.store.erasing import erase_address
from publisher.store.forgetting import forget_subscription
from publisher.store.schema.readers import subscriber, subscription, suppression
from tests.builders import a_choice, a_consent, a_timetable
from tests.store.newsroom import Newsroom
from tests.store.traces import traces_of

pytestmark = pytest.mark.postgres

ANNA = "anna.dauletova@reader.example"
OTHER = "bolat@reader.example"


@contextmanager
def under_way(store: Store, work: Callable[[Transaction], object]) -> Iterator[None]:
    """Do some work, and commit it only a moment after others have tried theirs."""
    done, committing = threading.Event(), threading.Event()

    def slowly(tx: Transaction) -> None:
        work(tx)
        done.set()
        committing.wait(10)

    working = threading.Thread(target=store.transact, args=(slowly,))
    working.start()
    assert done.wait(10)
    try:
        yield
    finally:
        committing.set()
        working.join()


def meanwhile(store: Store, work: Callable[[Transaction], object]) -> threading.Thread:
    """Start some work, which may have to wait for its turn."""
    working = threading.Thread(target=store.transact, args=(work,))
    working.start()
    working.join(0.3)
    return working


def joining(
    newsroom: Newsroom, digest_key: str = "utro"
) -> Callable[[Transaction], object]:
    choice = a_choice(timetable=a_timetable(digest_key=digest_key))
    given = a_consent(at=newsroom.clock.now())

    def work(tx: Transaction) -> None:
        number = readers.keep_subscriber(tx, ANNA, ANNA, "ru", "Asia/Almaty", given.at)
        readers.subscribe(tx, number, choice, given, cursor=0)

    return work


def test_a_suppression_finds_who_is_joining(newsroom_on_postgres: Newsroom) -> None:
    store, now = newsroom_on_postgres.store, newsroom_on_postgres.clock.now()

    with under_way(store, joining(newsroom_on_postgres)):
        suppressing = meanwhile(
            store, lambda tx: readers.suppress(tx, ANNA, "complaint", now)
        )
    suppressing.join()

    (reader,) = newsroom_on_postgres.rows(subscriber)
    assert newsroom_on_postgres.one(suppression).subscriber_id == reader.id


def test_a_suppression_finds_who_is_moving_there(
    newsroom_on_postgres: Newsroom,
) -> None:
    store, now = newsroom_on_postgres.store, newsroom_on_postgres.clock.now()
    newsroom_on_postgres.join(OTHER)
    ask, until = address_changes.ask, now + timedelta(days=7)
    change = store.transact(ask, 1, ANNA, ANNA, until, now)
    said = a_consent("changed", at=now)

    with under_way(store, lambda tx: address_changes.settle(tx, change, said)):
        suppressing = meanwhile(
            store, lambda tx: readers.suppress(tx, ANNA, "complaint", now)
        )
    suppressing.join()

    assert newsroom_on_postgres.one(suppression).subscriber_id == 1


def test_erasing_finds_who_is_joining(newsroom_on_postgres: Newsroom) -> None:
    store, now = newsroom_on_postgres.store, newsroom_on_postgres.clock.now()

    with under_way(store, joining(newsroom_on_postgres)):
        erasing = meanwhile(store, lambda tx: erase_address(tx, ANNA, now))
    erasing.join()

    assert traces_of(store, ANNA) == []


def test_erasing_finds_what_a_reader_joins_besides(
    newsroom_on_postgres: Newsroom,
) -> None:
    store, now = newsroom_on_postgres.store, newsroom_on_postgres.clock.now()
    newsroom_on_postgres.join(ANNA)

    with under_way(store, joining(newsroom_on_postgres, "other")):
        erasing = meanwhile(store, lambda tx: erase_address(tx, ANNA, now))
    erasing.join()

    states = {row.state for row in newsroom_on_postgres.rows(subscription)}
    assert states == {"erased"}


def test_who_joins_something_else_is_not_forgotten_with_what_was_left(
    newsroom_on_postgres: Newsroom,
) -> None:
    store, now = newsroom_on_postgres.store, newsroom_on_postgres.clock.now()
    number = newsroom_on_postgres.join(ANNA)
    newsroom_on_postgres.leave(number)

    with under_way(store, joining(newsroom_on_postgres, "other")):
        forgetting = meanwhile(store, lambda tx: forget_subscription(tx, number, now))
    forgetting.join()

    assert newsroom_on_postgres.one(subscriber).email == ANNA


def test_who_comes_back_at_the_last_moment_is_not_forgotten(
    newsroom_on_postgres: Newsroom,
) -> None:
    store, now = newsroom_on_postgres.store, newsroom_on_postgres.clock.now()
    number = newsroom_on_postgres.join(ANNA)
    newsroom_on_postgres.leave(number)

    with under_way(store, joining(newsroom_on_postgres)):
        forgetting = meanwhile(store, lambda tx: forget_subscription(tx, number, now))
    forgetting.join()

    found = store.query(readers.find_subscription, number)
    assert found is not None
    assert (found.email, found.is_active) == (ANNA, True)
