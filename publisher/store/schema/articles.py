"""Articles with their revisions and rubrics, and what the sources have shown us."""

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

source = Table(
    "source",
    metadata,
    identity(),
    Column("name", String(100), nullable=False, unique=True),
    Column("date_shift", Integer),
    Column("shifted_until", UtcDateTime),
    comment="date_shift (seconds) moves a demonstration's dates up to shifted_until.",
)

source_file = Table(
    "source_file",
    metadata,
    Column("source_id", BIG_ID, ForeignKey("source.id"), primary_key=True),
    Column("path", String(1000), primary_key=True),
    Column("fingerprint", String(200), nullable=False),
    comment="Which version of each file was taken in, so that a restart reads nothing.",
)

set_aside = Table(
    "set_aside",
    metadata,
    identity(),
    Column("source_id", BIG_ID, ForeignKey("source.id"), nullable=False),
    Column("path", String(1000), nullable=False),
    Column("place", String(1100), nullable=False),
    Column("reason", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_set_aside_source_id_path", "source_id", "path"),
    comment="Articles that could not be taken in, kept with the reason (law 19).",
)

article = Table(
    "article",
    metadata,
    identity(),
    Column("uid", String(500), nullable=False, unique=True),
    Column("source_id", BIG_ID, ForeignKey("source.id"), nullable=False),
    Column("source_key", String(500), nullable=False),
    Column("path", String(1000), nullable=False),
    Column("language", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("entry_version", Integer, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("url", String(2000), nullable=False),
    Column("translation_key", String(500), nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("visible_at", UtcDateTime, nullable=False),
    Column("shown_at", UtcDateTime, nullable=False),
    Column("taken_in_at", UtcDateTime, nullable=False),
    Column("first_listed_no", BIG_ID),
    Column("missing_since", UtcDateTime),
    Column("comments_url", String(2000)),
    Column("comment_count", Integer),
    Column("commented_at", UtcDateTime),
    Column("latest_count", Integer),
    Column("count_shown_at", UtcDateTime),
    Column("uncounted_since", UtcDateTime),
    UniqueConstraint("source_id", "source_key"),
    Index("ix_article_source_id_path", "source_id", "path"),
    Index("ix_article_url", "url"),
    Index("ix_article_source_id_translation_key", "source_id", "translation_key"),
    Index(
        "ix_article_waiting",
        "visible_at",
        sqlite_where=text("state = 'embargoed'"),
        postgresql_where=text("state = 'embargoed'"),
    ),
    Index(
        "ix_article_public",
        "published_at",
        "id",
        sqlite_where=text("state = 'public'"),
        postgresql_where=text("state = 'public'"),
    ),
    Index(
        "ix_article_public_language",
        "language",
        "published_at",
        "id",
        sqlite_where=text("state = 'public'"),
        postgresql_where=text("state = 'public'"),
    ),
    Index(
        "ix_article_shown",
        "language",
        "shown_at",
        "id",
        sqlite_where=text("state = 'public'"),
        postgresql_where=text("state = 'public'"),
    ),
    Index(
        "ix_article_missing",
        "missing_since",
        sqlite_where=text("missing_since IS NOT NULL"),
        postgresql_where=text("missing_since IS NOT NULL"),
    ),
    Index(
        "ix_article_uncounted",
        "uncounted_since",
        sqlite_where=text("uncounted_since IS NOT NULL"),
        postgresql_where=text("uncounted_since IS NOT NULL"),
    ),
    comment="shown_at: when it was published or came back, edited or late; its month"
    " is the archive that holds it; commented_at: newest comment of those we have,"
    " shown like comment_count only now and then; uncounted_since: when they were last"
    " shown, where there is news of them.",
)

revision = Table(
    "revision",
    metadata,
    Column("article_id", BIG_ID, ForeignKey("article.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("body_html", Text, nullable=False),
    Column("bylines", JSON_VALUE, nullable=False),
    Column("picture", JSON_VALUE),
    Column("tags", JSON_VALUE, nullable=False),
    Column("rights", Text, nullable=False),
    Column("notes", JSON_VALUE, nullable=False),
    Column("taken_in_at", UtcDateTime, nullable=False),
    comment="What an article said at a time; body_html is clean.",
)

article_rubric = Table(
    "article_rubric",
    metadata,
    Column("article_id", BIG_ID, ForeignKey("article.id"), primary_key=True),
    Column("rubric_id", BIG_ID, ForeignKey("rubric.id"), primary_key=True),
    Column("position", Integer, nullable=False),
    comment="The rubrics an article is filed under, the main one at position 0.",
)

related = Table(
    "related",
    metadata,
    Column("article_id", BIG_ID, ForeignKey("article.id"), primary_key=True),
    Column("target_key", String(500), primary_key=True),
    Column("position", Integer, nullable=False),
    Index("ix_related_target_key", "target_key"),
    comment="Related articles by the source's own id: they may arrive in any order.",
)

listing = Table(
    "listing",
    metadata,
    Column("rubric_id", BIG_ID, ForeignKey("rubric.id"), primary_key=True),
    Column("article_id", BIG_ID, ForeignKey("article.id"), primary_key=True),
    Column("language", String(20), nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("shown_at", UtcDateTime, nullable=False),
    Column("listed_no", BIG_ID, nullable=False),
    Column("is_repeat", Boolean, nullable=False),
    Index("ix_listing_newest", "rubric_id", "published_at", "article_id"),
    Index(
        "ix_listing_newest_language",
        "rubric_id",
        "language",
        "published_at",
        "article_id",
    ),
    Index("ix_listing_shown", "rubric_id", "language", "shown_at", "article_id"),
    Index("ix_listing_listed_no", "rubric_id", "language", "listed_no"),
    Index("ix_listing_article_id", "article_id"),
    comment="Public articles only. listed_no grows in commit order, so that a reader's"
    " cursor on it misses nothing; is_repeat: it was listed before, under any rubric.",
)

counter = Table(
    "counter",
    metadata,
    Column("name", String(50), primary_key=True),
    Column("value", BIG_ID, nullable=False),
    comment="Numbers in commit order: taking one locks the row until commit.",
)
