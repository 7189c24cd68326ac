"""What operators were told by mail, so that they are not told it again at once."""

from sqlalchemy import Column, String, Table

from publisher.store.schema.metadata import UtcDateTime, metadata

alert = Table(
    "alert",
    metadata,
    Column("subject", String(200), primary_key=True),
    Column("told_at", UtcDateTime, nullable=False),
    comment="When operators were last told of a trouble by mail.",
)
