"""Take articles in: revisions, listings, and what must follow, in one transaction."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Table, delete, insert, select, update

from publisher.model.article import IncomingArticle
from publisher.model.rubric import RubricTree
from publisher.store.engine import Transaction
from publisher.store.publication import follow, release
from publisher.store.schema.articles import (
    article,
    article_rubric,
    related,
    revision,
)

__all__ = ["Arrival", "Kept", "TakenIn", "release_due", "take_in"]


class Kept(StrEnum):
    """What became of an article that a source handed over."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class TakenIn:
    """The store's number for an article, and what became of it."""

    id: int
    kept: Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A cleaned article with everything the store needs to keep it.

    `incoming.rubrics` are keys of the tree; `uid` is used for a new article only.
    """

    source_id: int
    path: str
    uid: str
    incoming: IncomingArticle
    notes: tuple[str, ...] = ()


def take_in(
    tx: Transaction, arrival: Arrival, tree: RubricTree, now: datetime
) -> TakenIn:
    """Keep an article, and mark everything that shows it.

    An article that says the same as before changes nothing at all (law 3).
    """
    incoming = arrival.incoming
    found = tx.execute(
        select(article)
        .where(
            article.c.source_id == arrival.source_id,
            article.c.source_key == incoming.source_id,
        )
        .with_for_update()
    ).first()
    content_hash = _content_hash(incoming)
    if found is None:
        article_id = _insert(tx, arrival, content_hash, now)
        _write_places(tx, article_id, incoming, tree)
        follow(tx, article_id, tree, now)
        return TakenIn(article_id, Kept.NEW)
    if found.content_hash == content_hash:
        _still_there(tx, found, arrival.path)
        return TakenIn(found.id, Kept.SAME)
    _change(tx, found, arrival, content_hash, now)
    _write_places(tx, found.id, incoming, tree)
    follow(tx, found.id, tree, now, was_public=found.state == "public")
    return TakenIn(found.id, Kept.CHANGED)


def release_due(tx: Transaction, tree: RubricTree, now: datetime, limit: int) -> int:
    """Make embargoed articles public whose time has come; return how many."""
    due = tx.execute(
        select(article.c.id)
        .where(article.c.state == "embargoed", article.c.published_at <= now)
        .order_by(article.c.published_at, article.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).scalars()
    ids = list(due)
    for article_id in ids:
        release(tx, article_id)
        follow(tx, article_id, tree, now)
    return len(ids)


def _insert(tx: Transaction, arrival: Arrival, content_hash: str, now: datetime) -> int:
    incoming = arrival.incoming
    published_at = _published_at(incoming)
    modified_at = incoming.modified_at or published_at
    statement = (
        insert(article)
        .values(
            uid=arrival.uid,
            source_id=arrival.source_id,
            source_key=incoming.source_id,
            path=arrival.path,
            language=incoming.language,
            state=_state(incoming, now),
            revision=1,
            entry_version=1,
            content_hash=content_hash,
            url=incoming.url,
            translation_key=incoming.translation_of or incoming.source_id,
            published_at=published_at,
            updated_at=_within(modified_at, published_at, now),
            taken_in_at=now,
            comments_url=incoming.comments_url,
            comment_count=incoming.comment_count,
        )
        .returning(article.c.id)
    )
    article_id = int(tx.execute(statement).scalar_one())
    _write_revision(tx, article_id, 1, arrival, now)
    return article_id


def _change(
    tx: Transaction,
    found: Row[Any],
    arrival: Arrival,
    content_hash: str,
    now: datetime,
) -> None:
    incoming = arrival.incoming
    old = tx.execute(
        select(revision).where(
            revision.c.article_id == found.id, revision.c.number == found.revision
        )
    ).one()
    published_at = _published_at(incoming)
    if found.first_listed_no is not None:
        published_at = found.published_at  # Law 6: it never moves.
    updated_at = found.updated_at
    if _text(old) != _text(incoming):
        updated_at = max(found.updated_at, incoming.modified_at or now)
    number = found.revision
    if _content(old) != _revision_values(arrival):
        number += 1
        _write_revision(tx, found.id, number, arrival, now)
    tx.execute(
        update(article)
        .where(article.c.id == found.id)
        .values(
            path=arrival.path,
            language=incoming.language,
            state=_state(incoming, now),
            revision=number,
            entry_version=found.entry_version + 1,
            content_hash=content_hash,
            url=incoming.url,
            translation_key=incoming.translation_of or incoming.source_id,
            published_at=published_at,
            updated_at=_within(updated_at, published_at, now),
            missing_since=None,
            comments_url=incoming.comments_url,
            comment_count=incoming.comment_count,
        )
    )


def _still_there(tx: Transaction, found: Row[Any], path: str) -> None:
    if found.missing_since is not None or found.path != path:
        tx.execute(
            update(article)
            .where(article.c.id == found.id)
            .values(missing_since=None, path=path)
        )


def _state(incoming: IncomingArticle, now: datetime) -> str:
    if incoming.is_withdrawn:
        return "withdrawn"
    return "embargoed" if _published_at(incoming) > now else "public"


def _published_at(incoming: IncomingArticle) -> datetime:
    """Return the first availability: an embargo moves it, nothing is in the future."""
    return max(incoming.published_at, incoming.embargo_until or incoming.published_at)


def _within(moment: datetime, earliest: datetime, latest: datetime) -> datetime:
    """Keep `updated` after `published` and never in the future (law 6)."""
    return max(min(moment, latest), earliest)


def _text(version: Row[Any] | IncomingArticle) -> tuple[str, str, str]:
    """Return what makes an edit significant when it changes."""
    return version.title, version.lead, version.body_html


def _content_hash(incoming: IncomingArticle) -> str:
    values = asdict(incoming)
    del values["problems"]
    plain = json.dumps(values, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()


def _revision_values(arrival: Arrival) -> dict[str, Any]:
    incoming = arrival.incoming
    return {
        "title": incoming.title,
        "lead": incoming.lead,
        "body_html": incoming.body_html,
        "bylines": [asdict(byline) for byline in incoming.bylines],
        "picture": asdict(incoming.picture) if incoming.picture else None,
        "tags": list(incoming.tags),
        "rights": incoming.rights,
        "notes": list(arrival.notes),
    }


def _content(old: Row[Any]) -> dict[str, Any]:
    """Return a stored revision in the form of _revision_values."""
    columns = ("title", "lead", "body_html", "bylines", "picture", "tags", "rights")
    return {name: getattr(old, name) for name in (*columns, "notes")}


def _write_revision(
    tx: Transaction, article_id: int, number: int, arrival: Arrival, now: datetime
) -> None:
    tx.execute(
        insert(revision).values(
            article_id=article_id,
            number=number,
            taken_in_at=now,
            **_revision_values(arrival),
        )
    )


def _write_places(
    tx: Transaction, article_id: int, incoming: IncomingArticle, tree: RubricTree
) -> None:
    """Write the article's rubrics and related articles; both keep their order."""
    for table in (article_rubric, related):
        tx.execute(delete(table).where(table.c.article_id == article_id))
    _insert_all(
        tx,
        article_rubric,
        [
            {
                "article_id": article_id,
                "rubric_id": tree.get(key).id,
                "position": position,
            }
            for position, key in enumerate(dict.fromkeys(incoming.rubrics))
        ],
    )
    _insert_all(
        tx,
        related,
        [
            {"article_id": article_id, "target_key": key, "position": position}
            for position, key in enumerate(dict.fromkeys(incoming.related))
            if key != incoming.source_id
        ],
    )


def _insert_all(tx: Transaction, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        tx.execute(insert(table), rows)
