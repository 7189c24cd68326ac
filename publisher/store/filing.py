"""Where an article is filed: its rubrics, and the articles it points at."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, delete, insert

from publisher.model.article import IncomingArticle
from publisher.model.rubric import RubricTree
from publisher.store.engine import Transaction
from publisher.store.pictures import remember_picture
from publisher.store.schema.articles import article_rubric, related

__all__ = ["write_places"]


def write_places(
    tx: Transaction, article_id: int, incoming: IncomingArticle, tree: RubricTree
) -> None:
    """Write the article's rubrics, related articles (in order) and its picture."""
    if incoming.picture is not None:
        remember_picture(tx, incoming.picture.url)
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
