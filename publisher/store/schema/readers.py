"""Subscribers, what they chose, their consent, and addresses we may not write to."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
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

subscriber = Table(
    "subscriber",
    metadata,
    identity(),
    Column("email", String(320), nullable=False),
    Column("address_key", String(320), nullable=False, unique=True),
    Column("language", String(20), nullable=False),
    Column("zone", String(60), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("erased_at", UtcDateTime),
    comment="erased_at: since when it is nobody, kept so that the books of editions"
    " balance.",
)

selection = Table(
    "selection",
    metadata,
    identity(),
    Column("key", Text, nullable=False),
    Column("key_hash", String(64), nullable=False, unique=True),
    comment="A set of rubrics that some readers chose. key: its canonical spelling, of"
    " any length; key_hash: its SHA-256, since an index takes no long text.",
)

timetable = Table(
    "timetable",
    metadata,
    identity(),
    Column("digest_key", String(100), nullable=False),
    Column("frequency", String(20), nullable=False),
    Column("weekdays", String(20), nullable=False),
    Column("month_day", Integer, nullable=False),
    Column("local_time", String(5), nullable=False),
    Column("zone", String(60), nullable=False),
    Column("twin_no", Integer, nullable=False),
    Column("next_due_at", UtcDateTime),
    Column("reached", BIG_ID, nullable=False),
    UniqueConstraint(
        "digest_key",
        "frequency",
        "weekdays",
        "month_day",
        "local_time",
        "zone",
        "twin_no",
        name="uq_timetable_rhythm",
    ),
    Index("ix_timetable_next_due_at", "next_due_at"),
    Index(
        "ix_timetable_instant",
        "reached",
        sqlite_where=text("frequency = 'instant'"),
        postgresql_where=text("frequency = 'instant'"),
    ),
    comment="A rhythm that some readers share. An instant one has no next_due_at: it is"
    " due when listings have gone beyond the number it reached. twin_no: 0, or above"
    " where an operator's change brought others to the same rhythm, who are not due at"
    " the same moment.",
)

digest_rhythm = Table(
    "digest_rhythm",
    metadata,
    Column("digest_key", String(100), primary_key=True),
    Column("frequency", String(20), nullable=False),
    Column("weekdays", String(20), nullable=False),
    Column("month_day", Integer, nullable=False),
    Column("local_time", String(5), nullable=False),
    comment="The hour and days that each digest had at the last start: readers who have"
    " them follow when they are changed.",
)

subscription = Table(
    "subscription",
    metadata,
    identity(),
    Column("subscriber_id", BIG_ID, ForeignKey("subscriber.id"), nullable=False),
    Column("digest_key", String(100), nullable=False),
    Column("timetable_id", BIG_ID, ForeignKey("timetable.id"), nullable=False),
    Column("selection_id", BIG_ID, ForeignKey("selection.id"), nullable=False),
    Column("language", String(20), nullable=False),
    Column("is_compact", Boolean, nullable=False),
    Column("state", String(20), nullable=False),
    Column("cursor", BIG_ID, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("paused_until", UtcDateTime),
    UniqueConstraint("subscriber_id", "digest_key"),
    Index(
        "ix_subscription_due",
        "timetable_id",
        "state",
        "language",
        "is_compact",
        "selection_id",
        "cursor",
        "id",
    ),
    Index(
        "ix_subscription_paused",
        "paused_until",
        sqlite_where=text("state = 'paused'"),
        postgresql_where=text("state = 'paused'"),
    ),
    Index(
        "ix_subscription_left",
        "ended_at",
        sqlite_where=text("state = 'left'"),
        postgresql_where=text("state = 'left'"),
    ),
    comment="cursor: the listed_no up to which this reader has been served.",
)

consent = Table(
    "consent",
    metadata,
    identity(),
    Column("subscriber_id", BIG_ID, ForeignKey("subscriber.id"), nullable=False),
    Column("digest_key", String(100), nullable=False),
    Column("event", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("origin", String(50), nullable=False),
    Column("wording", Text, nullable=False),
    Column("version", String(64), nullable=False),
    Column("language", String(20), nullable=False),
    Column("source", String(500), nullable=False),
    Column("ip", String(45), nullable=False),
    Column("agent", String(300), nullable=False),
    Column("choices", JSON_VALUE),
    Column("letter", String(80), nullable=False),
    Index("ix_consent_subscriber_id", "subscriber_id"),
    Index(
        "ix_consent_traced",
        "at",
        sqlite_where=text("ip <> '' OR agent <> ''"),
        postgresql_where=text("ip <> '' OR agent <> ''"),
    ),
    comment="Append-only: asked, given, changed, paused, resumed, withdrawn (law 14)."
    " version, language: of the wording; source: the page it stood on; ip, agent: who"
    " sent it; choices: what was agreed to; letter: the one whose button was pressed."
    " Only retention empties ip and agent, and only erasing takes rows away.",
)

suppression = Table(
    "suppression",
    metadata,
    Column("address_key", String(320), primary_key=True),
    Column("subscriber_id", BIG_ID, ForeignKey("subscriber.id")),
    Column("reason", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("consent_hash", String(64)),
    Index("ix_suppression_subscriber_id", "subscriber_id"),
    comment="Addresses we may not write to, whatever they are subscribed to."
    " address_key: a keyed hash; subscriber_id: who has the address, as long as anybody"
    " has; consent_hash: of the consent record of who was erased.",
)

address_secret = Table(
    "address_secret",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    comment="One row: which secret addresses are hashed with. Who has another one would"
    " write to those who must not be written to, and is refused.",
)

data_request = Table(
    "data_request",
    metadata,
    identity(),
    Column("subscriber_id", BIG_ID, ForeignKey("subscriber.id"), nullable=False),
    Column("origin", String(50), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_data_request_subscriber_id", "subscriber_id"),
    Index("ix_data_request_expires_at", "expires_at"),
    comment="Who asked for what we know of them; opens one page until it expires.",
)
