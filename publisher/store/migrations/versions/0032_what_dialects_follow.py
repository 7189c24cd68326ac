"""The change that what is made of a document follows, beside that of its bytes."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.table(
    "document",
    sa.column("published_no"),
    sa.column("derived_no"),
    sa.column("last_modified"),
    sa.column("derived_at"),
)
BEFORE = (
    "The last good bytes of a feed; change_no grows in commit order. Without"
    " brotli_body the gzip was made in haste and will be made again; published_no is"
    " the change that brought the bytes."
)
AFTER = (
    "The last good bytes of a feed; change_no grows in commit order. Without"
    " brotli_body the gzip was made in haste and will be made again; published_no is"
    " the change that brought the bytes; derived_no and derived_at are those of what"
    " is made of it, which may show articles that it shows no more."
)


def upgrade() -> None:
    """Apply the change; until now dialects followed the bytes."""
    with op.batch_alter_table("document") as batch_op:
        batch_op.add_column(sa.Column("derived_no", NUMBER, nullable=True))
        batch_op.add_column(sa.Column("derived_at", MOMENT, nullable=True))
    op.execute(
        sa.update(DOCUMENT).values(
            derived_no=DOCUMENT.c.published_no, derived_at=DOCUMENT.c.last_modified
        )
    )
    with op.batch_alter_table("document") as batch_op:
        batch_op.alter_column("derived_no", existing_type=NUMBER, nullable=False)
        batch_op.alter_column("derived_at", existing_type=MOMENT, nullable=False)
        batch_op.create_table_comment(AFTER, existing_comment=BEFORE)


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("document") as batch_op:
        batch_op.drop_column("derived_at")
        batch_op.drop_column("derived_no")
        batch_op.create_table_comment(BEFORE, existing_comment=AFTER)
