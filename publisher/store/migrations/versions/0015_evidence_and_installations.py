"""What evidence was read for doubts, and which installations may send."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "evidence",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("notes", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_evidence")),
        comment="How far each source of evidence was read for the deliveries in doubt.",
    )
    op.create_table(
        "sending",
        sa.Column("store_key", sa.String(32), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("advanced_at", moment, nullable=False),
        sa.Column("stopped_at", moment, nullable=True),
        sa.Column("stopped_why", sa.String(20), nullable=False),
        sa.Column("lost_until", moment, nullable=True),
        sa.PrimaryKeyConstraint("store_key", name=op.f("pk_sending")),
        comment="One row: which store this is, and how often chunks were leased to be"
        " sent. Who has seen a larger number stands before a store that was set back."
        " lost_until: what was due by then may have been sent by a store that is lost.",
    )
    op.create_table(
        "installation",
        sa.Column("host_key", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("confirmed_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("host_key", name=op.f("pk_installation")),
        comment="A machine and folder that may send from this store.",
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("installation")
    op.drop_table("sending")
    op.drop_table("evidence")
