"""The newest comments of all articles."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_index("ix_comment_published_at", "comment", ["published_at", "id"])


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_comment_published_at", table_name="comment")
