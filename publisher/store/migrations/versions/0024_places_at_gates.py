"""Places at gates: how many messages are under way, over all processes."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "gate_place",
        sa.Column("gate_key", sa.String(120), nullable=False),
        sa.Column("process", sa.String(40), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("queued_at", moment, nullable=False),
        sa.Column("served_at", moment, nullable=True),
        sa.Column("leased_until", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["gate_key"], ["gate.key"], name=op.f("fk_gate_place_gate_key_gate")
        ),
        sa.PrimaryKeyConstraint("gate_key", "process", name=op.f("pk_gate_place")),
        comment="How many messages a process may have under way through a gate.",
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("gate_place")
