"""Suppressed addresses are kept as keyed hashes; what was kept plain becomes one."""

import pytest
from alembic import command
from sqlalchemy import text

from publisher.errors import StoreError
from publisher.model.address_hash import fingerprint, hashed_address
from publisher.store import Store, Transaction, migrate
from publisher.store.engine import open_engine
from publisher.store.migrate import alembic_config
from publisher.store.readers import find_suppression, suppress
from publisher.store.schema.readers import suppression
from publisher.store.suppressions import (
    check_secret,
    list_suppressions,
    settle_secret,
    unsuppress,
)
from tests.builders import MORNING
from tests.store.databases import ADDRESS_SECRET
from tests.store.mailroom import Mailroom
from tests.store.newsroom import Newsroom

BEFORE = "0020"
"""The revision before addresses were hashed."""

ADDRESS = "anna@reader.example"


def test_the_list_does_not_hold_the_address(newsroom: Newsroom) -> None:
    newsroom.store.transact(suppress, ADDRESS, "complaint", MORNING)

    row = newsroom.one(suppression)

    assert row.address_key == hashed_address(ADDRESS, ADDRESS_SECRET)
    assert newsroom.store.query(find_suppression, ADDRESS) == "complaint"
    assert newsroom.store.query(find_suppression, "other@reader.example") is None


def test_the_hash_needs_the_secret() -> None:
    own, other = (hashed_address(ADDRESS, secret) for secret in (b"one", b"two"))

    assert own != other
    assert fingerprint(b"one") not in {own, other, fingerprint(b"two")}


def test_a_suppression_lasts_through_a_new_subscriber(newsroom: Newsroom) -> None:
    mailroom = Mailroom(newsroom)
    article = newsroom.take()
    mailroom.suppress(ADDRESS)
    newsroom.join(ADDRESS)
    newsroom.clock.move_to(newsroom.timetable().next_due_at or MORNING)

    opened = mailroom.plan(article)
    mailroom.send_all(mailroom.must_lease())

    assert mailroom.states(opened) == [("skipped", "suppressed")]


@pytest.mark.parametrize("first", ["erased", "left"])
def test_a_complaint_is_stronger_than_a_wish_before_it(
    newsroom: Newsroom, first: str
) -> None:
    store = newsroom.store
    store.transact(suppress, ADDRESS, first, MORNING)

    store.transact(suppress, ADDRESS, "complaint", MORNING)
    kept = store.query(find_suppression, ADDRESS)
    store.transact(suppress, ADDRESS, first, MORNING)

    assert kept == "complaint"
    assert store.query(find_suppression, ADDRESS) == "complaint"


def test_lifting_a_suppression_says_what_it_was(newsroom: Newsroom) -> None:
    store = newsroom.store
    store.transact(suppress, ADDRESS, "complaint", MORNING)

    assert store.transact(unsuppress, ADDRESS) == "complaint"
    assert store.transact(unsuppress, ADDRESS) is None
    assert store.query(find_suppression, ADDRESS) is None


def test_the_list_names_only_those_who_are_readers_still(newsroom: Newsroom) -> None:
    newsroom.join(ADDRESS)
    for address in (ADDRESS, "stranger@reader.example"):
        newsroom.store.transact(suppress, address, "complaint", MORNING)

    listed = newsroom.store.query(list_suppressions, "", 10)

    assert sorted(row.email for row in listed) == ["", ADDRESS]
    assert newsroom.store.query(list_suppressions, listed[-1].address_hash, 10) == []


def test_a_store_without_a_secret_refuses_to_hash(sqlite_url: str) -> None:
    store = Store(sqlite_url)
    try:
        with pytest.raises(StoreError, match="without the secret"):
            store.query(find_suppression, ADDRESS)
    finally:
        store.close()


def test_a_store_is_refused_with_another_secret(sqlite_url: str) -> None:
    store = Store(sqlite_url, address_secret=b"the first secret")
    try:
        store.transact(settle_secret, MORNING)
        store.query(check_secret)
        store.use_address_secret(b"another secret")

        with pytest.raises(StoreError, match="from the backup"):
            store.query(check_secret)
    finally:
        store.close()


def test_addresses_kept_plain_before_are_hashed_at_the_first_start(
    bare_url: str,
) -> None:
    migrate_to(bare_url, BEFORE)
    store = Store(bare_url, address_secret=ADDRESS_SECRET)
    try:
        store.transact(put_plain)
        migrate(bare_url)

        assert store.transact(settle_secret, MORNING) == 1
        assert store.transact(settle_secret, MORNING) == 0
        assert store.query(find_suppression, ADDRESS) == "complaint"
        (row,) = store.query(list_suppressions, "", 10)
        assert (row.email, "@" in row.address_hash) == (ADDRESS, False)
    finally:
        store.close()


def migrate_to(url: str, revision: str) -> None:
    engine = open_engine(url, pool_size=1, foreign_keys=False)
    try:
        with engine.begin() as connection:
            command.upgrade(alembic_config(connection), revision)
    finally:
        engine.dispose()


def put_plain(tx: Transaction) -> None:
    named = {"address": ADDRESS, "now": MORNING.isoformat(" ")}
    tx.execute(
        text(
            "INSERT INTO subscriber"
            " (email, address_key, language, zone, created_at)"
            " VALUES (:address, :address, 'ru', 'Asia/Almaty', :now)"
        ),
        named,
    )
    tx.execute(
        text(
            "INSERT INTO suppression (address_key, reason, at)"
            " VALUES (:address, 'complaint', :now)"
        ),
        named,
    )
