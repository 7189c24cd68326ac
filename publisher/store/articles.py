"""Take articles in: revisions, listings, and what must follow, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Row,
    insert,
    select,
    true,
    update,
)

from publisher.errors import ArticleError
from publisher.model.article import IncomingArticle
from publisher.model.comment import IncomingComment
from publisher.model.rubric import RubricTree
from publisher.store.comments import keep_comments
from publisher.store.counts import note_count, shown_count
from publisher.store.engine import Transaction
from publisher.store.filing import write_places
from publisher.store.publication import follow, past_of, release
from publisher.store.revisions import (
    content_hash,
    find_revision,
    is_significant,
    says_the_same,
    write_revision,
)
from publisher.store.schema.articles import (
    article,
    source,
)
from publisher.store.sources import take_turns

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

    `incoming.rubrics` are keys of the tree; `uid` is used for a new article only, and
    `comments` are those of `incoming` by their permanent ids.
    """

    source_id: int
    path: str
    uid: str
    incoming: IncomingArticle
    notes: tuple[str, ...] = ()
    comments: Mapping[str, IncomingComment] = field(default_factory=dict)


def take_in(
    tx: Transaction, arrival: Arrival, tree: RubricTree, now: datetime
) -> TakenIn:
    """Keep an article, and mark everything that shows it.

    An article that says the same as before changes nothing at all (law 3). Raises
    ArticleError when its permanent id belongs to another article.
    """
    incoming = arrival.incoming
    take_turns(tx, source.c.id == arrival.source_id)
    found = tx.execute(
        select(article)
        .where(
            article.c.source_id == arrival.source_id,
            article.c.source_key == incoming.source_id,
        )
        .with_for_update()
    ).first()
    fingerprint = content_hash(incoming)
    if found is None:
        article_id = _insert(tx, arrival, fingerprint, now)
        write_places(tx, article_id, incoming, tree)
        keep_comments(tx, article_id, arrival.comments, now)
        follow(tx, article_id, tree, now)
        return TakenIn(article_id, Kept.NEW)
    if arrival.comments or found.commented_at or found.uncounted_since:
        keep_comments(tx, found.id, arrival.comments, now)
    if found.content_hash == fingerprint:
        _still_there(tx, found, arrival.path)
        note_count(tx, found, incoming, now)
        return TakenIn(found.id, Kept.SAME)
    _change(tx, found, arrival, fingerprint, now)
    write_places(tx, found.id, incoming, tree)
    follow(tx, found.id, tree, now, past_of(found))
    return TakenIn(found.id, Kept.CHANGED)


def release_due(tx: Transaction, tree: RubricTree, now: datetime, limit: int) -> int:
    """Make embargoed articles public whose time has come; return how many."""
    take_turns(tx, true())
    due = tx.execute(
        select(article.c.id)
        .where(article.c.state == "embargoed", article.c.visible_at <= now)
        .order_by(article.c.visible_at, article.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).scalars()
    ids = list(due)
    for article_id in ids:
        release(tx, article_id, now)
        follow(tx, article_id, tree, now)
    return len(ids)


def _insert(tx: Transaction, arrival: Arrival, fingerprint: str, now: datetime) -> int:
    incoming = arrival.incoming
    _refuse_taken_id(tx, arrival)
    published_at = _visible_at(incoming)
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
            content_hash=fingerprint,
            url=incoming.url,
            translation_key=incoming.translation_of or incoming.source_id,
            published_at=published_at,
            updated_at=_within(modified_at, published_at, now),
            visible_at=_visible_at(incoming),
            shown_at=published_at,
            taken_in_at=now,
            comments_url=incoming.comments_url,
            **shown_count(incoming, now),
        )
        .returning(article.c.id)
    )
    article_id = int(tx.execute(statement).scalar_one())
    write_revision(tx, article_id, 1, incoming, arrival.notes, now)
    return article_id


def _refuse_taken_id(tx: Transaction, arrival: Arrival) -> None:
    """Raise ArticleError when another article already has this permanent id."""
    other = tx.execute(
        select(article.c.source_key, source.c.name)
        .join(source, source.c.id == article.c.source_id)
        .where(article.c.uid == arrival.uid)
    ).first()
    if other is not None:
        msg = (
            f'the id "{arrival.uid}" belongs to article "{other.source_key}" of source'
            f' "{other.name}"; give one of them another guid'
        )
        raise ArticleError(msg)


def _change(
    tx: Transaction,
    found: Row[Any],
    arrival: Arrival,
    fingerprint: str,
    now: datetime,
) -> None:
    incoming = arrival.incoming
    old = find_revision(tx, found.id, found.revision)
    published_at = _visible_at(incoming)
    if found.first_listed_no is not None:
        published_at = found.published_at  # Law 6: it never moves.
    updated_at, state = found.updated_at, _state(incoming, now)
    has_come_back = found.state != "public" and found.first_listed_no is not None
    shown_at = max(found.shown_at, published_at)
    if found.first_listed_no is None:
        shown_at = published_at
    if is_significant(old, incoming):
        updated_at = max(found.updated_at, incoming.modified_at or now)
        if found.state == "public":
            shown_at = max(shown_at, now)
    if has_come_back and state == "public":
        # It must be newer than the news of its withdrawal (RFC 6721).
        updated_at, shown_at = max(updated_at, now), max(shown_at, now)
    number = found.revision
    if not says_the_same(old, incoming, arrival.notes):
        number += 1
        write_revision(tx, found.id, number, incoming, arrival.notes, now)
    tx.execute(
        update(article)
        .where(article.c.id == found.id)
        .values(
            path=arrival.path,
            language=incoming.language,
            state=state,
            revision=number,
            entry_version=found.entry_version + 1,
            content_hash=fingerprint,
            url=incoming.url,
            translation_key=incoming.translation_of or incoming.source_id,
            published_at=published_at,
            updated_at=_within(updated_at, published_at, now),
            visible_at=_visible_at(incoming),
            shown_at=shown_at,
            missing_since=None,
            comments_url=incoming.comments_url,
            **shown_count(incoming, now),
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
    return "embargoed" if _visible_at(incoming) > now else "public"


def _visible_at(incoming: IncomingArticle) -> datetime:
    """Return the first availability: nothing is in the future, an embargo holds."""
    return max(incoming.published_at, incoming.embargo_until or incoming.published_at)


def _within(moment: datetime, earliest: datetime, latest: datetime) -> datetime:
    """Keep a date after the one and before the other (law 6)."""
    return max(min(moment, latest), earliest)
