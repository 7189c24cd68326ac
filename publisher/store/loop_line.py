"""A connection to PostgreSQL over which the event loop talks by itself.

A worker waits all the time for one statement. Where a thread asks, it has to get the
interpreter back from a busy loop for each step of the conversation, which took half of
the time; here the loop sends, and reads the answer when it is there, by libpq's
asynchronous functions (https://www.postgresql.org/docs/current/libpq-async.html).
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import psycopg
from psycopg import errors, pq
from psycopg.adapt import PyFormat, Transformer
from sqlalchemy import URL, Dialect, Engine, SelectBase, create_engine, event
from sqlalchemy.pool import NullPool, PoolProxiedConnection

__all__ = ["LoopLine", "open_line"]

Statement: TypeAlias = SelectBase
"""A query, or several joined. A literal in its answer needs a type of its own."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """A statement as PostgreSQL reads it, and its parameters by name, in order.

    `constants` are what is the same each time, as it is written; `conversions` are
    those of the types in the statement.
    """

    name: bytes
    text: bytes
    parameters: tuple[str, ...]
    constants: Mapping[str, bytes | None]
    conversions: Mapping[str, Callable[[Any], Any]]

    def values(self, given: Mapping[str, Any]) -> list[bytes | None]:
        """Return the parameters as they are written."""
        names = [name for name in self.parameters if name not in self.constants]
        values = [
            self.conversions[name](given[name])
            if name in self.conversions
            else given[name]
            for name in names
        ]
        written = dict(zip(names, _written(values), strict=True))
        return [
            written[name] if name in written else self.constants[name]
            for name in self.parameters
        ]


def open_line(url: URL, threads: Executor, *, idle: float) -> "LoopLine":
    """Return a connection for statements that take each of their rows by a key.

    They are planned once, and so that it does not matter how large the tables are:
    what PostgreSQL knows of a queue is old, and a plan made for an empty table would
    read all of it when it has grown.
    """
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401
        for setting in (
            "plan_cache_mode = force_generic_plan",
            "enable_seqscan = off",
            "enable_hashjoin = off",
            "enable_mergejoin = off",
        ):
            connection.execute(f"SET {setting}")

    return LoopLine(engine, threads, idle=idle)


class LoopLine:
    """Runs statements that are transactions of their own, one after the other.

    Connects for the first of them, and again after a loss. Statements are kept by
    identity, so each must be made once. Belongs to one event loop at a time.
    """

    def __init__(self, engine: Engine, threads: Executor, *, idle: float) -> None:
        """Connect to nothing yet; `threads` do what would keep the loop waiting.

        After `idle` seconds without use a connection may have gone unnoticed.
        """
        self._engine = engine
        self._threads = threads
        self._idle = idle
        self._spelled: dict[Statement, Spelled] = {}
        self._held: PoolProxiedConnection | None = None
        self._prepared: set[bytes] = set()
        self._used_at = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn = asyncio.Lock()

    async def rows(
        self, statement: Statement, given: Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        """Return the rows of a statement, which is committed by then.

        Raises psycopg.Error. Who is cancelled meanwhile does not know whether it was
        done: it has been sent, and is not called back.
        """
        if self._loop is not asyncio.get_running_loop():
            self._loop, self._turn = asyncio.get_running_loop(), asyncio.Lock()
        async with self._turn:
            try:
                rows = await self._asked(statement, given)
            except BaseException:
                # What it has to say yet would be taken for another answer.
                self.close()
                raise
            self._used_at = time.monotonic()
            return rows

    def close(self) -> None:
        """Close the connection, whatever it is doing."""
        held, self._held = self._held, None
        if held is not None:
            held.invalidate()

    async def _asked(
        self, statement: Statement, given: Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        line = await self._connected()
        spelled = self._spelled.get(statement)
        if spelled is None:
            name = b"line_%d" % len(self._spelled)
            spelled = _spelled(statement, name, self._engine.dialect)
            self._spelled[statement] = spelled
        if spelled.name not in self._prepared:
            line.send_prepare(spelled.name, spelled.text)
            await _Answer(line).whole()
            self._prepared.add(spelled.name)
        line.send_query_prepared(spelled.name, spelled.values(given))
        told = await _Answer(line).whole()
        reading = Transformer()
        reading.set_pgresult(told)
        return reading.load_rows(0, told.ntuples, tuple)

    async def _connected(self) -> "pq.abc.PGconn":
        """Return a connection that was there a moment ago."""
        held = self._held
        if held is None or time.monotonic() - self._used_at > self._idle:
            loop = asyncio.get_running_loop()
            held = await loop.run_in_executor(self._threads, self._connect)
        line = cast("psycopg.Connection[Any]", held.driver_connection).pgconn
        line.nonblocking = 1
        return line

    def _connect(self) -> PoolProxiedConnection:
        if self._held is not None:
            with suppress(psycopg.Error):
                self._engine.dialect.do_ping(self._held)
                return self._held
            self.close()
        self._prepared = set()
        self._held = self._engine.raw_connection()
        return self._held


class _Answer:
    """What is answered to something that was just handed to libpq."""

    def __init__(self, line: "pq.abc.PGconn") -> None:
        self._line = line
        self._loop = asyncio.get_running_loop()
        self._place = line.socket
        self._results: list[pq.abc.PGresult] = []
        self._is_whole: asyncio.Future[None] = self._loop.create_future()

    async def whole(self) -> "pq.abc.PGresult":
        """Return it once it is here; raises psycopg.Error."""
        self._loop.add_reader(self._place, self._read)
        try:
            if self._line.flush():
                self._loop.add_writer(self._place, self._write)
            await self._is_whole
        finally:
            self._loop.remove_reader(self._place)
            self._loop.remove_writer(self._place)
        return _checked(self._results[-1])

    def _read(self) -> None:
        try:
            self._line.consume_input()
            while not self._line.is_busy():
                result = self._line.get_result()
                if result is None:
                    self._end()
                    return
                self._results.append(result)
        except psycopg.Error as error:
            self._end(error)

    def _write(self) -> None:
        try:
            if not self._line.flush():
                self._loop.remove_writer(self._place)
        except psycopg.Error as error:
            self._end(error)

    def _end(self, error: Exception | None = None) -> None:
        if self._is_whole.done():
            return
        if error is None:
            self._is_whole.set_result(None)
        else:
            self._is_whole.set_exception(error)


def _checked(result: "pq.abc.PGresult") -> "pq.abc.PGresult":
    """Return a result that is none of an error; raises that."""
    if result.status in {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}:
        return result
    code = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
    # The message alone: details may hold an address of a reader.
    told = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"no answer"
    kind: type[psycopg.Error] = psycopg.DatabaseError
    with suppress(KeyError):
        kind = errors.lookup(code)
    raise kind(told.decode("utf-8", "replace"))


def _spelled(statement: Statement, name: bytes, dialect: Dialect) -> Spelled:
    numbered = type(dialect)(paramstyle="numeric_dollar")  # type: ignore[call-arg]
    compiled = statement.compile(dialect=numbered)
    conversions: dict[str, Callable[[Any], Any]] = {}
    for bind, parameter in compiled.bind_names.items():
        convert = bind.type.dialect_impl(numbered).bind_processor(numbered)
        if convert is not None:
            conversions[parameter] = convert
    constants = {
        parameter: compiled.params[parameter]
        for bind, parameter in compiled.bind_names.items()
        if not bind.required
    }
    for parameter in constants.keys() & conversions.keys():
        constants[parameter] = conversions[parameter](constants[parameter])
    written = zip(constants, _written(list(constants.values())), strict=True)
    return Spelled(
        name=name,
        text=compiled.string.encode(),
        parameters=tuple(compiled.positiontup or ()),
        constants=dict(written),
        conversions=conversions,
    )


def _written(values: Sequence[Any]) -> Sequence[bytes | None]:
    """Return values as text, which PostgreSQL reads as what the statement says."""
    listed = [_as_array(value) for value in values]
    written = Transformer().dump_sequence(listed, [PyFormat.TEXT] * len(listed))
    return cast("Sequence[bytes | None]", written)


def _as_array(value: object) -> object:
    """Return a list of numbers as it is written: psycopg takes long for each."""
    if isinstance(value, list) and value and isinstance(value[0], int):
        return f"{{{','.join(map(str, value))}}}"
    return value
