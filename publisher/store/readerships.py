"""How many read each feed: batches added up per day, whatever process counted them."""

import hashlib
import secrets
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import delete, func, select, update

from publisher.model.aggregator import Aggregator, aggregator_in
from publisher.model.feed import FeedFormat
from publisher.model.sketch import EMPTY, estimate, joined, sketch_of
from publisher.store.engine import Transaction
from publisher.store.schema.feeds import feed
from publisher.store.schema.readerships import (
    readership,
    readership_aggregator,
    readership_key,
)
from publisher.store.upsert import insert_into

__all__ = ["Batch", "Readership", "Tally", "last_day", "readerships", "record"]

Visitor = tuple[str, bytes, bytes]
"""Address, User-Agent, and for whom a proxy asks; never stored."""


@dataclass(slots=True)
class Tally:
    """What was asked of one document."""

    requests: int = 0
    not_modified: int = 0
    bytes_sent: int = 0
    slowed: int = 0
    visitors: set[Visitor] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Batch:
    """What was counted on a day since the last time, by feed and format."""

    day: date
    tallies: dict[tuple[int, FeedFormat], Tally] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readership:
    """How many read a feed on a day.

    `subscribers` are those that aggregators name, `direct` those that ask themselves
    (an estimate, usually within 2 %).
    """

    feed_id: int
    feed_key: str
    day: date
    requests: int
    not_modified: int
    bytes_sent: int
    slowed: int
    subscribers: int
    direct: int


def record(tx: Transaction, batch: Batch, keep_days: int) -> None:
    """Add a batch to its day; days older than `keep_days` are forgotten."""
    key = _key_of(tx, batch.day)
    feeds: dict[int, dict[FeedFormat, Tally]] = {}
    for (feed_id, form), tally in batch.tallies.items():
        feeds.setdefault(feed_id, {})[form] = tally
    # In one order, so that two processes never wait for each other in a ring.
    for feed_id, tallies in sorted(feeds.items()):
        direct = set()
        for form, tally in tallies.items():
            for visitor, found in _read(tally.visitors):
                if found is None:
                    direct.add(_hash(visitor, key))
                else:
                    _raise_subscribers(tx, (feed_id, batch.day, form), found)
        _add(tx, feed_id, batch.day, tallies, sketch_of(direct))
    _forget(tx, batch.day - timedelta(days=keep_days))


def _read(visitors: set[Visitor]) -> Iterator[tuple[Visitor, Aggregator | None]]:
    for visitor in sorted(visitors):
        yield visitor, aggregator_in(visitor[1].decode("latin-1"))


def _hash(visitor: Visitor, key: bytes) -> int:
    text = b"\0".join((visitor[0].encode(), *visitor[1:]))
    return int.from_bytes(hashlib.blake2b(text, key=key, digest_size=8).digest())


def _key_of(tx: Transaction, day: date) -> bytes:
    """Return the key of a day, which is the same for all processes."""
    new = insert_into(tx, readership_key).values(day=day, key=secrets.token_bytes(32))
    tx.execute(new.on_conflict_do_nothing())
    key: bytes = tx.execute(
        select(readership_key.c.key).where(readership_key.c.day == day)
    ).scalar_one()
    return key


def _raise_subscribers(
    tx: Transaction, place: tuple[int, date, FeedFormat], found: Aggregator
) -> None:
    feed_id, day, form = place
    table = readership_aggregator
    statement = insert_into(tx, table).values(
        feed_id=feed_id,
        day=day,
        format=form.value,
        name=found.name,
        foreign_feed=found.feed,
        subscribers=found.subscribers,
    )
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={"subscribers": found.subscribers},
            where=table.c.subscribers < found.subscribers,
        )
    )


def _add(
    tx: Transaction,
    feed_id: int,
    day: date,
    tallies: Mapping[FeedFormat, Tally],
    sketch: bytes,
) -> None:
    empty = {"requests": 0, "not_modified": 0, "bytes_sent": 0, "slowed": 0}
    new = insert_into(tx, readership).values(
        feed_id=feed_id, day=day, **empty, visitors=zlib.compress(EMPTY)
    )
    tx.execute(new.on_conflict_do_nothing())
    own = (readership.c.feed_id == feed_id, readership.c.day == day)
    before: bytes = tx.execute(
        select(readership.c.visitors).where(*own).with_for_update()
    ).scalar_one()
    both = joined(zlib.decompress(before), sketch)
    sums = {
        name: readership.c[name] + sum(getattr(t, name) for t in tallies.values())
        for name in empty
    }
    tx.execute(
        update(readership).where(*own).values(**sums, visitors=zlib.compress(both))
    )


def _forget(tx: Transaction, before: date) -> None:
    """Delete the keys of days that are over, and days that were kept long enough."""
    newest = select(func.max(readership_key.c.day)).scalar_subquery()
    tx.execute(delete(readership_key).where(readership_key.c.day < newest))
    for table in (readership, readership_aggregator):
        tx.execute(delete(table).where(table.c.day < before))


def last_day(tx: Transaction) -> date | None:
    """Return the newest day on which anything was counted."""
    found: date | None = tx.execute(select(func.max(readership.c.day))).scalar()
    return found


def readerships(
    tx: Transaction, first: date, last: date, feed_key: str | None = None
) -> list[Readership]:
    """Return what was counted from one day to another, by day and feed."""
    named = (
        select(
            readership_aggregator.c.feed_id,
            readership_aggregator.c.day,
            func.sum(readership_aggregator.c.subscribers).label("subscribers"),
        )
        .where(readership_aggregator.c.day.between(first, last))
        .group_by(readership_aggregator.c.feed_id, readership_aggregator.c.day)
        .subquery()
    )
    statement = (
        select(readership, feed.c.key, named.c.subscribers)
        .join(feed, feed.c.id == readership.c.feed_id)
        .outerjoin(
            named,
            (named.c.feed_id == readership.c.feed_id)
            & (named.c.day == readership.c.day),
        )
        .where(readership.c.day.between(first, last))
        .order_by(readership.c.day, feed.c.key)
    )
    if feed_key is not None:
        statement = statement.where(feed.c.key == feed_key)
    return [
        Readership(
            feed_id=row.feed_id,
            feed_key=row.key,
            day=row.day,
            requests=row.requests,
            not_modified=row.not_modified,
            bytes_sent=row.bytes_sent,
            slowed=row.slowed,
            subscribers=int(row.subscribers or 0),
            direct=estimate(zlib.decompress(row.visitors)),
        )
        for row in tx.execute(statement)
    ]
