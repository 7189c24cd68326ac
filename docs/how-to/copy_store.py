"""Copy a whole store into another, empty one: `python copy_store.py FROM TO`.

Both are addresses as in `store.url` of config.toml. Stop the service first: what it
writes meanwhile is not copied. Nothing is changed in the store that is copied from,
except that its tables are brought up to date.
"""

# ruff: noqa: INP001 (a script beside the page that explains it)

import sys
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text, update

from publisher.errors import PublisherError, StoreError
from publisher.store import migrate
from publisher.store.engine import open_engine
from publisher.store.schema import metadata

AT_ONCE = 1000
"""Rows held in memory."""


def copy_store(origin: str, target: str) -> Iterator[tuple[str, int]]:
    """Copy all rows in one transaction; yield each table with its number of rows.

    Raises StoreError when a store cannot be opened or the target is not empty.
    """
    for url in (origin, target):
        migrate(url)
    from_engine = open_engine(origin, pool_size=1)
    to_engine = open_engine(target, pool_size=1)
    try:
        with from_engine.connect() as reading, to_engine.begin() as writing:
            for table in metadata.sorted_tables:
                _refuse_rows(writing, table)
            for table in metadata.sorted_tables:
                yield table.name, _copy(reading, writing, table)
    finally:
        from_engine.dispose()
        to_engine.dispose()


def _refuse_rows(writing: Connection, table: Table) -> None:
    if writing.execute(select(table).limit(1)).first() is not None:
        msg = (
            f"the target has rows already (table {table.name}); take an empty database"
        )
        raise StoreError(msg)


def _copy(reading: Connection, writing: Connection, table: Table) -> int:
    # What a row says of a row of the same table is written when both are there.
    own = [
        column
        for column in table.columns
        if any(key.column.table is table for key in column.foreign_keys)
    ]
    later = {column.name: None for column in own}
    # What follows from other columns is not written; the target works it out.
    stored = select(*(column for column in table.columns if column.computed is None))
    count = 0
    for part in reading.execute(stored).mappings().partitions(AT_ONCE):
        rows: list[dict[str, Any]] = [dict(row) for row in part]
        count += len(rows)
        writing.execute(insert(table), [row | later for row in rows])
    for column in own:
        pairs = select(table.c.id, column).where(column.is_not(None))
        for number, other in reading.execute(pairs):
            row = update(table).where(table.c.id == number)
            writing.execute(row.values({column.name: other}))
    if writing.dialect.name == "postgresql" and "id" in table.c:
        _count_on(writing, table)
    return count


def _count_on(writing: Connection, table: Table) -> None:
    """Have the next row get a number that no row has."""
    sequence = func.pg_get_serial_sequence(f'"{table.name}"', "id")
    greatest = func.coalesce(func.max(table.c.id), 0)
    writing.execute(select(func.setval(sequence, greatest + 1, text("false"))))


def main(arguments: list[str]) -> int:
    """Copy, and say what was copied."""
    if len(arguments) != 2:  # noqa: PLR2004 (from, to)
        sys.stderr.write("usage: python copy_store.py FROM TO\n")
        return 2
    try:
        for name, count in copy_store(*arguments):
            sys.stdout.write(f"{name}: {count}\n")
    except PublisherError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("Everything was copied.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
