"""INSERT … ON CONFLICT for whichever of the two databases a transaction is on."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from publisher.store.schema.articles import counter

__all__ = ["greater", "insert_into", "last_number", "number_for", "take_number"]


def insert_into(tx: Connection, table: Table) -> Any:  # noqa: ANN401 (two types)
    """Return the dialect's insert, which both spell the same from here on."""
    if tx.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def greater(dialect: str, one: Any, other: Any) -> ColumnElement[int]:  # noqa: ANN401
    """Return the greater of two values of a row."""
    of_both = func.max if dialect == "sqlite" else func.greatest
    return of_both(one, other)


def take_number(tx: Connection, name: str) -> int:
    """Return the next number of a counter, in commit order.

    The counter's row stays locked until commit, so whoever sees a number also sees
    everything that was committed under the smaller ones (law 4, law 8).
    """
    return _take(tx, name, literal(1))


def number_for(tx: Connection, table: Table) -> dict[str, int]:
    """Return the value of a row's key, where a link or a message is to name it.

    SQLite gives the number of the last row to the next one once that row is gone; then
    an old link would open what is somebody else's. PostgreSQL never does.
    """
    if tx.dialect.name != "sqlite":
        return {}
    first = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
    return {"id": _take(tx, table.name, first)}


def _take(tx: Connection, name: str, first: ColumnElement[int]) -> int:
    """Return the next number of a counter, `first` where it is new."""
    statement = insert_into(tx, counter).values(name=name, value=first)
    statement = statement.on_conflict_do_update(
        index_elements=["name"], set_={"value": counter.c.value + 1}
    ).returning(counter.c.value)
    return int(tx.execute(statement).scalar_one())


def last_number(tx: Connection, name: str) -> int:
    """Return the last number a counter handed out, 0 before the first."""
    value = tx.execute(
        counter.select()
        .with_only_columns(counter.c.value)
        .where(counter.c.name == name)
    ).scalar()
    return int(value or 0)
