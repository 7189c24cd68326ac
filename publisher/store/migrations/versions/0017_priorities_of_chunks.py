"""Priorities of chunks."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FREQUENCY = (
    "(SELECT timetable.frequency FROM edition"
    " JOIN timetable ON timetable.id = edition.timetable_id"
    " WHERE edition.id = chunk.edition_id)"
)
PRIORITY = (
    f"CASE {FREQUENCY} WHEN 'instant' THEN 1 WHEN 'weekly' THEN 3"
    " WHEN 'monthly' THEN 3 ELSE 2 END"
)


def upgrade() -> None:
    """Apply the change; chunks that wait get the priority of their digest."""
    op.drop_index("ix_chunk_ready_at", table_name="chunk")
    op.add_column("chunk", sa.Column("priority", sa.Integer(), nullable=True))
    op.execute(f"UPDATE chunk SET priority = {PRIORITY}")  # noqa: S608 (ours)
    with op.batch_alter_table("chunk", schema=None) as batch_op:
        batch_op.alter_column("priority", existing_type=sa.Integer(), nullable=False)
    op.create_index("ix_chunk_turn", "chunk", ["priority", "ready_at"])


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_chunk_turn", table_name="chunk")
    op.drop_column("chunk", "priority")
    op.create_index("ix_chunk_ready_at", "chunk", ["ready_at"])
