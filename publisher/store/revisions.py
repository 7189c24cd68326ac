"""Revisions: what an article said at a time, and whether an edit changed it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, insert, select

from publisher.model.article import IncomingArticle
from publisher.store.engine import Transaction
from publisher.store.schema.articles import revision

__all__ = [
    "content_hash",
    "find_revision",
    "is_significant",
    "says_the_same",
    "write_revision",
]


def content_hash(incoming: IncomingArticle) -> str:
    """Return a fingerprint of everything a source says, equal for equal instants.

    But for comments, which have fingerprints of their own, and their number, which
    changes all the time and is shown now and then.
    """
    values = asdict(
        replace(incoming, comments=(), unusable_comments=(), comment_count=None)
    )
    for name in ("comments", "unusable_comments", "comment_count", "problems"):
        del values[name]
    plain = json.dumps(values, sort_keys=True, ensure_ascii=True, default=_in_utc)
    return hashlib.sha256(plain.encode()).hexdigest()


def _in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def find_revision(tx: Transaction, article_id: int, number: int) -> Row[Any]:
    """Return what an article said at a time."""
    return tx.execute(
        select(revision).where(
            revision.c.article_id == article_id, revision.c.number == number
        )
    ).one()


def is_significant(old: Row[Any], incoming: IncomingArticle) -> bool:
    """Tell whether an edit moves `updated`: the text changed (law 6)."""
    return (old.title, old.lead, old.body_html) != (
        incoming.title,
        incoming.lead,
        incoming.body_html,
    )


def says_the_same(
    old: Row[Any], incoming: IncomingArticle, notes: Sequence[str]
) -> bool:
    """Tell whether a stored revision holds all of what an article says now."""
    values = _values(incoming, notes)
    return {name: getattr(old, name) for name in values} == values


def write_revision(
    tx: Transaction,
    article_id: int,
    number: int,
    incoming: IncomingArticle,
    notes: Sequence[str],
    now: datetime,
) -> None:
    """Keep what an article says from now on."""
    tx.execute(
        insert(revision).values(
            article_id=article_id,
            number=number,
            taken_in_at=now,
            **_values(incoming, notes),
        )
    )


def _values(incoming: IncomingArticle, notes: Sequence[str]) -> dict[str, Any]:
    return {
        "title": incoming.title,
        "lead": incoming.lead,
        "body_html": incoming.body_html,
        "bylines": [asdict(byline) for byline in incoming.bylines],
        "picture": asdict(incoming.picture) if incoming.picture else None,
        "tags": list(incoming.tags),
        "rights": incoming.rights,
        "notes": list(notes),
    }
