"""Comments of articles."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
BEFORE = (
    "shown_at: when it was published or came back, edited or late; its month is the"
    " archive that holds it."
)
AFTER = (
    "shown_at: when it was published or came back, edited or late; its month is the"
    " archive that holds it; commented_at: newest comment of those we have."
)


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "comment",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("article_id", BIG_ID, nullable=False),
        sa.Column("source_key", sa.String(500), nullable=False),
        sa.Column("uid", sa.String(500), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("author", sa.String(500), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_comment_article_id_article")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
        sa.UniqueConstraint(
            "article_id", "source_key", name=op.f("uq_comment_article_id_source_key")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_comment_uid")),
        comment="What readers said about an article; body_html is clean.",
    )
    op.create_index(
        "ix_comment_newest", "comment", ["article_id", "published_at", "id"]
    )
    op.add_column("article", sa.Column("commented_at", MOMENT))
    _tell(AFTER)


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("comment")
    with op.batch_alter_table("article") as batch_op:
        batch_op.drop_column("commented_at")
    _tell(BEFORE)


def _tell(comment: str) -> None:
    if op.get_bind().dialect.supports_comments:
        op.create_table_comment("article", comment)
