"""Letters: messages to one person beside the digests."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COMMENT = (
    "A message to one person beside the digests, such as a confirmation. once:"
    " what it is about, so that it is posted once; facts: what its template shows;"
    " message: its bytes, kept from the first attempt until it is sent, has failed or"
    " has expired (law 11);"
    " ready_at is empty once it is settled."
)


def upgrade() -> None:
    """Apply the change."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "letter",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("once", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subscriber_id", BIG_ID, nullable=True),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("facts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("posted_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ready_at", moment, nullable=True),
        sa.Column("leased_until", moment, nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=True),
        sa.Column("begun_at", moment, nullable=True),
        sa.Column("settled_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_letter_subscriber_id_subscriber"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("once", name=op.f("uq_letter_once")),
        comment=COMMENT,
    )
    op.create_index("ix_letter_subscriber_id", "letter", ["subscriber_id"])
    op.create_index(
        "ix_letter_ready_at",
        "letter",
        ["ready_at"],
        sqlite_where=sa.text("ready_at IS NOT NULL"),
        postgresql_where=sa.text("ready_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_letter_ready_at", table_name="letter")
    op.drop_index("ix_letter_subscriber_id", table_name="letter")
    op.drop_table("letter")
