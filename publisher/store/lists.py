"""Lists of values as one parameter, spelled for whichever database it is.

A statement is then the same text however long the list: neither SQLAlchemy nor
PostgreSQL has to read, plan and keep another one for every length.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    any_,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy import column as a_column
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.types import TypeEngine

__all__ = ["among", "beside", "listed"]


def among(dialect: str, column: ColumnElement[int], name: str) -> ColumnElement[bool]:
    """Return whether a number is in the list that is given as parameter `name`."""
    if dialect == "sqlite":
        each = func.json_each(bindparam(name, type_=JSON)).table_valued("value")
        return column.in_(select(each.c.value))
    # PostgreSQL expects some ten of them, and looks each up in the index.
    return column == any_(bindparam(name, type_=ARRAY(BigInteger)))


def beside(
    dialect: str,
    column: ColumnElement[int],
    name: str,
    values: str,
    kind: TypeEngine[Any],
) -> ColumnElement[Any]:
    """Return what list `values` has at the place where list `name` has a number."""
    if dialect == "sqlite":
        each = func.json_each(bindparam(name, type_=JSON)).table_valued("key", "value")
        place = literal("$[").concat(each.c.key).concat("]")
        found = func.json_extract(bindparam(values, type_=JSON), place, type_=kind)
        return select(found).where(each.c.value == column).scalar_subquery()
    given = Grouping(bindparam(values, type_=ARRAY(kind)))
    place = func.array_position(bindparam(name, type_=ARRAY(BigInteger)), column)
    return given[place]


def listed(dialect: str, name: str, types: dict[str, TypeEngine[Any]]) -> Any:  # noqa: ANN401 (two types)
    """Return the rows that are given as parameter `name`: a list of dictionaries."""
    given = bindparam(name, type_=JSON)
    if dialect == "sqlite":
        each = func.json_each(given).table_valued("value")
        taken = [
            func.json_extract(each.c.value, f"$.{key}", type_=kind).label(key)
            for key, kind in types.items()
        ]
        return select(*taken).subquery(name)
    columns = [a_column(key, kind) for key, kind in types.items()]
    rows = func.json_to_recordset(given).table_valued(*columns, name=name)
    return rows.render_derived(with_types=True)
