"""New addresses that readers ask for, and mails that unsubscribe."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHANGES = (
    "A new address that a subscriber asked for. It takes the place of the old"
    " one when both mailboxes have confirmed it in time: links in digests are"
    " forwarded, and must not carry a subscription away."
)
MAILS = (
    "Mails to the leave address, each handled once: left, was gone, outdated"
    " (older than the consent), or passed over with the reason. key: made of its bytes;"
    " the mail itself stays in its mailbox."
)


def upgrade() -> None:
    """Apply the change."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "address_change",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("subscriber_id", BIG_ID, nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("address_key", sa.String(320), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("new_confirmed_at", moment, nullable=True),
        sa.Column("old_confirmed_at", moment, nullable=True),
        sa.Column("settled_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_address_change_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_change")),
        comment=CHANGES,
    )
    op.create_index(
        "ix_address_change_subscriber_id",
        "address_change",
        ["subscriber_id", "asked_at"],
    )
    op.create_index("ix_address_change_expires_at", "address_change", ["expires_at"])
    op.create_table(
        "leave_mail",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_leave_mail")),
        comment=MAILS,
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("leave_mail")
    op.drop_index("ix_address_change_expires_at", table_name="address_change")
    op.drop_index("ix_address_change_subscriber_id", table_name="address_change")
    op.drop_table("address_change")
