"""The index follows the store, and body and validators always belong together."""

import asyncio
import gzip
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from publisher.feeds.compression import compress
from publisher.feeds.validators import Encoding, validators_of
from publisher.model.feed import FeedFormat
from publisher.store import Store, documents
from publisher.store.documents import Document
from publisher.web.documents import DocumentIndex, IndexedDocument
from tests.builders import MORNING
from tests.store.newsroom import Newsroom
from tests.web.site import Site, statements


class Press:
    """Puts up documents of a feed as the builder would, with any bytes and path."""

    def __init__(self, newsroom: Newsroom) -> None:
        self._newsroom = newsroom
        self._count = 0

    def put_up(self, key: str, text: str, path: str = "") -> Document:
        self._count += 1
        job = self._newsroom.job(key)
        body = text.encode()
        validators = validators_of(body, MORNING + timedelta(seconds=self._count))
        made = Document(
            feed_id=job.feed.id,
            format=FeedFormat.RSS,
            path=path or f"/feeds/{key}.rss",
            etag=validators.digest,
            last_modified=validators.modified_at,
            body=body,
            gzip_body=compress(body),
        )
        assert self._newsroom.publish(job, made) is not None
        return made


async def body_at(
    index: DocumentIndex, path: str, encoding: Encoding = Encoding.IDENTITY
) -> tuple[IndexedDocument, bytes]:
    document = index.find(path)
    assert document is not None
    found = await index.body(document, encoding)
    assert found is not None
    return found.document, found.body


def opened(site: Site) -> tuple[Press, DocumentIndex]:
    return Press(site.newsroom), site.index


def test_it_knows_nothing_before_the_first_look(empty_site: Site) -> None:
    press, index = opened(empty_site)
    press.put_up("sport", "one")

    assert index.find("/feeds/sport.rss") is None
    assert (len(index), index.change_no) == (0, 0)


def test_it_reads_only_what_changed(empty_site: Site) -> None:
    press, index = opened(empty_site)
    press.put_up("sport", "one")
    press.put_up("novosti", "one")
    index.refresh()
    kept = index.find("/feeds/novosti.rss")

    press.put_up("sport", "two")
    index.refresh()

    assert index.find("/feeds/novosti.rss") is kept
    assert len(index) == 2


def test_when_nothing_changed_it_asks_for_one_number(empty_site: Site) -> None:
    press, index = opened(empty_site)
    press.put_up("sport", "one")
    index.refresh()

    with statements(empty_site.newsroom.store) as seen:
        index.refresh()

    assert len([statement for statement in seen if "SELECT" in statement]) == 1


def test_a_document_that_moved_is_gone_from_its_old_path(empty_site: Site) -> None:
    press, index = opened(empty_site)
    press.put_up("sport", "one", "/feeds/old.rss")
    index.refresh()

    press.put_up("sport", "one", "/feeds/new.rss")
    index.refresh()

    assert index.find("/feeds/old.rss") is None
    assert index.find("/feeds/new.rss") is not None


def test_two_documents_may_change_places(empty_site: Site) -> None:
    press, index = opened(empty_site)
    sport = press.put_up("sport", "sport", "/feeds/a.rss")
    news = press.put_up("novosti", "novosti", "/feeds/b.rss")
    index.refresh()

    press.put_up("sport", "sport", "/feeds/b.rss")
    press.put_up("novosti", "novosti", "/feeds/a.rss")
    index.refresh()

    at_a, at_b = index.find("/feeds/a.rss"), index.find("/feeds/b.rss")
    assert at_a is not None
    assert at_b is not None
    assert (at_a.feed_id, at_b.feed_id) == (news.feed_id, sport.feed_id)
    assert len(index) == 2


async def test_a_change_that_it_has_not_seen_never_splits_body_and_validators(
    empty_site: Site,
) -> None:
    press, index = opened(empty_site)
    press.put_up("sport", "one")
    index.refresh()
    newer = press.put_up("sport", "two")

    document, body = await body_at(index, "/feeds/sport.rss")

    assert (document.validators.digest, body) == (newer.etag, b"two")


