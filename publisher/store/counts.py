"""Numbers of comments: noted when a source tells them, shown only now and then.

They change with every comment; shown at once, each would make every reader of a feed
download it again. When the newest comment came is noted and shown with its number.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select, update

from publisher.model.article import IncomingArticle
from publisher.model.rubric import RubricTree
from publisher.store.engine import Transaction
from publisher.store.publication import follow, past_of
from publisher.store.schema.articles import article
from publisher.store.schema.comments import comment

__all__ = ["note_count", "show_counts", "shown_count"]


def shown_count(incoming: IncomingArticle, now: datetime) -> dict[str, Any]:
    """Return what is stored when the number is shown at once: the article changes."""
    return {
        "comment_count": incoming.comment_count,
        "commented_at": _commented_at(incoming, now),
        "latest_count": incoming.comment_count,
        "count_shown_at": now,
        "uncounted_since": None,
    }


def note_count(
    tx: Transaction, row: Row[Any], incoming: IncomingArticle, now: datetime
) -> None:
    """Note the number of comments of an article that says the same but for that.

    Nothing waits any more when the number comes back to what is shown.
    """
    count = incoming.comment_count
    is_shown = (row.comment_count, row.commented_at) == (
        (count, _commented_at(incoming, now))
    )
    since = None if is_shown else row.count_shown_at or row.taken_in_at
    if (count, since) != (row.latest_count, row.uncounted_since):
        tx.execute(
            update(article)
            .where(article.c.id == row.id)
            .values(latest_count=count, uncounted_since=since)
        )


def _commented_at(incoming: IncomingArticle, now: datetime) -> datetime | None:
    newest = max((one.published_at for one in incoming.comments), default=None)
    return None if newest is None else min(newest, now)


def show_counts(
    tx: Transaction, tree: RubricTree, now: datetime, rest: timedelta, limit: int
) -> int:
    """Show the numbers that changed, of articles whose last was shown `rest` ago.

    Return how many articles show another number now.
    """
    rows = tx.execute(
        select(article)
        .where(article.c.uncounted_since <= now - rest)
        .order_by(article.c.uncounted_since, article.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        newest = select(func.max(comment.c.published_at)).where(
            comment.c.article_id == row.id
        )
        tx.execute(
            update(article)
            .where(article.c.id == row.id)
            .values(
                comment_count=row.latest_count,
                commented_at=tx.execute(newest).scalar(),
                count_shown_at=now,
                uncounted_since=None,
                entry_version=row.entry_version + 1,
            )
        )
        past = past_of(row)
        if past is not None:
            follow(tx, row.id, tree, now, past)
    return len(rows)
