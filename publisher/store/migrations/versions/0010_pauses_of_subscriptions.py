"""Pauses of subscriptions."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OLD = "Append-only: given, changed, withdrawn (law 14)."
NEW = "Append-only: given, changed, paused, resumed, withdrawn (law 14)."


def upgrade() -> None:
    """Apply the change."""
    op.add_column(
        "subscription",
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index(
        "ix_subscription_paused",
        "subscription",
        ["paused_until"],
        sqlite_where=sa.text("state = 'paused'"),
        postgresql_where=sa.text("state = 'paused'"),
    )
    if op.get_bind().dialect.name != "sqlite":
        op.create_table_comment("consent", NEW, existing_comment=OLD)


def downgrade() -> None:
    """Take the change back; who is paused gets digests again."""
    op.execute("UPDATE subscription SET state = 'active' WHERE state = 'paused'")
    if op.get_bind().dialect.name != "sqlite":
        op.create_table_comment("consent", OLD, existing_comment=NEW)
    op.drop_index("ix_subscription_paused", table_name="subscription")
    op.drop_column("subscription", "paused_until")
