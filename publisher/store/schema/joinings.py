"""Requests to join that wait for their button, and how often addresses were asked."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from publisher.store.schema.metadata import (
    BIG_ID,
    JSON_VALUE,
    UtcDateTime,
    metadata,
)

joining = Table(
    "joining",
    metadata,
    Column("id", BIG_ID, primary_key=True, autoincrement=False),
    Column("email", String(320), nullable=False),
    Column("address_key", String(320), nullable=False),
    Column("reply", String(20), nullable=False),
    Column("language", String(20), nullable=False),
    Column("zone", String(60), nullable=False),
    Column("wishes", JSON_VALUE, nullable=False),
    Column("wording", Text, nullable=False),
    Column("version", String(64), nullable=False),
    Column("source", String(500), nullable=False),
    Column("ip", String(45), nullable=False),
    Column("agent", String(300), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),
    Index("ix_joining_address_key", "address_key"),
    Index("ix_joining_asked_at", "asked_at"),
    comment="A request to join. id: from a counter, since links of requests that were"
    " deleted must not confirm others; reply: what was sent for it, confirm,"
    " preferences or nothing; wishes: what was asked for, per digest; wording, version:"
    " the consent that was ticked; deleted 30 days after it was made.",
)

joining_count = Table(
    "joining_count",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("since", UtcDateTime),
    Column("times", Integer, nullable=False),
    comment="How often addresses were asked to join. key: address: or domain: and a"
    " keyed hash; of an address since is its last letter and times those that nobody"
    " answered, of a domain the hour and the requests in it. Outlives the requests.",
)
