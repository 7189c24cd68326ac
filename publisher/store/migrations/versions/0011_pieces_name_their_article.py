"""Pieces of digests name the article they show."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OLD = (
    "A part of digests as it was rendered, once for all segments that have it;"
    " never changed, so that a retry is byte-identical (law 11)."
)
NEW = (
    "A part of digests as it was rendered, once for all segments that have it;"
    " never changed, so that a retry is byte-identical (law 11); article_id: the"
    " article it shows, if one."
)


def upgrade() -> None:
    """Apply the change."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("piece", schema=None) as batch_op:
        batch_op.add_column(sa.Column("article_id", number, nullable=True))
        batch_op.create_table_comment(NEW, existing_comment=OLD)


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("piece", schema=None) as batch_op:
        batch_op.drop_column("article_id")
        batch_op.create_table_comment(OLD, existing_comment=NEW)
