"""Letters: messages to one person that are not part of a digest."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from publisher.store.schema.metadata import (
    BIG_ID,
    JSON_VALUE,
    UtcDateTime,
    identity,
    metadata,
)

letter = Table(
    "letter",
    metadata,
    identity(),
    Column("once", String(80), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("subscriber_id", BIG_ID, ForeignKey("subscriber.id")),
    Column("email", String(320), nullable=False),
    Column("language", String(20), nullable=False),
    Column("facts", JSON_VALUE, nullable=False),
    Column("posted_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("ready_at", UtcDateTime),
    Column("leased_until", UtcDateTime),
    Column("fence", BigInteger, nullable=False),
    Column("message", LargeBinary),
    Column("begun_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    UniqueConstraint("once"),
    Index("ix_letter_subscriber_id", "subscriber_id"),
    Index(
        "ix_letter_ready_at",
        "ready_at",
        sqlite_where=text("ready_at IS NOT NULL"),
        postgresql_where=text("ready_at IS NOT NULL"),
    ),
    Index(
        "ix_letter_settled_at",
        "settled_at",
        sqlite_where=text("settled_at IS NOT NULL"),
        postgresql_where=text("settled_at IS NOT NULL"),
    ),
    comment="A message to one person beside the digests, such as a confirmation. once:"
    " what it is about, so that it is posted once; facts: what its template shows;"
    " message: its bytes, kept from the first attempt until it is sent, has failed or"
    " has expired (law 11);"
    " ready_at is empty once it is settled.",
)
