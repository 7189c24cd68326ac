"""The hour and days that each digest had, so that its readers can follow a change."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "digest_rhythm",
        sa.Column("digest_key", sa.String(100), nullable=False),
        sa.Column("frequency", sa.String(20), nullable=False),
        sa.Column("weekdays", sa.String(20), nullable=False),
        sa.Column("month_day", sa.Integer(), nullable=False),
        sa.Column("local_time", sa.String(5), nullable=False),
        sa.PrimaryKeyConstraint("digest_key", name=op.f("pk_digest_rhythm")),
        comment="The hour and days that each digest had at the last start: readers who"
        " have them follow when they are changed.",
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("digest_rhythm")
