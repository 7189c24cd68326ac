"""Kept fragments: articles in one format and variant, for the next build."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from publisher.model.feed import FeedFormat, Variant
from publisher.store.engine import Transaction
from publisher.store.schema.feeds import fragment
from publisher.store.upsert import insert_into

__all__ = ["Fragment", "find_fragments", "keep_fragments"]

_MOST_AT_ONCE = 500
"""Values in one IN list; databases have limits of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """One article in one format, as kept."""

    article_id: int
    format: FeedFormat
    variant: Variant
    entry_version: int
    context: str
    body: bytes


def find_fragments(
    tx: Transaction,
    versions: Mapping[int, int],
    fmt: FeedFormat,
    variant: Variant,
    context: str,
) -> dict[int, bytes]:
    """Return the kept fragments of articles that are still good, by article id."""
    found: dict[int, bytes] = {}
    ids = list(versions)
    for start in range(0, len(ids), _MOST_AT_ONCE):
        rows = tx.execute(
            select(
                fragment.c.article_id, fragment.c.entry_version, fragment.c.body
            ).where(
                fragment.c.article_id.in_(ids[start : start + _MOST_AT_ONCE]),
                fragment.c.format == fmt.value,
                fragment.c.variant == variant.value,
                fragment.c.context == context,
            )
        )
        for row in rows:
            if versions[row.article_id] == row.entry_version:
                found[row.article_id] = row.body
    return found


def keep_fragments(tx: Transaction, fragments: Sequence[Fragment]) -> None:
    """Keep fragments for the next build."""
    for kept in fragments:
        values = {
            "entry_version": kept.entry_version,
            "context": kept.context,
            "body": kept.body,
        }
        statement = insert_into(tx, fragment).values(
            article_id=kept.article_id,
            format=kept.format.value,
            variant=kept.variant.value,
            **values,
        )
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=["article_id", "format", "variant"], set_=values
            )
        )
