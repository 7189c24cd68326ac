"""Pieces of digests: each kept once, however many segments are joined from it."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from publisher.model.content import Piece
from publisher.store.engine import Transaction
from publisher.store.schema.editions import piece
from publisher.store.upsert import insert_into

__all__ = ["keep_pieces", "load_pieces"]

_AT_ONCE = 500
"""Parameters in one statement."""


def keep_pieces(tx: Transaction, pieces: Sequence[Piece]) -> list[int]:
    """Return the numbers of pieces, in their order; new ones are written."""
    known = _numbers(tx, [one.key for one in pieces])
    new = {one.key: one for one in pieces if one.key not in known}
    if new:
        rows = [
            {
                "key": one.key,
                "text": one.text,
                "html": one.html,
                "article_id": one.article_id or None,
            }
            for one in new.values()
        ]
        tx.execute(insert_into(tx, piece).on_conflict_do_nothing(), rows)
        known |= _numbers(tx, list(new))
    return [known[one.key] for one in pieces]


def _numbers(tx: Transaction, keys: Sequence[str]) -> dict[str, int]:
    wanted = sorted(set(keys))
    found: dict[str, int] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = tx.execute(
            select(piece.c.key, piece.c.id).where(
                piece.c.key.in_(wanted[start : start + _AT_ONCE])
            )
        )
        found |= {row.key: row.id for row in rows}
    return found


def load_pieces(tx: Transaction, numbers: Collection[int]) -> dict[int, Piece]:
    """Return pieces by their numbers."""
    wanted = sorted(set(numbers))
    found: dict[int, Piece] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = tx.execute(
            select(piece).where(piece.c.id.in_(wanted[start : start + _AT_ONCE]))
        )
        found |= {
            row.id: Piece(row.text, row.html, row.article_id or 0) for row in rows
        }
    return found
