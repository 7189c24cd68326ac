"""What readers said about articles."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from publisher.store.schema.metadata import BIG_ID, UtcDateTime, identity, metadata

comment = Table(
    "comment",
    metadata,
    identity(),
    Column("article_id", BIG_ID, ForeignKey("article.id"), nullable=False),
    Column("source_key", String(500), nullable=False),
    Column("uid", String(500), nullable=False, unique=True),
    Column("content_hash", String(64), nullable=False),
    Column("author", String(500), nullable=False),
    Column("body_html", Text, nullable=False),
    Column("url", String(2000), nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("article_id", "source_key"),
    Index("ix_comment_newest", "article_id", "published_at", "id"),
    Index("ix_comment_published_at", "published_at", "id"),
    comment="What readers said about an article; body_html is clean.",
)
