"""What readers ask for by other ways than a page: a new address, leaving by mail."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table

from publisher.store.schema.metadata import BIG_ID, UtcDateTime, identity, metadata

address_change = Table(
    "address_change",
    metadata,
    identity(),
    Column(
        "subscriber_id",
        BIG_ID,
        ForeignKey("subscriber.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("email", String(320), nullable=False),
    Column("address_key", String(320), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("new_confirmed_at", UtcDateTime),
    Column("old_confirmed_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Index("ix_address_change_subscriber_id", "subscriber_id", "asked_at"),
    Index("ix_address_change_expires_at", "expires_at"),
    comment="A new address that a subscriber asked for. It takes the place of the old"
    " one when both mailboxes have confirmed it in time: links in digests are"
    " forwarded, and must not carry a subscription away.",
)

leave_mail = Table(
    "leave_mail",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("outcome", String(20), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("is_automatic", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    comment="Mails to the leave address, each handled once: left, was gone, outdated"
    " (older than the consent), or passed over with the reason. key: made of its bytes;"
    " the mail itself stays in its mailbox.",
)
