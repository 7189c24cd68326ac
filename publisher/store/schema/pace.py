"""The gates that messages pass on their way out, and what happened at them lately."""

from sqlalchemy import Column, Date, Float, ForeignKey, Integer, String, Table

from publisher.store.schema.metadata import UtcDateTime, metadata

gate = Table(
    "gate",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("next_at", UtcDateTime),
    Column("level", Float),
    Column("ceiling", Float, nullable=False),
    Column("cut_at", UtcDateTime),
    Column("raised_at", UtcDateTime),
    Column("rest_until", UtcDateTime),
    Column("open_until", UtcDateTime),
    Column("probe_until", UtcDateTime),
    Column("reason", String(200), nullable=False),
    Column("trips", Integer, nullable=False),
    Column("counted_from", UtcDateTime),
    Column("stage", Integer, nullable=False),
    Column("day_on", Date),
    Column("day_count", Integer, nullable=False),
    Column("day_trouble", Integer, nullable=False),
    Column("passed", Integer, nullable=False),
    Column("passed_since", UtcDateTime),
    Column("passed_before", Integer, nullable=False),
    comment="One row for all mail, for each relay and for each group of providers.",
)

gate_tally = Table(
    "gate_tally",
    metadata,
    Column("gate_key", String(120), ForeignKey("gate.key"), primary_key=True),
    Column("since", UtcDateTime, primary_key=True),
    Column("passed", Integer, nullable=False),
    Column("blocked", Integer, nullable=False),
    Column("bounced", Integer, nullable=False),
    Column("complained", Integer, nullable=False),
    comment="What happened at a gate in the five minutes since, kept for two days.",
)

gate_place = Table(
    "gate_place",
    metadata,
    Column("gate_key", String(120), ForeignKey("gate.key"), primary_key=True),
    Column("process", String(40), primary_key=True),
    Column("places", Integer, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("served_at", UtcDateTime),
    Column("leased_until", UtcDateTime, nullable=False),
    comment="How many messages a process may have under way through a gate.",
)
