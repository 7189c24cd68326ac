"""Alembic's environment, handed an open connection by publisher.store.migrate."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from publisher.store.schema import metadata
from publisher.store.schema.metadata import UtcDateTime


def render_item(
    kind: str, item: object, _context: AutogenContext
) -> str | Literal[False]:
    """Write our column type as what it is in the database: scripts outlive our code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
