"""Gates: the pace of sending, for all processes and across restarts."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "gate",
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("next_at", moment, nullable=True),
        sa.Column("level", sa.Float(), nullable=True),
        sa.Column("ceiling", sa.Float(), nullable=False),
        sa.Column("cut_at", moment, nullable=True),
        sa.Column("raised_at", moment, nullable=True),
        sa.Column("rest_until", moment, nullable=True),
        sa.Column("open_until", moment, nullable=True),
        sa.Column("probe_until", moment, nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("counted_from", moment, nullable=True),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=True),
        sa.Column("day_count", sa.Integer(), nullable=False),
        sa.Column("day_trouble", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("passed_since", moment, nullable=True),
        sa.Column("passed_before", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_gate")),
        comment="One row for all mail, for each relay and for each group of providers.",
    )
    op.create_table(
        "gate_tally",
        sa.Column("gate_key", sa.String(120), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("blocked", sa.Integer(), nullable=False),
        sa.Column("bounced", sa.Integer(), nullable=False),
        sa.Column("complained", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["gate_key"], ["gate.key"], name=op.f("fk_gate_tally_gate_key_gate")
        ),
        sa.PrimaryKeyConstraint("gate_key", "since", name=op.f("pk_gate_tally")),
        comment="What happened at a gate in the five minutes since, kept for two days.",
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("gate_tally")
    op.drop_table("gate")
