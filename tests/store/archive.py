"""A newspaper with years behind it: the past of a store, multiplied inside SQL.

The present stays what it was: copies are old articles, readers of digests that are not
due, editions long sent, documents long built. So every question about the present has
the same answer, and what it costs more than before is what the past costs.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    String,
    Table,
    func,
    insert,
    literal,
    null,
    select,
    true,
    union_all,
)

from publisher.store import Store, Transaction
from publisher.store.schema import metadata
from tests.builders import MORNING

__all__ = ["multiply"]

LONG_AGO = MORNING - timedelta(days=400)
FAR_AWAY = MORNING + timedelta(days=400)
COPIES = 9

STAY = {
    *("source", "source_file", "set_aside", "counter"),
    *("rubric", "rubric_name", "rubric_address", "feed_work"),
    *("address_secret", "turn"),
}
"""What does not grow with the years."""

SPELLINGS = {
    ("article", "uid"),
    ("article", "source_key"),
    ("article", "url"),
    ("article", "translation_key"),
    ("comment", "uid"),
    ("feed", "key"),
    ("picture", "key"),
    ("piece", "key"),
    ("selection", "key_hash"),
    ("subject", "slug"),
    ("subject_name", "spelling"),
    ("subscriber", "address_key"),
    ("suppression", "address_key"),
    ("timetable", "digest_key"),
}
"""Texts that are unique, or that only copies of each other share."""

NUMBERS = {
    ("article", "first_listed_no"),
    ("listing", "listed_no"),
    ("document", "change_no"),
    ("document", "published_no"),
    ("document", "derived_no"),
}
"""What was counted up long before the present; the numbers of rows were as well."""

SAME_READERS = {("edition", "timetable_id"), ("delivery", "subscription_id")}
"""Editions of the past went to the readers of today; other readers are copies."""

PAST: Mapping[tuple[str, str], object] = {
    ("article", "published_at"): LONG_AGO,
    ("article", "visible_at"): LONG_AGO,
    ("article", "shown_at"): LONG_AGO,
    ("article", "state"): "public",
    ("article", "uncounted_since"): None,
    ("listing", "published_at"): LONG_AGO,
    ("listing", "shown_at"): LONG_AGO,
    ("subject_listing", "published_at"): LONG_AGO,
    ("subject_listing", "shown_at"): LONG_AGO,
    ("timetable", "next_due_at"): FAR_AWAY,
    ("edition", "state"): "closed",
    ("chunk", "ready_at"): None,
    ("delivery", "state"): "sent",
}


def multiply(store: Store, age: int) -> None:
    """Make a store ten times as large; say which time this is, from 0 on."""
    store.transact(copy_all, shift=100_000 * 100**age)


def copy_all(tx: Transaction, *, shift: int) -> None:
    numbers = union_all(
        *(select(literal(n, BigInteger).label("n")) for n in range(1, COPIES + 1))
    )
    copies = numbers.subquery("copies")
    for table in metadata.sorted_tables:
        if table.name in STAY:
            continue
        values = {
            column.name: value_in_copy(table, column.name, copies.c.n, shift)
            for column in table.columns
            if column.computed is None
        }
        pairs = table.join(copies, true())
        tx.execute(
            insert(table).from_select(
                list(values), select(*values.values()).select_from(pairs)
            )
        )


def value_in_copy(
    table: Table, name: str, number: ColumnElement[int], shift: int
) -> ColumnElement[Any]:
    column = table.columns[name]
    place = (table.name, name)
    moved = number * literal(shift, BigInteger)
    value: ColumnElement[Any] = column
    if place == ("edition", "slot"):
        value = (table.c.id + moved).cast(column.type)
    elif place in PAST:
        past = PAST[place]
        value = null() if past is None else literal(past, column.type)
    elif place in SPELLINGS:
        value = spelling_of_copy(column, moved.cast(String))
    elif place in NUMBERS or is_number_of_a_row(table, name):
        value = column if place in SAME_READERS else column - moved
    return value


def spelling_of_copy(
    column: Column[Any], mark: ColumnElement[str]
) -> ColumnElement[str]:
    """Mark a copy at its front: a checksum fills its column and loses its end."""
    assert isinstance(column.type, String)
    return func.substr(mark + "-" + column, 1, column.type.length, type_=String)


def is_number_of_a_row(table: Table, name: str) -> bool:
    """Tell whether a column holds the number of something that is copied too."""
    column = table.columns[name]
    if not isinstance(column.type, Integer):
        return False
    targets = {key.column.table.name for key in column.foreign_keys}
    if targets:
        return not targets & STAY
    return name == "id"
