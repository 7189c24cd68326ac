"""WebSub: hubs that we ping and watch, and the subscriptions to our own hub."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from publisher.store.schema.metadata import BIG_ID, UtcDateTime, identity, metadata

hub = Table(
    "hub",
    metadata,
    Column("url", String(500), primary_key=True),
    Column("change_no", BIG_ID, nullable=False),
    Column("pinged_at", UtcDateTime),
    Column("reply", Text, nullable=False),
    Column("watch_key", String(64), nullable=False),
    Column("watch_secret", String(64), nullable=False),
    Column("watch_asked_at", UtcDateTime),
    Column("watched_until", UtcDateTime),
    Column("delivered_at", UtcDateTime),
    Column("delay_ms", Integer),
    comment="change_no: the documents up to it have pings of their own, or were pinged;"
    " watch_*: our own subscription, which tells whether the hub delivers.",
)

hub_ping = Table(
    "hub_ping",
    metadata,
    Column("hub_url", String(500), ForeignKey("hub.url"), primary_key=True),
    Column("path", String(600), primary_key=True),
    Column("change_no", BIG_ID, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("ready_at", UtcDateTime, nullable=False),
    Index("ix_hub_ping_ready_at", "ready_at"),
    comment="Documents that a hub has yet to be told of; a leased ping is ready later.",
)

hub_request = Table(
    "hub_request",
    metadata,
    identity(),
    Column("path", String(600), nullable=False),
    Column("callback", String(1000), nullable=False),
    Column("host", String(255), nullable=False),
    Column("mode", String(20), nullable=False),
    Column("secret", String(200), nullable=False),
    Column("lease_seconds", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("ready_at", UtcDateTime, nullable=False),
    Index("ix_hub_request_ready_at", "ready_at"),
    Index("ix_hub_request_host", "host"),
    comment="What subscribers asked our own hub for and have yet to confirm.",
)

hub_subscription = Table(
    "hub_subscription",
    metadata,
    identity(),
    Column("path", String(600), nullable=False),
    Column("callback", String(1000), nullable=False),
    Column("host", String(255), nullable=False),
    Column("secret", String(200), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("uq_hub_subscription_path", "path", "callback", unique=True),
    Index("ix_hub_subscription_host", "host"),
    Index("ix_hub_subscription_expires_at", "expires_at"),
    comment="Who is told by our own hub when the document at a path changes.",
)

hub_push = Table(
    "hub_push",
    metadata,
    Column(
        "subscription_id", BIG_ID, ForeignKey("hub_subscription.id"), primary_key=True
    ),
    Column("change_no", BIG_ID, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("ready_at", UtcDateTime, nullable=False),
    Index("ix_hub_push_ready_at", "ready_at"),
    comment="Subscriptions that have yet to get the present document.",
)
