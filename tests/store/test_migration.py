"""A store comes up to date from any state, once, and never loses a row on the way."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text

from publisher.errors import StoreError
from publisher.model.selection import Selection
from publisher.store import Store, migrate
from publisher.store.engine import open_engine
from publisher.store.migrate import (
    alembic_config,
    check_store,
    current_revision,
    inspect_store,
    newest_revision,
)
from publisher.store.schema import metadata
from publisher.store.timetables import keep_selection
from tests.store.databases import open_store
from tests.store.newsroom import Newsroom


@contextmanager
def engine_at(url: str, *, foreign_keys: bool = True) -> Iterator[Engine]:
    engine = open_engine(url, pool_size=1, foreign_keys=foreign_keys)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    with engine_at(url) as engine, engine.begin() as connection:
        yield connection


@contextmanager
def downgraded(url: str, revision: str) -> Iterator[Connection]:
    with engine_at(url, foreign_keys=False) as engine, engine.begin() as connection:
        command.downgrade(alembic_config(connection), revision)
        yield connection


def test_an_empty_database_gets_every_table(bare_url: str) -> None:
    migrate(bare_url)

    with connected(bare_url) as connection:
        tables = set(inspect(connection).get_table_names())
    assert tables == {*metadata.tables, "alembic_version"}


def test_migrating_twice_changes_nothing(bare_url: str) -> None:
    migrate(bare_url)
    migrate(bare_url)

    with connected(bare_url) as connection:
        assert current_revision(connection) == newest_revision()


def test_a_database_without_tables_is_at_no_revision(bare_url: str) -> None:
    with connected(bare_url) as connection:
        assert current_revision(connection) is None


@pytest.mark.slow
def test_several_machines_may_migrate_at_once(bare_url: str) -> None:
    failures: list[Exception] = []
    start = threading.Barrier(4)

    def machine() -> None:
        start.wait()
        try:
            migrate(bare_url)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the finding)
            failures.append(error)

    threads = [threading.Thread(target=machine) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    with connected(bare_url) as connection:
        assert current_revision(connection) == newest_revision()


def test_the_scripts_make_exactly_the_tables_that_the_code_means(
    store: Store,
) -> None:
    with store.engine.begin() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_server_default": True}
        )
        differences = compare_metadata(context, metadata)

    assert differences == []


def test_a_store_of_a_newer_version_is_refused_and_left_alone(bare_url: str) -> None:
    migrate(bare_url)
    with connected(bare_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreError, match=r"run the version that wrote it"):
        migrate(bare_url)

    with connected(bare_url) as connection:
        assert current_revision(connection) == "9999"
    for look in (inspect_store, check_store):
        with pytest.raises(StoreError, match=r"newer version made; run that version"):
            look(bare_url)


@pytest.mark.slow
def test_going_down_and_up_again_leaves_the_same_tables(bare_url: str) -> None:
    migrate(bare_url)
    with downgraded(bare_url, "base") as connection:
        left = set(inspect(connection).get_table_names())

    migrate(bare_url)

    assert left == {"alembic_version"}
    with connected(bare_url) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_a_store_in_use_keeps_every_row(newsroom: Newsroom) -> None:
    number = newsroom.take()
    url = newsroom.store.engine.url.render_as_string(hide_password=False)
    before = {name: newsroom.count(t) for name, t in metadata.tables.items()}

    migrate(url)

    after = {name: newsroom.count(t) for name, t in metadata.tables.items()}
    assert newsroom.load(number).title
    assert after == before


@pytest.mark.slow
def test_of_several_marks_of_a_store_the_one_counted_on_stays(bare_url: str) -> None:
    migrate(bare_url)
    with downgraded(bare_url, "0025") as connection:
        for key, counter in (("first", 3), ("second", 8)):
            connection.execute(
                text(
                    "INSERT INTO sending (store_key, counter, advanced_at, stopped_why,"
                    " generation) VALUES (:key, :counter, '2026-01-05', '', 0)"
                ),
                {"key": key, "counter": counter},
            )

    migrate(bare_url)

    with connected(bare_url) as connection:
        rows = connection.execute(text("SELECT id, store_key, counter FROM sending"))
        assert rows.fetchall() == [(1, "second", 8)]


@pytest.mark.slow
def test_a_selection_made_by_an_older_version_is_found_again(bare_url: str) -> None:
    migrate(bare_url)
    with downgraded(bare_url, "0028") as connection:
        connection.execute(
            text("INSERT INTO selection (id, key) VALUES (7, 'novosti -vektor')")
        )

    migrate(bare_url)

    with open_store(bare_url) as store:
        chosen = Selection(("novosti",), ("vektor",))
        assert store.transact(keep_selection, chosen) == 7


def test_a_broken_reference_stops_the_migration(sqlite_url: str) -> None:
    with (
        engine_at(sqlite_url, foreign_keys=False) as engine,
        engine.begin() as connection,
    ):
        connection.execute(
            text("INSERT INTO feed_work (feed_id, is_urgent) VALUES (77, false)")
        )

    with pytest.raises(StoreError, match="references"):
        migrate(sqlite_url)


def test_every_reference_is_enforced(store: Store) -> None:
    statement = text("INSERT INTO feed_work (feed_id, is_urgent) VALUES (77, false)")

    with (
        pytest.raises(Exception, match=r"(?i)foreign key"),
        store.engine.begin() as tx,
    ):
        tx.execute(statement)


def test_looking_at_a_store_says_what_the_next_start_will_do(bare_url: str) -> None:
    before = inspect_store(bare_url)
    migrate(bare_url)
    after = inspect_store(bare_url)

    assert "first start" in before
    assert after == f"is up to date (revision {newest_revision()})"


def test_looking_at_a_store_that_is_not_there_does_not_make_it(tmp_path: Path) -> None:
    file = tmp_path / "var" / "publisher.db"

    assert inspect_store(f"sqlite:///{file}").startswith(f"{file} will be made")

    assert not file.exists()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite://", "would forget"),
        ("sqlite:///:memory:", "would forget"),
        ("mysql://gazeta@localhost/gazeta", "only sqlite:/// and postgresql://"),
        ("not an address", "is not an address such as"),
    ],
)
def test_an_address_that_is_no_store_is_refused(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says):
        migrate(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://gazeta:geheim@127.0.0.1:1/gazeta",
        "mysql://gazeta:geheim@localhost/gazeta",
        "sqlite://gazeta:geheim@localhost/",
    ],
)
@pytest.mark.parametrize("work", [migrate, check_store, inspect_store])
def test_no_error_tells_a_password(url: str, work: Callable[[str], object]) -> None:
    with pytest.raises(StoreError) as caught:
        work(url)

    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("work", [migrate, check_store, inspect_store])
@pytest.mark.parametrize("start", [b"no store at all", b"SQLite format 3\0"])
def test_a_damaged_file_is_told_with_what_to_do(
    tmp_path: Path, work: Callable[[str], object], start: bytes
) -> None:
    file = tmp_path / "publisher.db"
    file.write_bytes(start + b"?" * 9000)

    with pytest.raises(StoreError, match=r"damaged.*: put a backup in its place"):
        work(f"sqlite:///{file}")


def test_without_the_driver_of_postgresql_the_page_that_has_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(StoreError, match=r"needs the driver .*install-as-a-service"):
        inspect_store("postgresql://gazeta@db.example/gazeta")


@pytest.mark.parametrize("work", [migrate, check_store, inspect_store])
def test_a_server_that_nobody_reaches_is_told_from_a_store_that_fails(
    work: Callable[[str], object],
) -> None:
    with pytest.raises(StoreError) as caught:
        work("postgresql://gazeta@127.0.0.1:1/gazeta")

    said = str(caught.value)
    assert "cannot be reached: connection to server" in said
    assert "store.url" in said
    assert "\n" not in said


def test_only_a_store_that_is_up_to_date_is_ready(bare_url: str) -> None:
    with pytest.raises(StoreError, match=r"is not ready: .* first start"):
        check_store(bare_url)
    migrate(bare_url)

    check_store(bare_url)
