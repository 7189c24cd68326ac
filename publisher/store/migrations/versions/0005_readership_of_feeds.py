"""Readership of feeds."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply the change: what feeds are read by is counted per day."""
    op.create_table(
        "readership_key",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_readership_key")),
        comment="What visitors of a day are hashed with, so that all processes know one again; deleted when the day is over.",
    )
    op.create_table(
        "readership",
        sa.Column("feed_id", BIG_ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("requests", BIG_ID, nullable=False),
        sa.Column("not_modified", BIG_ID, nullable=False),
        sa.Column("bytes_sent", BIG_ID, nullable=False),
        sa.Column("slowed", BIG_ID, nullable=False),
        sa.Column("visitors", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feed.id"], name=op.f("fk_readership_feed_id_feed")
        ),
        sa.PrimaryKeyConstraint("feed_id", "day", name=op.f("pk_readership")),
        comment="Requests for a feed, all its formats together. visitors: a sketch of those that read for themselves, deflated; it tells how many, and nothing else.",
    )
    op.create_index("ix_readership_day", "readership", ["day"])
    op.create_table(
        "readership_aggregator",
        sa.Column("feed_id", BIG_ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("foreign_feed", sa.String(length=40), nullable=False),
        sa.Column("subscribers", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feed.id"], name=op.f("fk_readership_aggregator_feed_id_feed")
        ),
        sa.PrimaryKeyConstraint(
            "feed_id",
            "day",
            "format",
            "name",
            "foreign_feed",
            name=op.f("pk_readership_aggregator"),
        ),
        comment="The most subscribers that an aggregator named on a day, for each of the feeds in its own books; its machines say the same and are not added up.",
    )
    op.create_index("ix_readership_aggregator_day", "readership_aggregator", ["day"])


def downgrade() -> None:
    """Undo the change."""
    op.drop_table("readership_aggregator")
    op.drop_table("readership")
    op.drop_table("readership_key")
