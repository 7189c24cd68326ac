"""An update and what follows from the rows it changed.

PostgreSQL does all of it in one statement, SQLite one after the other: there a
statement costs no way to a server and back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Insert, Row, Update, select
from sqlalchemy.dialects import sqlite

from publisher.store.engine import Transaction
from publisher.store.lists import listed

__all__ = ["Chain", "Step", "chained"]

ALL: frozenset[str] = frozenset()

Step = Callable[[Any], Insert | Update]
"""Makes a statement about the rows that were changed, as they were returned."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Statements, each with the names of its parameters."""

    statements: tuple[tuple[Any, frozenset[str]], ...]

    def run(self, tx: Transaction, given: dict[str, Any]) -> Sequence[Row[Any]]:
        """Return the rows that the first statement changed."""
        (first, names), *further = self.statements
        changed = tx.execute(first, _of(given, names)).all()
        if further:
            rows = [dict(row._mapping) for row in changed]  # noqa: SLF001 (its API)
            for statement, names in further:
                if rows or "changed" not in names:
                    tx.execute(statement, _of({**given, "changed": rows}, names))
        return changed


def chained(dialect: str, first: Any, steps: Sequence[Step]) -> Chain:  # noqa: ANN401
    """Return an update with RETURNING, and what follows from it.

    The steps must not depend on each other, nor touch what the first one changes.
    """
    if dialect == "sqlite":
        columns = {c.name: c.type for c in first.exported_columns}
        changed = listed(dialect, "changed", columns)
        return Chain(tuple(map(_named, (first, *(step(changed) for step in steps)))))
    all_changed = first.cte("changed")
    further = [
        step(all_changed).cte(f"step_{number}") for number, step in enumerate(steps)
    ]
    # What a SELECT is given beyond its parameters is left alone.
    return Chain(((select(all_changed).add_cte(*further), ALL),))


def _named(statement: Any) -> tuple[Any, frozenset[str]]:  # noqa: ANN401
    binds = statement.compile(dialect=sqlite.dialect()).binds
    return statement, frozenset(name for name, one in binds.items() if one.required)


def _of(given: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: given[name] for name in names} if names else given
