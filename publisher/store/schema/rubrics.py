"""Rubrics as they were last seen in the configuration, and their past addresses."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from publisher.store.schema.metadata import BIG_ID, UtcDateTime, identity, metadata

rubric = Table(
    "rubric",
    metadata,
    identity(),
    Column("key", String(100), nullable=False, unique=True),
    Column("parent_id", BIG_ID, ForeignKey("rubric.id")),
    Column("slug", String(100), nullable=False),
    Column("position", Integer, nullable=False),
    Column("path", String(500), nullable=False),
    Column("closed_at", UtcDateTime),
    comment="A node of the section tree; never deleted, only closed.",
)

rubric_name = Table(
    "rubric_name",
    metadata,
    Column("rubric_id", BIG_ID, ForeignKey("rubric.id"), primary_key=True),
    Column("language", String(20), primary_key=True),
    Column("name", String(200), nullable=False),
)

rubric_address = Table(
    "rubric_address",
    metadata,
    Column("path", String(500), primary_key=True),
    Column("rubric_id", BIG_ID, ForeignKey("rubric.id"), nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    comment="Where a rubric used to be: answered by 301, or 410 once it is closed.",
)
