"""Numbers of comments are noted beside those that are shown."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
IS_NEWS = "uncounted_since IS NOT NULL"
BEFORE = (
    "shown_at: when it was published or came back, edited or late; its month is the"
    " archive that holds it; commented_at: newest comment of those we have."
)
AFTER = (
    "shown_at: when it was published or came back, edited or late; its month is the"
    " archive that holds it; commented_at: newest comment of those we have, shown like"
    " comment_count only now and then; uncounted_since: when they were last shown,"
    " where there is news of them."
)


def upgrade() -> None:
    """Apply the change."""
    op.add_column("article", sa.Column("latest_count", sa.Integer()))
    op.add_column("article", sa.Column("count_shown_at", MOMENT))
    op.add_column("article", sa.Column("uncounted_since", MOMENT))
    table = sa.table("article", sa.column("latest_count"), sa.column("comment_count"))
    op.execute(table.update().values(latest_count=table.c.comment_count))
    op.create_index(
        "ix_article_uncounted",
        "article",
        ["uncounted_since"],
        sqlite_where=sa.text(IS_NEWS),
        postgresql_where=sa.text(IS_NEWS),
    )
    _tell(AFTER)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_article_uncounted", "article")
    with op.batch_alter_table("article") as batch_op:
        for name in ("uncounted_since", "count_shown_at", "latest_count"):
            batch_op.drop_column(name)
    _tell(BEFORE)


def _tell(comment: str) -> None:
    if op.get_bind().dialect.supports_comments:
        op.create_table_comment("article", comment)
