"""Requests to join, and what a consent was given with."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JOINING = (
    "A request to join. id: from a counter, since links of requests that were"
    " deleted must not confirm others; reply: what was sent for it, confirm, preferences or"
    " nothing; wishes: what was asked for, per digest; wording, version: the consent"
    " that was ticked; deleted 30 days after it was made."
)
COUNT = (
    "How often addresses were asked to join. key: address: or domain: and a"
    " keyed hash; of an address since is its last letter and times those that nobody"
    " answered, of a domain the hour and the requests in it. Outlives the requests."
)
OLD_CONSENT = "Append-only: given, changed, paused, resumed, withdrawn (law 14)."
CONSENT = (
    "Append-only: asked, given, changed, paused, resumed, withdrawn (law 14)."
    " version, language: of the wording; source: the page it stood on; ip, agent: who"
    " sent it; choices: what was agreed to; letter: the one whose button was pressed."
)
TEXTS = {
    "version": 64,
    "language": 20,
    "source": 500,
    "ip": 45,
    "agent": 300,
    "letter": 80,
}


def upgrade() -> None:
    """Apply the change."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "joining",
        sa.Column("id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("address_key", sa.String(320), nullable=False),
        sa.Column("reply", sa.String(20), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("wishes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("source", sa.String(500), nullable=False),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("agent", sa.String(300), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("confirmed_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joining")),
        comment=JOINING,
    )
    op.create_index("ix_joining_address_key", "joining", ["address_key"])
    op.create_index("ix_joining_asked_at", "joining", ["asked_at"])
    op.create_table(
        "joining_count",
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("since", moment, nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_joining_count")),
        comment=COUNT,
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        for name, length in TEXTS.items():
            batch_op.add_column(
                sa.Column(name, sa.String(length), nullable=False, server_default="")
            )
        batch_op.add_column(
            sa.Column("choices", sa.JSON(none_as_null=True), nullable=True)
        )
        batch_op.create_table_comment(CONSENT, existing_comment=OLD_CONSENT)
    with op.batch_alter_table("consent", schema=None) as batch_op:
        for name, length in TEXTS.items():
            batch_op.alter_column(
                name,
                existing_type=sa.String(length),
                existing_nullable=False,
                server_default=None,
            )


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("consent", schema=None) as batch_op:
        for name in (*TEXTS, "choices"):
            batch_op.drop_column(name)
        batch_op.create_table_comment(OLD_CONSENT, existing_comment=CONSENT)
    op.drop_table("joining_count")
    op.drop_table("joining")
