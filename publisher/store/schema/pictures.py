"""The pictures that may be copied."""

from sqlalchemy import Column, String, Table, Text

from publisher.store.schema.metadata import metadata

picture = Table(
    "picture",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("url", Text, nullable=False),
    comment="Lead pictures by the name of their copies; nothing else is ever fetched.",
)
