"""A long queue in an instant: one planned reader is given companions, inside SQL."""

from typing import Any

from sqlalchemy import Column, Table, func, insert, literal, null, select
from sqlalchemy.sql.expression import ColumnElement

from publisher.store import Transaction
from publisher.store.schema.editions import chunk, delivery
from publisher.store.schema.readers import subscriber, subscription

__all__ = ["lengthen"]


def lengthen(tx: Transaction, count: int, chunk_size: int = 500) -> None:
    """Give the first reader so many companions whose messages wait (PostgreSQL)."""
    numbers = func.generate_series(1, count).table_valued("n").render_derived()
    n: ColumnElement[int] = numbers.c.n
    ends = {
        table: tx.execute(select(func.max(table.c.id))).scalar_one()
        for table in (subscriber, subscription, chunk)
    }

    def copy(table: Table, rows: ColumnElement[bool] | None, **own: object) -> None:
        columns: list[Column[object]] = [
            c for c in table.c if (c.name != "id" or "id" in own) and c.computed is None
        ]
        values: list[Any] = [own.get(c.name, c) for c in columns]
        chosen = select(*values).select_from(table).join(numbers, literal(value=True))
        first = select(func.min(table.c.id)).scalar_subquery()
        chosen = chosen.where(table.c.id == first)
        if rows is not None:
            chosen = chosen.where(rows)
        tx.execute(insert(table).from_select([c.name for c in columns], chosen))

    text = func.concat("q", ends[subscriber] + n)
    copy(subscriber, None, id=ends[subscriber] + n, email=text, address_key=text)
    copy(
        subscription,
        None,
        id=ends[subscription] + n,
        subscriber_id=ends[subscriber] + n,
    )
    copy(chunk, n <= (count + chunk_size - 1) // chunk_size, id=ends[chunk] + n)
    copy(
        delivery,
        None,
        subscription_id=ends[subscription] + n,
        chunk_id=ends[chunk] + (n - 1) // chunk_size + 1,
        state=literal("waiting"),
        attempts=literal(0),
        settled_at=null(),
    )
