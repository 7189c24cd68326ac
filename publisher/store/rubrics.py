"""The rubric tree as the store knows it: ids, moves, closures, past addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from publisher.model.rubric import Rubric, RubricTree
from publisher.store.engine import Transaction
from publisher.store.publication import relist
from publisher.store.schema.rubrics import rubric, rubric_address, rubric_name
from publisher.store.upsert import insert_into

__all__ = ["find_moved", "read_tree", "sync_tree"]


def sync_tree(
    tx: Transaction, wanted: RubricTree, now: datetime
) -> tuple[RubricTree, set[str]]:
    """Make the store's rubrics those of the configuration.

    Return the tree with the store's ids, and the keys of rubrics whose name, place or
    closure changed. A rubric that the configuration no longer has is closed; it keeps
    its articles, and the tree keeps it as closed.
    """
    rows = {row.key: row for row in tx.execute(select(rubric))}
    names = _names(tx)
    changed: set[str] = set()
    ids = {key: row.id for key, row in rows.items()}
    for position, (_, node) in enumerate(wanted.walk()):
        values = {
            "parent_id": ids[node.parent] if node.parent else None,
            "slug": node.slug,
            "position": position,
            "path": wanted.path(node.key),
        }
        row = rows.get(node.key)
        if row is None:
            closed_at = now if node.is_closed else None
            ids[node.key] = tx.execute(
                insert(rubric)
                .values(key=node.key, closed_at=closed_at, **values)
                .returning(rubric.c.id)
            ).scalar_one()
            changed.add(node.key)
        else:
            changed |= _update(tx, row, values, node, now)
        if names.get(ids[node.key], {}) != dict(node.names):
            _write_names(tx, ids[node.key], node)
            changed.add(node.key)
    gone = [rows[key] for key in rows if key not in wanted]
    changed |= {row.key for row in gone if row.closed_at is None}
    _close(tx, [row.id for row in gone if row.closed_at is None], now)
    kept = tuple(replace(node, id=ids[node.key]) for node in wanted)
    tree = RubricTree(kept + _closed(gone, rows, names))
    _follow_parents(tx, gone, tree, now)
    return tree, changed


def _follow_parents(
    tx: Transaction, gone: Sequence[Row[Any]], tree: RubricTree, now: datetime
) -> None:
    """Let closed rubrics move with those above them: old addresses must still lead."""
    for row in gone:
        path = tree.path(row.key)
        if path != row.path:
            tx.execute(update(rubric).where(rubric.c.id == row.id).values(path=path))
            _remember_address(tx, row.path, row.id, now)


def _closed(
    gone: Sequence[Row[Any]],
    rows: Mapping[str, Row[Any]],
    names: Mapping[int, Mapping[str, str]],
) -> tuple[Rubric, ...]:
    """Return rubrics that the configuration no longer has, as closed ones."""
    keys = {row.id: row.key for row in rows.values()}
    return tuple(
        Rubric(
            key=row.key,
            slug=row.slug,
            names=names.get(row.id, {}),
            parent=keys.get(row.parent_id),
            is_closed=True,
            id=row.id,
        )
        for row in gone
    )


def _update(
    tx: Transaction,
    row: Row[Any],
    values: dict[str, Any],
    node: Rubric,
    now: datetime,
) -> set[str]:
    closed_at = (row.closed_at or now) if node.is_closed else None
    old = {name: getattr(row, name) for name in values}
    if old == values and closed_at == row.closed_at:
        return set()
    tx.execute(
        update(rubric)
        .where(rubric.c.id == row.id)
        .values(closed_at=closed_at, **values)
    )
    if row.closed_at is not None and closed_at is None:
        relist(tx, row.id)
    if old["path"] != values["path"]:
        _remember_address(tx, old["path"], row.id, now)
    moved = {**old, "position": 0} != {**values, "position": 0}
    return {node.key} if moved or closed_at != row.closed_at else set()


def _remember_address(
    tx: Transaction, path: str, rubric_id: int, now: datetime
) -> None:
    statement = insert_into(tx, rubric_address).values(
        path=path, rubric_id=rubric_id, ended_at=now
    )
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["path"], set_={"rubric_id": rubric_id, "ended_at": now}
        )
    )


def _write_names(tx: Transaction, rubric_id: int, node: Rubric) -> None:
    tx.execute(delete(rubric_name).where(rubric_name.c.rubric_id == rubric_id))
    names = [
        {"rubric_id": rubric_id, "language": language, "name": name}
        for language, name in node.names.items()
    ]
    if names:
        tx.execute(insert(rubric_name), names)


def _names(tx: Transaction) -> dict[int, dict[str, str]]:
    names: dict[int, dict[str, str]] = {}
    for row in tx.execute(select(rubric_name)):
        names.setdefault(row.rubric_id, {})[row.language] = row.name
    return names


def _close(tx: Transaction, ids: list[int], now: datetime) -> None:
    if ids:
        tx.execute(update(rubric).where(rubric.c.id.in_(ids)).values(closed_at=now))


def read_tree(tx: Transaction, wanted: RubricTree) -> RubricTree:
    """Return a tree with the store's ids, changing nothing; 0 for unknown rubrics."""
    ids = {row.key: row.id for row in tx.execute(select(rubric.c.key, rubric.c.id))}
    return RubricTree(tuple(replace(node, id=ids.get(node.key, 0)) for node in wanted))


def find_moved(tx: Transaction, path: str) -> str | None:
    """Return the key of the rubric that used to have this address, or None."""
    statement = (
        select(rubric.c.key)
        .join(rubric_address, rubric_address.c.rubric_id == rubric.c.id)
        .where(rubric_address.c.path == path)
    )
    return tx.execute(statement).scalar()
