"""How many read each feed on each day; nothing of any single reader."""

from sqlalchemy import Column, Date, ForeignKey, LargeBinary, String, Table

from publisher.store.schema.metadata import BIG_ID, metadata

readership = Table(
    "readership",
    metadata,
    Column("feed_id", BIG_ID, ForeignKey("feed.id"), primary_key=True),
    Column("day", Date, primary_key=True, index=True),
    Column("requests", BIG_ID, nullable=False),
    Column("not_modified", BIG_ID, nullable=False),
    Column("bytes_sent", BIG_ID, nullable=False),
    Column("slowed", BIG_ID, nullable=False),
    Column("visitors", LargeBinary, nullable=False),
    comment="Requests for a feed, all its formats together. visitors: a sketch of those"
    " that read for themselves, deflated; it tells how many, and nothing else.",
)

readership_aggregator = Table(
    "readership_aggregator",
    metadata,
    Column("feed_id", BIG_ID, ForeignKey("feed.id"), primary_key=True),
    Column("day", Date, primary_key=True, index=True),
    Column("format", String(10), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("foreign_feed", String(40), primary_key=True),
    Column("subscribers", BIG_ID, nullable=False),
    comment="The most subscribers that an aggregator named on a day, for each of the"
    " feeds in its own books; its machines say the same and are not added up.",
)

readership_key = Table(
    "readership_key",
    metadata,
    Column("day", Date, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    comment="What visitors of a day are hashed with, so that all processes know one"
    " again; deleted when the day is over.",
)
