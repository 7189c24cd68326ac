"""Comments of articles: kept as their source shows them, read for their feed."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from publisher.model.article import Article
from publisher.model.comment import Comment, IncomingComment
from publisher.model.feed import comments_feed
from publisher.model.rubric import RubricTree
from publisher.store.engine import Transaction
from publisher.store.feeds import mark
from publisher.store.reading import load_articles
from publisher.store.schema.articles import article
from publisher.store.schema.comments import comment

__all__ = [
    "Discussion",
    "find_discussion",
    "keep_comments",
    "newest_comments",
    "was_public",
]

_MOST_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Discussion:
    """The newest comments, newest first, and the public articles they are about."""

    articles: Mapping[int, Article]
    comments: tuple[Comment, ...]


def keep_comments(
    tx: Transaction,
    article_id: int,
    comments: Mapping[str, IncomingComment],
    now: datetime,
) -> None:
    """Make an article's comments those that its source shows, given by their uid.

    An id is used for new ones only. What says the same as before is not written; what
    is shown no longer disappears.
    """
    present = {
        row.source_key: row
        for row in tx.execute(
            select(comment.c.id, comment.c.source_key, comment.c.content_hash).where(
                comment.c.article_id == article_id
            )
        )
    }
    keys = [comments_feed(article_id).key, comments_feed().key]
    shown = {one.key for one in comments.values()}
    gone = [row.id for name, row in present.items() if name not in shown]
    for start in range(0, len(gone), _MOST_AT_ONCE):
        part = gone[start : start + _MOST_AT_ONCE]
        tx.execute(delete(comment).where(comment.c.id.in_(part)))
    new, has_changed = [], False
    for uid, one in comments.items():
        values = _values(one)
        row = present.get(one.key)
        if row is None:
            # Nothing is in the future, and nothing was edited before it was said.
            at = min(one.published_at, now)
            dates = {"published_at": at, "updated_at": at}
            new.append({"article_id": article_id, "uid": uid, **values, **dates})
        elif row.content_hash != values["content_hash"]:
            has_changed = True
            tx.execute(
                update(comment)
                .where(comment.c.id == row.id)
                .values(updated_at=now, **values)
            )
    if new:
        tx.execute(insert(comment), new)
    if gone:
        mark(tx, keys, touched_at=now)
    elif new or has_changed:
        mark(tx, keys)


def _values(one: IncomingComment) -> dict[str, Any]:
    return {
        "source_key": one.key,
        "content_hash": _fingerprint(one),
        "author": one.author,
        "body_html": one.body_html,
        "url": one.url,
    }


def _fingerprint(one: IncomingComment) -> str:
    said = asdict(one)
    said["published_at"] = one.published_at.astimezone(UTC).isoformat()
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def find_discussion(
    tx: Transaction, article_id: int, tree: RubricTree, limit: int
) -> Discussion | None:
    """Return the newest comments of an article, or None when it is not public."""
    is_public = tx.execute(
        select(article.c.id).where(
            article.c.id == article_id, article.c.state == "public"
        )
    ).first()
    if is_public is None:
        return None
    rows = tx.execute(
        select(comment)
        .where(comment.c.article_id == article_id)
        .order_by(comment.c.published_at.desc(), comment.c.id.desc())
        .limit(limit)
    )
    return Discussion(load_articles(tx, [article_id], tree), _comments(rows))


def newest_comments(tx: Transaction, tree: RubricTree, limit: int) -> Discussion:
    """Return the newest comments about all public articles."""
    rows = tx.execute(
        select(comment)
        .join(article, article.c.id == comment.c.article_id)
        .where(article.c.state == "public")
        .order_by(comment.c.published_at.desc(), comment.c.id.desc())
        .limit(limit)
    )
    found = _comments(rows)
    about = sorted({one.article_id for one in found})
    return Discussion(load_articles(tx, about, tree), found)


def _comments(rows: Iterable[Row[Any]]) -> tuple[Comment, ...]:
    return tuple(
        Comment(
            id=row.id,
            article_id=row.article_id,
            uid=row.uid,
            author=row.author,
            body_html=row.body_html,
            url=row.url,
            published_at=row.published_at,
            updated_at=row.updated_at,
        )
        for row in rows
    )


def was_public(tx: Transaction, article_id: int) -> bool:
    """Tell whether an article was public once and is not any more."""
    found = tx.execute(
        select(article.c.id).where(
            article.c.id == article_id,
            article.c.state != "public",
            article.c.first_listed_no.is_not(None),
        )
    )
    return found.first() is not None