async def test_a_document_that_moved_unseen_is_not_served_at_its_old_path(
    empty_site: Site,
) -> None:
    press, index = opened(empty_site)
    press.put_up("sport", "one", "/feeds/old.rss")
    index.refresh()
    document = index.find("/feeds/old.rss")
    assert document is not None
    press.put_up("sport", "two", "/feeds/new.rss")

    assert await index.body(document, Encoding.IDENTITY) is None


async def test_a_body_is_read_once_for_all_who_wait(empty_site: Site) -> None:
    press, index = opened(empty_site)
    press.put_up("sport", "one")
    index.refresh()

    with statements(empty_site.newsroom.store) as seen:
        bodies = await asyncio.gather(
            *(body_at(index, "/feeds/sport.rss") for _ in range(50))
        )

    assert {body for _, body in bodies} == {b"one"}
    assert len([statement for statement in seen if "SELECT" in statement]) == 1


async def test_who_goes_away_takes_the_body_from_nobody(empty_site: Site) -> None:
    press, index = opened(empty_site)
    press.put_up("sport", "one")
    index.refresh()
    first = asyncio.create_task(body_at(index, "/feeds/sport.rss"))
    second = asyncio.create_task(body_at(index, "/feeds/sport.rss"))
    await asyncio.sleep(0)

    first.cancel()

    assert (await second)[1] == b"one"


async def test_bodies_are_kept_within_the_bound_and_served_beyond_it(
    empty_site: Site,
) -> None:
    store = empty_site.newsroom.store
    press, index = Press(empty_site.newsroom), DocumentIndex(store, max_body_bytes=250)
    for key in ("sport", "novosti", "futbol"):
        press.put_up(key, key.ljust(100))
    press.put_up("politika", "politika".ljust(1000))
    index.refresh()
    for key in ("sport", "novosti", "sport", "futbol"):
        await body_at(index, f"/feeds/{key}.rss")

    with statements(store) as seen:
        await body_at(index, "/feeds/sport.rss")
        await body_at(index, "/feeds/futbol.rss")
        assert seen == []
        await body_at(index, "/feeds/novosti.rss")
        assert seen
    assert len((await body_at(index, "/feeds/politika.rss"))[1]) == 1000


async def test_each_encoding_has_its_own_bytes(empty_site: Site) -> None:
    press, index = opened(empty_site)
    press.put_up("sport", "one")
    index.refresh()

    _, packed = await body_at(index, "/feeds/sport.rss", Encoding.GZIP)

    assert gzip.decompress(packed) == b"one"


async def test_readers_never_see_a_mixture_while_documents_change(
    empty_site: Site,
) -> None:
    """Builders, refreshes and readers at once; every answer is one state's."""
    press, index = opened(empty_site)
    press.put_up("sport", "0")
    index.refresh()

    def publish() -> None:
        for number in range(1, 40):
            press.put_up("sport", str(number))

    def keep_refreshing() -> None:
        for _ in range(60):
            index.refresh()

    async def keep_reading() -> list[int]:
        seen = []
        for _ in range(80):
            document, body = await body_at(index, "/feeds/sport.rss")
            made = validators_of(body, MORNING)
            assert document.validators.digest == made.digest
            seen.append(int(body))
            await asyncio.sleep(0)
        return seen

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(4) as threads:
        writers = [loop.run_in_executor(threads, publish)]
        writers += [loop.run_in_executor(threads, keep_refreshing) for _ in range(3)]
        reading = await asyncio.gather(*(keep_reading() for _ in range(4)))
        await asyncio.gather(*writers)

    index.refresh()
    assert (await body_at(index, "/feeds/sport.rss"))[1] == b"39"
    for seen in reading:
        assert seen == sorted(seen)


def test_two_processes_see_the_same(sqlite_store: Store, empty_site: Site) -> None:
    press, index = opened(empty_site)
    other = DocumentIndex(sqlite_store)
    press.put_up("sport", "one")

    index.refresh()
    other.refresh()

    assert index.find("/feeds/sport.rss") == other.find("/feeds/sport.rss")


def test_documents_are_numbered_for_who_asks_what_is_new(empty_site: Site) -> None:
    press, index = opened(empty_site)
    press.put_up("sport", "one")
    index.refresh()

    store = empty_site.newsroom.store
    assert store.query(documents.documents_since, index.change_no) == []
