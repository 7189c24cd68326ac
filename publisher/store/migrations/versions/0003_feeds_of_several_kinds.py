"""Feeds of several kinds and variants; fragments of each variant."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FEED_COLUMNS = (
    ("kind", sa.String(10), "rubric"),
    ("subject", sa.String(100), ""),
    ("variant", sa.String(10), "full"),
    ("month", sa.String(7), ""),
)


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("feed") as batch_op:
        for name, kind, value in FEED_COLUMNS:
            batch_op.add_column(
                sa.Column(name, kind, nullable=False, server_default=value)
            )
    with op.batch_alter_table("feed") as batch_op:
        for name, kind, _ in FEED_COLUMNS:
            batch_op.alter_column(name, existing_type=kind, server_default=None)
    # Fragments are rendered anew where they are not kept.
    op.drop_table("fragment")
    _create_fragment(sa.Column("variant", sa.String(10), nullable=False))


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("fragment")
    _create_fragment()
    feed = sa.table("feed", *(sa.column(name) for name in ("id", "kind", "variant")))
    is_new = sa.or_(feed.c.kind != "rubric", feed.c.variant != "full")
    for name in ("feed_work", "document"):
        table = sa.table(name, sa.column("feed_id"))
        new = sa.select(feed.c.id).where(is_new)
        op.execute(table.delete().where(table.c.feed_id.in_(new)))
    op.execute(feed.delete().where(is_new))
    with op.batch_alter_table("feed") as batch_op:
        for name, _, _ in FEED_COLUMNS:
            batch_op.drop_column(name)


def _create_fragment(*variant: sa.Column[str]) -> None:
    big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "fragment",
        sa.Column("article_id", big_id, nullable=False),
        sa.Column("format", sa.String(10), nullable=False),
        *variant,
        sa.Column("entry_version", sa.Integer(), nullable=False),
        sa.Column("context", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_fragment_article_id_article")
        ),
        sa.PrimaryKeyConstraint(
            "article_id",
            "format",
            *(column.name for column in variant),
            name=op.f("pk_fragment"),
        ),
    )
