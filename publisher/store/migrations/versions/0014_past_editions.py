"""Past editions that everybody may read."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change: the archive begins with the next edition."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "past_edition",
        sa.Column("edition_id", number, nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("digest_key", sa.String(100), nullable=False),
        sa.Column("segment_id", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["edition.id"],
            name=op.f("fk_past_edition_edition_id_edition"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"],
            ["segment.id"],
            name=op.f("fk_past_edition_segment_id_segment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("edition_id", "language", name=op.f("pk_past_edition")),
        comment="The archive of digests whose operator allows one: what most readers of"
        " the digest's own rubrics, hour and zone got, per language.",
    )
    with op.batch_alter_table("past_edition", schema=None) as batch_op:
        batch_op.create_index(
            "ix_past_edition_digest_key",
            ["digest_key", "language", "edition_id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_past_edition_segment_id", ["segment_id"], unique=False
        )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("past_edition")
