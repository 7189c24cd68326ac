"""What readers may ask of us: hashed suppressions, traced consents, erasing, retention.

Suppressed addresses are hashed by the first start after this, which has the secret.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ERASED = (
    "erased_at: since when it is nobody, kept so that the books of editions balance."
)
CONSENT = (
    "Append-only: asked, given, changed, paused, resumed, withdrawn (law 14)."
    " version, language: of the wording; source: the page it stood on; ip, agent: who"
    " sent it; choices: what was agreed to; letter: the one whose button was pressed."
)
TRACED = " Only retention empties ip and agent, and only erasing takes rows away."
SUPPRESSION = "Addresses we may not write to, whatever they are subscribed to."
HASHED = (
    " address_key: a keyed hash; subscriber_id: who has the address, as long as"
    " anybody has; consent_hash: of the consent record of who was erased."
)
EDITION = "One digest at one slot, once (law 7). up_to: the listed_no it reaches to"
FORGOTTEN = (
    "; quieted_at: since when what relays replied is forgotten; counted_at: since"
    " when its deliveries are only numbers."
)
COMMENTS: dict[str, tuple[str | None, str]] = {
    "subscriber": (None, ERASED),
    "consent": (CONSENT, CONSENT + TRACED),
    "suppression": (SUPPRESSION, SUPPRESSION + HASHED),
    "edition": (EDITION + ".", EDITION + FORGOTTEN),
}
"""Before and after."""

HASHED_WITH = (
    "One row: which secret addresses are hashed with. Who has another one would"
    " write to those who must not be written to, and is refused."
)
REQUEST_COMMENT = "Who asked for what we know of them; opens one page until it expires."
COUNT_COMMENT = (
    "How many deliveries of an edition were forgotten, so that its books go on"
    " to balance (law 12)."
)
PARTIAL = (
    ("ix_subscription_left", "subscription", "ended_at", "state = 'left'"),
    ("ix_consent_traced", "consent", "at", "ip <> '' OR agent <> ''"),
    ("ix_edition_unquieted", "edition", "due_at", "quieted_at IS NULL"),
    ("ix_edition_uncounted", "edition", "due_at", "counted_at IS NULL"),
    ("ix_letter_settled_at", "letter", "settled_at", "settled_at IS NOT NULL"),
)
OWNER = (
    "(SELECT subscriber.id FROM subscriber"
    " WHERE subscriber.address_key = suppression.address_key)"
)


def upgrade() -> None:
    """Apply the change."""
    op.add_column("subscriber", sa.Column("erased_at", MOMENT))
    for name in ("quieted_at", "counted_at"):
        op.add_column("edition", sa.Column(name, MOMENT))
    with op.batch_alter_table("suppression") as batch_op:
        batch_op.add_column(sa.Column("subscriber_id", BIG_ID))
        batch_op.add_column(sa.Column("consent_hash", sa.String(64)))
        batch_op.create_foreign_key(
            op.f("fk_suppression_subscriber_id_subscriber"),
            "subscriber",
            ["subscriber_id"],
            ["id"],
        )
    op.execute(f"UPDATE suppression SET subscriber_id = {OWNER}")  # noqa: S608 (ours)
    op.create_index("ix_suppression_subscriber_id", "suppression", ["subscriber_id"])
    for name, table, column, which in PARTIAL:
        op.create_index(
            name,
            table,
            [column],
            sqlite_where=sa.text(which),
            postgresql_where=sa.text(which),
        )
    _create_tables()
    _tell(1)


def _create_tables() -> None:
    op.create_table(
        "address_secret",
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_address_secret")),
        comment=HASHED_WITH,
    )
    op.create_table(
        "data_request",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("subscriber_id", BIG_ID, nullable=False),
        sa.Column("origin", sa.String(50), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_data_request_subscriber_id_subscriber"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request")),
        comment=REQUEST_COMMENT,
    )
    for column in ("subscriber_id", "expires_at"):
        op.create_index(f"ix_data_request_{column}", "data_request", [column])
    op.create_table(
        "edition_count",
        sa.Column("edition_id", BIG_ID, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("readers", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["edition.id"],
            name=op.f("fk_edition_count_edition_id_edition"),
        ),
        sa.PrimaryKeyConstraint(
            "edition_id", "state", "reason", name=op.f("pk_edition_count")
        ),
        comment=COUNT_COMMENT,
    )


def downgrade() -> None:
    """Take the change back; hashed addresses stay hashed, and stop nobody."""
    for table in ("edition_count", "data_request", "address_secret"):
        op.drop_table(table)
    for name, table, _, _ in PARTIAL:
        op.drop_index(name, table)
    op.drop_index("ix_suppression_subscriber_id", "suppression")
    with op.batch_alter_table("suppression") as batch_op:
        batch_op.drop_constraint(
            op.f("fk_suppression_subscriber_id_subscriber"), type_="foreignkey"
        )
        batch_op.drop_column("subscriber_id")
        batch_op.drop_column("consent_hash")
    with op.batch_alter_table("edition") as batch_op:
        batch_op.drop_column("quieted_at")
        batch_op.drop_column("counted_at")
    op.drop_column("subscriber", "erased_at")
    _tell(0)


def _tell(which: int) -> None:
    if op.get_bind().dialect.supports_comments:
        for table, texts in COMMENTS.items():
            text = texts[which]
            if text is None:
                op.drop_table_comment(table)
            else:
                op.create_table_comment(table, text)
