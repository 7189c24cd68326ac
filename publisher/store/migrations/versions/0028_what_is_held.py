"""A delivery that begins or is sent touches no index of its table."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

UNSETTLED = sa.text("state IN ('waiting', 'begun')")
HELD = sa.text("state = 'held'")
COMMENT = (
    "One edition for one reader. No index knows state, attempts, ready_at or"
    " settled_at, and PostgreSQL leaves half of a page free: so to begin a message and"
    " to settle it changes a row where it is, and no index."
)


def upgrade() -> None:
    """Apply the change."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    op.drop_index("ix_delivery_unsettled", table_name="delivery")
    op.drop_index("ix_delivery_held", table_name="delivery")
    kept = "STORED" if is_postgres else "VIRTUAL"
    op.execute(
        "ALTER TABLE delivery ADD COLUMN is_held BOOLEAN"
        f" GENERATED ALWAYS AS (state = 'held') {kept}"
    )
    op.create_index(
        "ix_delivery_held",
        "delivery",
        ["is_held"],
        sqlite_where=sa.text("is_held = 1"),
        postgresql_where=sa.text("is_held"),
    )
    if is_postgres:
        op.execute("ALTER TABLE delivery SET (fillfactor = 50)")
        op.create_table_comment("delivery", COMMENT)


def downgrade() -> None:
    """Take the change back."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_table_comment("delivery")
        op.execute("ALTER TABLE delivery RESET (fillfactor)")
    op.drop_index("ix_delivery_held", table_name="delivery")
    op.execute("ALTER TABLE delivery DROP COLUMN is_held")
    op.create_index(
        "ix_delivery_held",
        "delivery",
        ["state"],
        sqlite_where=HELD,
        postgresql_where=HELD,
    )
    op.create_index(
        "ix_delivery_unsettled",
        "delivery",
        ["subscription_id"],
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )
