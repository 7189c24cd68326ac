"""The event loop's own connection to PostgreSQL: right answers, and a way back."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Text,
    bindparam,
    func,
    literal_column,
    select,
    text,
)

from publisher.store import Store, Transaction
from publisher.store.loop_line import LoopLine
from publisher.store.schema.metadata import UtcDateTime
from tests.store.databases import PostgresServer, open_store

pytestmark = pytest.mark.postgres

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
BIG = st.integers(-(2**63), 2**63 - 1)
HOURS = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
TIMES = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001 (the zones come beside it)
    datetime(2500, 1, 1),  # noqa: DTZ001
    timezones=HOURS,
)

ECHO = select(
    bindparam("words", type_=ARRAY(Text)),
    bindparam("numbers", type_=ARRAY(BigInteger)),
    bindparam("word", type_=Text()),
    bindparam("at", type_=UtcDateTime()),
    bindparam("number", type_=Integer()),
)
COUNT = select(func.cardinality(bindparam("numbers", type_=ARRAY(BigInteger))))
OWN_NUMBER = select(func.pg_backend_pid())
NAP = select(func.pg_sleep(bindparam("seconds", type_=Integer())))
WRITE_SLOWLY = select(func.nextval("told")).select_from(text("pg_sleep(0.3)"))
STUMBLE = select(func.stumble(bindparam("code", type_=Text())))
BY_ZERO = select(literal_column("1") / bindparam("number", type_=Integer()))

LAST = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM told"

HELPERS = """
CREATE SEQUENCE told;
CREATE FUNCTION stumble(code text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE tries bigint := nextval('told');
BEGIN
    IF tries < 3 THEN RAISE EXCEPTION USING ERRCODE = code; END IF;
    RETURN tries;
END $$;
"""


@pytest.fixture
def own_store(postgres: PostgresServer) -> Iterator[Store]:
    """Return a store with a sequence, and a function that gives up twice."""
    with postgres.database(is_migrated=False) as url, open_store(url) as opened:
        opened.transact(lambda tx: tx.execute(text(HELPERS)).close())
        yield opened


@pytest.fixture
def line(own_store: Store) -> Iterator[LoopLine]:
    """Return a connection that is looked at again at once."""
    with ThreadPoolExecutor(1) as threads:
        opened = LoopLine(own_store.engine, threads, idle=0.0)
        yield opened
        opened.close()


def told(store: Store) -> int:
    """Return how far the sequence has come."""

    def look(tx: Transaction) -> int:
        return int(tx.execute(text(LAST)).scalar_one())

    return store.query(look)


def end_server(store: Store, number: int) -> None:
    """End the process that serves a connection, as a server that restarts does."""

    def end(tx: Transaction) -> None:
        ended = text("SELECT pg_terminate_backend(:number, 5000)")
        assert tx.execute(ended, {"number": number}).scalar_one()

    store.transact(end)


@given(
    words=st.lists(WORDS, max_size=8),
    numbers=st.lists(BIG, max_size=8),
    word=WORDS,
    at=TIMES,
    number=st.integers(-(2**31), 2**31 - 1),
)
def test_everything_comes_back_as_it_was_given(
    postgres_echo: Store,
    words: list[str],
    numbers: list[int],
    word: str,
    at: datetime,
    number: int,
) -> None:
    given = {
        "words": words,
        "numbers": numbers,
        "word": word,
        "at": at,
        "number": number,
    }

    ((*same, instant, last),) = asyncio.run(postgres_echo.at_once(ECHO, given))

    assert [*same, last] == [words, numbers, word, number]
    assert instant.astimezone(UTC) == at.astimezone(UTC)


@pytest.fixture(scope="module")
def postgres_echo(postgres: PostgresServer) -> Iterator[Store]:
    """Return a store for what needs no table."""
    with postgres.database(is_migrated=False) as url, open_store(url) as opened:
        yield opened


async def test_what_does_not_fit_the_socket_at_once_is_sent_all_the_same(
    own_store: Store,
) -> None:
    numbers = list(range(10**12, 10**12 + 400_000))

    assert await own_store.at_once(COUNT, {"numbers": numbers}) == [(400_000,)]


async def test_the_loop_goes_on_while_a_statement_runs(own_store: Store) -> None:
    asking = asyncio.ensure_future(own_store.at_once(NAP, {"seconds": 1}))
    turns = 0
    while not asking.done():
        await asyncio.sleep(0.01)
        turns += 1

    assert turns > 10


async def test_many_who_ask_at_once_each_get_their_own_answer(own_store: Store) -> None:
    answers = await asyncio.gather(
        *(own_store.at_once(COUNT, {"numbers": [7] * count}) for count in range(1, 30))
    )

    assert [row for (row,) in answers] == [(count,) for count in range(1, 30)]


@pytest.mark.parametrize("code", ["40001", "40P01"])
async def test_a_statement_that_the_database_gave_up_runs_again(
    own_store: Store, code: str
) -> None:
    assert await own_store.at_once(STUMBLE, {"code": code}) == [(3,)]


async def test_a_statement_that_is_wrong_is_told_and_not_tried_again(
    own_store: Store,
) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        await own_store.at_once(BY_ZERO, {"number": 0})
    with pytest.raises(psycopg.errors.RaiseException):
        await own_store.at_once(STUMBLE, {"code": "P0001"})

    assert told(own_store) == 1
    assert await own_store.at_once(BY_ZERO, {"number": 1}) == [(1,)]


async def test_a_connection_lost_in_the_middle_is_told_and_made_anew(
    own_store: Store, line: LoopLine
) -> None:
    ((number,),) = await line.rows(OWN_NUMBER, {})
    asking = asyncio.ensure_future(line.rows(NAP, {"seconds": 60}))
    await asyncio.sleep(0.1)

    await own_store.run(end_server, own_store, number)

    with pytest.raises(psycopg.OperationalError):
        await asking
    assert await line.rows(OWN_NUMBER, {}) != [(number,)]


async def test_a_connection_lost_while_it_was_idle_is_not_noticed_by_who_asks(
    own_store: Store, line: LoopLine
) -> None:
    ((number,),) = await line.rows(OWN_NUMBER, {})

    await own_store.run(end_server, own_store, number)

    assert await line.rows(OWN_NUMBER, {}) != [(number,)]


async def test_who_is_cancelled_leaves_a_statement_that_is_done_all_the_same(
    own_store: Store,
) -> None:
    asking = asyncio.ensure_future(own_store.at_once(WRITE_SLOWLY, {}))
    await asyncio.sleep(0.1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    # The answer to that one is not taken for this one's.
    assert await own_store.at_once(COUNT, {"numbers": [1, 2]}) == [(2,)]
    until = time.monotonic() + 10
    while told(own_store) != 1:
        assert time.monotonic() < until, "it was never done"
        await asyncio.sleep(0.05)


def test_another_loop_may_go_on_with_the_connection(own_store: Store) -> None:
    def count(length: int) -> object:
        async def ask_twice() -> object:
            given = {"numbers": [1] * length}
            return await asyncio.gather(
                own_store.at_once(COUNT, given), own_store.at_once(COUNT, given)
            )

        return asyncio.run(ask_twice())

    assert count(2) == [[(2,)], [(2,)]]
    assert count(3) == [[(3,)], [(3,)]]


async def test_a_database_that_is_not_there_is_told(own_store: Store) -> None:
    nowhere = own_store.engine.url.set(database="there_is_no_such")
    lost = Store(nowhere.render_as_string(hide_password=False))

    with pytest.raises(psycopg.OperationalError, match="there_is_no_such"):
        await lost.at_once(OWN_NUMBER, {})

    lost.close()
