"""Compact digests, for readers who want headlines."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

INDEX = "ix_subscription_due"
BEFORE = ["timetable_id", "state", "language", "selection_id", "cursor", "id"]
AFTER = [*BEFORE[:3], "is_compact", *BEFORE[3:]]


def upgrade() -> None:
    """Apply the change; every reader goes on with the full form."""
    op.drop_index(INDEX, "subscription")
    for table in ("subscription", "segment"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(
                sa.Column(
                    "is_compact",
                    sa.Boolean(),
                    nullable=False,
                    server_default=sa.false(),
                )
            )
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column(
                "is_compact",
                existing_type=sa.Boolean(),
                existing_nullable=False,
                server_default=None,
            )
    op.create_index(INDEX, "subscription", AFTER)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index(INDEX, "subscription")
    for table in ("subscription", "segment"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("is_compact")
    op.create_index(INDEX, "subscription", BEFORE)
