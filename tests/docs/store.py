"""The columns of the store's tables, made from its schema."""

from sqlalchemy import Column, Table

from publisher.store.schema import metadata


def made_parts() -> dict[str, str]:
    """Return the columns of every table, by the table's name."""
    return {
        name: ", ".join(_column(column) for column in found.columns) + "."
        for name, found in tables().items()
    }


def tables() -> dict[str, Table]:
    """Return every table of the store by name."""
    return dict(metadata.tables)


def _column(column: Column[object]) -> str:
    told = [f"→ `{key.column.table.name}`" for key in column.foreign_keys]
    if column.primary_key:
        told.insert(0, "key")
    return f"`{column.name}`" + (f" ({', '.join(told)})" if told else "")
