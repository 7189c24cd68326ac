"""Every answer is counted, at no cost to the store until the batch is recorded."""

from datetime import date, timedelta

import pytest
from sqlalchemy.exc import SQLAlchemyError

from publisher.store.readerships import Readership, readerships
from publisher.store.schema.metadata import metadata
from publisher.web.readership import MAX_BATCHES, ReadershipCounter
from tests.web.client import Client
from tests.web.site import Site, statements

FEED = "/feeds/novosti.ru.rss"
TODAY = date(2025, 4, 28)


def counted(site: Site, key: str = "novosti.ru") -> Readership:
    (found,) = site.newsroom.store.query(readerships, date.min, date.max, key)
    return found


def crowded(site: Site, max_visitors: int) -> tuple[ReadershipCounter, Client]:
    """Return a counter that knows so many visitors at most, and a client."""
    counter = ReadershipCounter(
        site.newsroom.store, lambda: TODAY, keep_days=30, max_visitors=max_visitors
    )
    return counter, site.counted_by(counter).client


async def test_requests_304s_bytes_and_readers_are_counted(site: Site) -> None:
    client = site.client
    first = await client.get(FEED, user_agent="One/1.0")
    await client.get(FEED, user_agent="One/1.0", if_none_match=first["etag"])
    await client.get(FEED, user_agent="Two/1.0", accept_encoding="gzip")
    await client.head("/feeds/novosti.ru.atom", user_agent="Two/1.0")
    await client.get(FEED, user_agent="Feedly/1.0 (16 subscribers)")

    await site.parts.readership.record()

    found = counted(site)
    packed = await client.get(FEED, accept_encoding="gzip")
    assert (found.requests, found.not_modified, found.slowed) == (5, 1, 0)
    assert found.bytes_sent == 2 * len(first.body) + len(packed.body)
    assert (found.direct, found.subscribers) == pytest.approx((2, 16), abs=1)


async def test_counting_touches_no_database(site: Site) -> None:
    client = site.client
    etag = (await client.get(FEED))["etag"]

    with statements(site.newsroom.store) as seen:
        for number in range(20):
            await client.get(FEED, if_none_match=etag, user_agent=f"Reader/{number}")

    assert seen == []


async def test_a_batch_is_one_transaction_and_nothing_new_is_none(site: Site) -> None:
    await site.client.get(FEED)
    await site.client.get("/feeds/sport.ru.rss")
    await site.parts.readership.record()

    with statements(site.newsroom.store) as seen:
        await site.parts.readership.record()

    assert seen == []
    assert counted(site).requests == counted(site, "sport.ru").requests == 1


async def test_the_day_is_that_of_the_newsroom(site: Site) -> None:
    # In the newsroom, five hours east, the next day has begun.
    clock = site.newsroom.clock
    clock.move(timedelta(hours=20) - (clock.now() - clock.now().replace(hour=0)))
    await site.parts.readership.record()

    await site.client.get(FEED)
    await site.parts.readership.record()

    assert counted(site).day == clock.now().date() + timedelta(days=1)


async def test_what_the_store_could_not_take_is_brought_later(site: Site) -> None:
    await site.client.get(FEED)
    store = site.newsroom.store
    tables = [t for name, t in metadata.tables.items() if name.startswith("readership")]
    metadata.drop_all(store.engine, tables=tables)
    with pytest.raises(SQLAlchemyError):
        await site.parts.readership.record()
    metadata.create_all(store.engine, tables=tables)
    await site.client.get(FEED)

    await site.parts.readership.record()

    assert counted(site).requests == 2


async def test_a_store_that_is_gone_for_long_costs_a_bounded_memory(
    site: Site,
) -> None:
    store = site.newsroom.store
    tables = [t for name, t in metadata.tables.items() if name.startswith("readership")]
    metadata.drop_all(store.engine, tables=tables)
    for _ in range(MAX_BATCHES + 5):
        await site.client.get(FEED)
        with pytest.raises(SQLAlchemyError):
            await site.parts.readership.record()
    metadata.create_all(store.engine, tables=tables)

    await site.parts.readership.record()

    assert counted(site).requests == MAX_BATCHES


async def test_of_a_crowd_the_requests_are_counted_still(site: Site) -> None:
    counter, client = crowded(site, max_visitors=3)
    for number in range(10):
        await client.get(FEED, user_agent=f"Reader/{number}")
    await counter.record()
    await client.get(FEED, user_agent="Reader/9")

    await counter.record()

    found = counted(site)
    assert found.requests == 11
    assert found.direct == pytest.approx(4, abs=1)
