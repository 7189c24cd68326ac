"""Rows to lock, where advisory locks were."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "turn",
        sa.Column("name", sa.String(150), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_turn")),
        comment="A row to lock until commit, for who decides by what others are"
        " writing: one for each digest, and some for all addresses. Used on"
        " PostgreSQL.",
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("turn")
