"""Selections of any length: who ticks a thousand rubrics gets them on PostgreSQL too."""

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

BEFORE = "A set of rubrics that some readers chose, in its canonical spelling."
AFTER = (
    "A set of rubrics that some readers chose. key: its canonical spelling, of any"
    " length; key_hash: its SHA-256, since an index takes no long text."
)
SELECTION = sa.table(
    "selection", sa.column("id"), sa.column("key"), sa.column("key_hash")
)


def upgrade() -> None:
    """Apply the change; every selection keeps its number."""
    with op.batch_alter_table("selection") as batch_op:
        batch_op.add_column(sa.Column("key_hash", sa.String(64), nullable=True))
    _hash_all(op.get_bind())
    with op.batch_alter_table("selection") as batch_op:
        batch_op.drop_constraint(op.f("uq_selection_key"), type_="unique")
        batch_op.alter_column(
            "key",
            existing_type=sa.String(2000),
            type_=sa.Text(),
            existing_nullable=False,
        )
        batch_op.alter_column("key_hash", existing_type=sa.String(64), nullable=False)
        batch_op.create_unique_constraint(op.f("uq_selection_key_hash"), ["key_hash"])
        batch_op.create_table_comment(AFTER, existing_comment=BEFORE)


def _hash_all(bind: sa.Connection) -> None:
    rows = bind.execute(sa.select(SELECTION.c.id, SELECTION.c.key)).all()
    if rows:
        bind.execute(
            sa.update(SELECTION)
            .where(SELECTION.c.id == sa.bindparam("of_id"))
            .values(key_hash=sa.bindparam("hashed")),
            [
                {"of_id": row.id, "hashed": sha256(row.key.encode()).hexdigest()}
                for row in rows
            ],
        )


def downgrade() -> None:
    """Take the change back; PostgreSQL refuses where a selection is too long."""
    with op.batch_alter_table("selection") as batch_op:
        batch_op.drop_constraint(op.f("uq_selection_key_hash"), type_="unique")
        batch_op.drop_column("key_hash")
        batch_op.alter_column(
            "key",
            existing_type=sa.Text(),
            type_=sa.String(2000),
            existing_nullable=False,
        )
        batch_op.create_unique_constraint(op.f("uq_selection_key"), ["key"])
        batch_op.create_table_comment(BEFORE, existing_comment=AFTER)
