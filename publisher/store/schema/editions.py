"""Editions, their segments, and one delivery per due reader with its attempts."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
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

edition = Table(
    "edition",
    metadata,
    identity(),
    Column("timetable_id", BIG_ID, ForeignKey("timetable.id"), nullable=False),
    Column("slot", String(20), nullable=False),
    Column("dated", Date, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("composed_at", UtcDateTime, nullable=False),
    Column("up_to", BIG_ID, nullable=False),
    Column("state", String(20), nullable=False),
    Column("quieted_at", UtcDateTime),
    Column("counted_at", UtcDateTime),
    UniqueConstraint("timetable_id", "slot"),
    Index(
        "ix_edition_open",
        "timetable_id",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index(
        "ix_edition_planning",
        "id",
        sqlite_where=text("state = 'planning'"),
        postgresql_where=text("state = 'planning'"),
    ),
    Index(
        "ix_edition_unquieted",
        "due_at",
        sqlite_where=text("quieted_at IS NULL"),
        postgresql_where=text("quieted_at IS NULL"),
    ),
    Index(
        "ix_edition_uncounted",
        "due_at",
        sqlite_where=text("counted_at IS NULL"),
        postgresql_where=text("counted_at IS NULL"),
    ),
    comment="One digest at one slot, once (law 7). up_to: the listed_no it reaches to;"
    " quieted_at: since when what relays replied is forgotten; counted_at: since when"
    " its deliveries are only numbers.",
)

edition_count = Table(
    "edition_count",
    metadata,
    Column("edition_id", BIG_ID, ForeignKey("edition.id"), primary_key=True),
    Column("state", String(20), primary_key=True),
    Column("reason", String(200), primary_key=True),
    Column("readers", BigInteger, nullable=False),
    comment="How many deliveries of an edition were forgotten, so that its books go on"
    " to balance (law 12).",
)

segment = Table(
    "segment",
    metadata,
    identity(),
    Column("edition_id", BIG_ID, ForeignKey("edition.id"), nullable=False),
    Column("content_key", String(64), nullable=False),
    Column("language", String(20), nullable=False),
    Column("selection_id", BIG_ID, ForeignKey("selection.id"), nullable=False),
    Column("is_compact", Boolean, nullable=False),
    Column("is_stale", Boolean, nullable=False),
    Column("subject", Text, nullable=False),
    Column("pieces", JSON_VALUE, nullable=False),
    Column("frame", JSON_VALUE, nullable=False),
    UniqueConstraint("edition_id", "content_key"),
    comment="What some readers of an edition get, frozen when composed (law 11);"
    " pieces: the numbers of its pieces in their order; is_stale: one of its articles"
    " was withdrawn since.",
)

piece = Table(
    "piece",
    metadata,
    identity(),
    Column("key", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("article_id", BIG_ID),
    UniqueConstraint("key"),
    comment="A part of digests as it was rendered, once for all segments that have it;"
    " never changed, so that a retry is byte-identical (law 11); article_id: the"
    " article it shows, if one.",
)

past_edition = Table(
    "past_edition",
    metadata,
    Column(
        "edition_id",
        BIG_ID,
        ForeignKey("edition.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("language", String(20), primary_key=True),
    Column("digest_key", String(100), nullable=False),
    Column(
        "segment_id",
        BIG_ID,
        ForeignKey("segment.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Index("ix_past_edition_digest_key", "digest_key", "language", "edition_id"),
    Index("ix_past_edition_segment_id", "segment_id"),
    comment="The archive of digests whose operator allows one: what most readers of the"
    " digest's own rubrics, hour and zone got, per language.",
)

segment_article = Table(
    "segment_article",
    metadata,
    Column("segment_id", BIG_ID, ForeignKey("segment.id"), primary_key=True),
    Column("article_id", BIG_ID, ForeignKey("article.id"), primary_key=True),
    Index("ix_segment_article_article_id", "article_id"),
)

chunk = Table(
    "chunk",
    metadata,
    identity(),
    Column("edition_id", BIG_ID, ForeignKey("edition.id"), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("ready_at", UtcDateTime),
    Column("leased_until", UtcDateTime),
    Column("fence", BigInteger, nullable=False),
    Index("ix_chunk_turn", "priority", "ready_at"),
    Index("ix_chunk_edition_id", "edition_id"),
    comment="Some hundred deliveries that one worker leases together; ready_at is empty"
    " once all are settled; fence counts the leases, so a late worker is refused.",
)

delivery = Table(
    "delivery",
    metadata,
    identity(),
    Column("edition_id", BIG_ID, ForeignKey("edition.id"), nullable=False),
    Column("subscription_id", BIG_ID, ForeignKey("subscription.id"), nullable=False),
    Column("chunk_id", BIG_ID, ForeignKey("chunk.id")),
    Column("segment_id", BIG_ID, ForeignKey("segment.id")),
    Column("state", String(20), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("ready_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("is_held", Boolean, Computed("state = 'held'")),
    UniqueConstraint("edition_id", "subscription_id"),
    Index("ix_delivery_subscription_id_edition_id", "subscription_id", "edition_id"),
    Index("ix_delivery_chunk_id", "chunk_id"),
    Index("ix_delivery_segment_id", "segment_id"),
    Index(
        "ix_delivery_held",
        "is_held",
        sqlite_where=text("is_held = 1"),
        postgresql_where=text("is_held"),
    ),
    comment="One edition for one reader. No index knows state, attempts, ready_at or"
    " settled_at, and PostgreSQL leaves half of a page free: so to begin a message and"
    " to settle it changes a row where it is, and no index.",
)

attempt = Table(
    "attempt",
    metadata,
    Column("delivery_id", BIG_ID, ForeignKey("delivery.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("outcome", String(20), nullable=False),
    Column("phase", String(20), nullable=False),
    Column("code", Integer, nullable=False),
    Column("reply", String(1000), nullable=False),
    comment="One try: begun before the final dot, ended after the reply (law 10).",
)

evidence = Table(
    "evidence",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("notes", JSON_VALUE, nullable=False),
    comment="How far each source of evidence was read for the deliveries in doubt.",
)

sending = Table(
    "sending",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("store_key", String(32), nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("advanced_at", UtcDateTime, nullable=False),
    Column("stopped_at", UtcDateTime),
    Column("stopped_why", String(20), nullable=False),
    Column("lost_until", UtcDateTime),
    Column("generation", BigInteger, nullable=False),
    comment="One row, 1 its key, so that machines which begin at one moment cannot make"
    " two: which store this is, and how often chunks were leased to be sent."
    " Who has seen a larger number stands before a store that was set back. lost_until:"
    " what was due by then may have been sent by a store that is lost. generation:"
    " changes when an operator confirms, so that numbers which come again name other"
    " messages.",
)

installation = Table(
    "installation",
    metadata,
    Column("host_key", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("confirmed_at", UtcDateTime, nullable=False),
    comment="A machine and folder that may send from this store.",
)
