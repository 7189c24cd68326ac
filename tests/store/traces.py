"""Looks for a person in every row of every table, the way a court's expert would."""

from sqlalchemy import select

from publisher.store import Store, Transaction
from publisher.store.schema import metadata

__all__ = ["traces_of"]


def traces_of(store: Store, *spellings: str) -> list[str]:
    """Return each place that holds one of the spellings, in any column or encoding."""
    return store.query(_search, [one.lower() for one in spellings])


def _search(tx: Transaction, spellings: list[str]) -> list[str]:
    found = []
    for table in metadata.sorted_tables:
        for row in tx.execute(select(table)).mappings():
            for column, value in row.items():
                text = _text_of(value)
                found += [
                    f"{table.name}.{column}: {value!r:.80}"
                    for spelling in spellings
                    if spelling in text
                ]
    return found


def _text_of(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").lower()
    return f"{value} {value!r}".lower()
