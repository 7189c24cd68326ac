"""Brotli twins of documents."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change: documents get their brotli when the service is idle."""
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("brotli_body", sa.LargeBinary(), nullable=True))
        batch_op.create_index(
            "ix_document_unpacked",
            ["change_no"],
            unique=False,
            sqlite_where=sa.text("brotli_body IS NULL"),
            postgresql_where=sa.text("brotli_body IS NULL"),
        )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_table_comment(
            "The last good bytes of a feed; change_no grows in commit order. Without"
            " brotli_body the gzip was made in haste and will be made again.",
            existing_comment="The last good bytes of a feed; change_no grows in commit order.",
        )


def downgrade() -> None:
    """Undo the change."""
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_document_unpacked",
            sqlite_where=sa.text("brotli_body IS NULL"),
            postgresql_where=sa.text("brotli_body IS NULL"),
        )
        batch_op.drop_column("brotli_body")
