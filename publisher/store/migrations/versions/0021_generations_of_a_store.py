"""Generations of a store."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change; a store that sends is in its first generation."""
    op.add_column("sending", sa.Column("generation", sa.BigInteger(), nullable=True))
    op.execute("UPDATE sending SET generation = 0")
    with op.batch_alter_table("sending", schema=None) as batch_op:
        batch_op.alter_column(
            "generation", existing_type=sa.BigInteger(), nullable=False
        )
        batch_op.create_table_comment(COMMENT, existing_comment=BEFORE)


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("sending", schema=None) as batch_op:
        batch_op.create_table_comment(BEFORE, existing_comment=COMMENT)
    op.drop_column("sending", "generation")


BEFORE = (
    "One row: which store this is, and how often chunks were leased to be sent."
    " Who has seen a larger number stands before a store that was set back. lost_until:"
    " what was due by then may have been sent by a store that is lost."
)
COMMENT = (
    f"{BEFORE} generation: changes when an operator confirms, so that numbers which"
    " come again name other messages."
)
