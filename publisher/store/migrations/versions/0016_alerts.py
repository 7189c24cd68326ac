"""What operators were told by mail."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "alert",
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_alert")),
        comment="When operators were last told of a trouble by mail.",
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("alert")
