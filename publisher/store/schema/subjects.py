"""Authors and tags, the names they go by, and what is public by and about them."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, UniqueConstraint

from publisher.store.schema.metadata import BIG_ID, UtcDateTime, identity, metadata

subject = Table(
    "subject",
    metadata,
    identity(),
    Column("kind", String(10), nullable=False),
    Column("slug", String(80), nullable=False),
    Column("name", String(500), nullable=False),
    UniqueConstraint("kind", "slug"),
    comment="An author or a tag; the slug stays, the name is the last one printed.",
)

subject_name = Table(
    "subject_name",
    metadata,
    Column("kind", String(10), primary_key=True),
    Column("spelling", String(600), primary_key=True),
    Column("subject_id", BIG_ID, ForeignKey("subject.id"), nullable=False),
    Index("ix_subject_name_subject_id", "subject_id"),
    comment="What leads to an author or tag: folded names, and pages of authors.",
)

subject_listing = Table(
    "subject_listing",
    metadata,
    Column("subject_id", BIG_ID, ForeignKey("subject.id"), primary_key=True),
    Column("article_id", BIG_ID, ForeignKey("article.id"), primary_key=True),
    Column("language", String(20), nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("shown_at", UtcDateTime, nullable=False),
    Index("ix_subject_listing_newest", "subject_id", "published_at", "article_id"),
    Index(
        "ix_subject_listing_newest_language",
        "subject_id",
        "language",
        "published_at",
        "article_id",
    ),
    Index(
        "ix_subject_listing_shown", "subject_id", "language", "shown_at", "article_id"
    ),
    Index("ix_subject_listing_article_id", "article_id"),
    comment="Public articles only.",
)
