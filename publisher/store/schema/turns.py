"""What transactions lock that must not decide at one moment."""

from sqlalchemy import Column, String, Table

from publisher.store.schema.metadata import metadata

turn = Table(
    "turn",
    metadata,
    Column("name", String(150), primary_key=True),
    comment="A row to lock until commit, for who decides by what others are writing:"
    " one for each digest, and some for all addresses. Used on PostgreSQL.",
)
