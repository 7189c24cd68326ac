"""Feeds, their work, kept fragments, the documents being served, and their copies."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from publisher.store.schema.metadata import BIG_ID, UtcDateTime, identity, metadata

feed = Table(
    "feed",
    metadata,
    identity(),
    Column("key", String(150), nullable=False, unique=True),
    Column("kind", String(10), nullable=False),
    Column("rubric_id", BIG_ID, ForeignKey("rubric.id")),
    Column("language", String(20), nullable=False),
    Column("subject", String(100), nullable=False),
    Column("variant", String(10), nullable=False),
    Column("month", String(7), nullable=False),
    Column("touched_at", UtcDateTime, nullable=False),
    Column("version", BIG_ID, nullable=False),
    Column("is_final", Boolean, nullable=False),
    Index(
        "ix_feed_subject",
        "kind",
        "subject",
        sqlite_where=text("subject <> ''"),
        postgresql_where=text("subject <> ''"),
    ),
    Index(
        "ix_feed_month",
        "month",
        sqlite_where=text("month <> '' AND NOT is_final"),
        postgresql_where=text("month <> '' AND NOT is_final"),
    ),
    comment="subject: slug of an author or tag, or number of an article; month: of an"
    " archive; touched_at: last removal or change of name; version: times published;"
    " is_final: an archive built after its month, which no edit changes any more.",
)

feed_work = Table(
    "feed_work",
    metadata,
    identity(),
    Column("feed_id", BIG_ID, ForeignKey("feed.id"), nullable=False),
    Column("is_urgent", Boolean, nullable=False),
    Index("ix_feed_work_feed_id", "feed_id"),
    comment="Feeds to rebuild, recorded in the transaction of the change (law 4)."
    " Insert only, so that changes never wait for each other here.",
)

tombstone = Table(
    "tombstone",
    metadata,
    Column("feed_id", BIG_ID, ForeignKey("feed.id"), primary_key=True),
    Column("article_id", BIG_ID, ForeignKey("article.id"), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_tombstone_article_id", "article_id"),
    Index("ix_tombstone_at", "at"),
    comment="Articles withdrawn from a feed, told for a while (RFC 6721).",
)

fragment = Table(
    "fragment",
    metadata,
    Column("article_id", BIG_ID, ForeignKey("article.id"), primary_key=True),
    Column("format", String(10), primary_key=True),
    Column("variant", String(10), primary_key=True),
    Column("entry_version", Integer, nullable=False),
    Column("context", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    comment="An article in one format and variant, rendered once per entry_version.",
)

document = Table(
    "document",
    metadata,
    Column("feed_id", BIG_ID, ForeignKey("feed.id"), primary_key=True),
    Column("format", String(10), primary_key=True),
    Column("path", String(600), nullable=False),
    Column("etag", String(64), nullable=False),
    Column("last_modified", UtcDateTime, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("gzip_body", LargeBinary, nullable=False),
    Column("brotli_body", LargeBinary),
    Column("built_at", UtcDateTime, nullable=False),
    Column("change_no", BIG_ID, nullable=False),
    Column("published_no", BIG_ID, nullable=False),
    Column("derived_no", BIG_ID, nullable=False),
    Column("derived_at", UtcDateTime, nullable=False),
    Index("ix_document_change_no", "change_no"),
    Index("ix_document_published_no", "published_no"),
    Index("ix_document_path", "path"),
    Index(
        "ix_document_unpacked",
        "change_no",
        sqlite_where=text("brotli_body IS NULL"),
        postgresql_where=text("brotli_body IS NULL"),
    ),
    comment="The last good bytes of a feed; change_no grows in commit order. Without"
    " brotli_body the gzip was made in haste and will be made again; published_no is"
    " the change that brought the bytes; derived_no and derived_at are those of what"
    " is made of it, which may show articles that it shows no more.",
)

mirrored = Table(
    "mirrored",
    metadata,
    Column("output", String(100), primary_key=True),
    Column("path", String(600), primary_key=True),
    Column("change_no", BIG_ID, nullable=False),
    comment="Where outputs hold a document, and as of which change of it; 0: perhaps."
    " Written before the first copy is, so that none is ever forgotten there.",
)
