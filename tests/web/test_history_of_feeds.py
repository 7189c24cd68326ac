"""The whole history of every feed can be walked, whatever the newspaper does."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from publisher.clock import SteppedClock
from publisher.model.article import Byline, IncomingArticle
from publisher.model.feed import FORMATS, Feed, FeedFormat, FeedKind
from publisher.model.month import month_of
from publisher.model.window import Window
from publisher.store import Store, Transaction
from publisher.store.articles import take_in
from publisher.store.documents import documents_since, load_document
from publisher.store.feeds import close_archives, mark_all
from publisher.store.tombstones import forget_tombstones
from tests.builders import MORNING, an_arrival, an_article
from tests.effort import effort
from tests.feeds.reading import NAMES, read
from tests.feeds.walking import link, walk
from tests.store.databases import empty
from tests.web.site import BASE_URL, Site

FOREVER = "public, max-age=31536000, immutable"
STEMS = (
    *("latest", "novosti", "novosti/only", "novosti/politika/short.ru"),
    *("latest/short.kk", "authors/aygul", "tags/most.ru", "sport"),
)


def text_of(number: int) -> str:
    return f"Заголовок {number}"


@dataclass(frozen=True)
class Step:
    """Something the newspaper does to one of its articles, after some days."""

    what: str
    article: int
    days: int
    rubric: str


STEPS = st.builds(
    Step,
    what=st.sampled_from(
        ["write", "write", "write old", "edit", "withdraw", "publish", "move", "read"]
    ),
    article=st.integers(0, 5),
    days=st.sampled_from([0, 0, 1, 9, 20, 33]),
    rubric=st.sampled_from(["novosti", "politika", "sport"]),
)


class Press:
    """A newspaper, its readers, and what must be found by who reads everything."""

    def __init__(self, store: Store) -> None:
        self.site = Site.open(store, SteppedClock(MORNING))
        self.kept: dict[int, IncomingArticle] = {}
        self.edits = 0

    def take(self, step: Step) -> None:
        self.site.newsroom.wait(days=step.days, minutes=11)
        now = self.site.newsroom.clock.now()
        old = self.kept.get(step.article)
        self.edits += 1
        if old is None:
            back = 70 if step.what == "write old" else 0
            self.put(
                step.article,
                an_article(
                    str(step.article),
                    title=text_of(self.edits),
                    rubrics=(step.rubric,),
                    language="kk" if step.article % 3 == 2 else "ru",
                    published_at=now - timedelta(days=back),
                    bylines=(Byline("Айгуль"),) if step.article % 2 else (),
                    tags=("Мост",) if step.article < 3 else (),
                ),
            )
        elif step.what == "withdraw":
            self.put(step.article, replace(old, is_withdrawn=True))
        elif step.what == "publish":
            self.put(step.article, replace(old, is_withdrawn=False))
        elif step.what == "move":
            self.put(step.article, replace(old, rubrics=(step.rubric,)))
        elif step.what == "edit":
            self.put(step.article, replace(old, title=text_of(self.edits)))
        if step.what == "read":
            self.read_all()

    def put(self, number: int, incoming: IncomingArticle) -> None:
        self.site.newsroom.take(incoming)
        self.kept[number] = incoming

    def read_all(self) -> None:
        for stem, form in product(STEMS, FORMATS):
            if self.expected(stem):
                walk(self.get, f"/feeds/{stem}.{form.value}", form, BASE_URL)

    def get(self, path: str) -> bytes:
        """Return what is served, made when it is asked for."""
        site, store = self.site, self.site.newsroom.store
        address = site.parts.addresses.find(path)
        assert address is not None
        while site.builder.build_waiting(500):
            pass
        assert site.parts.make_feed(address.feed), path
        [found] = [d for d in store.query(documents_since, 0) if d.path == path]
        document = store.query(load_document, found.feed_id, found.format)
        assert document is not None
        return document.body

    def expected(self, stem: str) -> set[str]:
        """Return the headlines of what a feed has to show in all its history."""
        stem, _, language = stem.partition(".")
        parts = stem.removesuffix("/short").split("/")
        found = set()
        for incoming in self.kept.values():
            filed = incoming.rubrics[0]
            is_in = {
                "latest": True,
                "novosti": filed in ("novosti", "politika", "sport")[: _width(parts)],
                "politika": filed == "politika",
                "only": filed == "novosti",
                "aygul": bool(incoming.bylines),
                "most": bool(incoming.tags),
                "sport": filed == "sport",
            }[parts[-1]]
            if (
                is_in
                and not incoming.is_withdrawn
                and language
                in (
                    "",
                    incoming.language,
                )
            ):
                found.add(incoming.title)
        return found


def _width(parts: list[str]) -> int:
    # `politika` is below `novosti` in the tree of the tests, `sport` is not.
    return 2 if parts == ["novosti"] else 3


def play(store: Store, steps: list[Step]) -> None:
    empty(store)
    press = Press(store)
    for step in steps:
        press.take(step)
    press.site.newsroom.wait(minutes=11)

    for stem, form in product(STEMS, FORMATS):
        wanted = press.expected(stem)
        if not wanted and stem.startswith(("authors", "tags")):
            continue
        walked = walk(press.get, f"/feeds/{stem}.{form.value}", form, BASE_URL)

        assert {a.title for a in walked.articles.values()} == wanted, stem
        assert len(walked.articles) == len(wanted)
        for document in walked.documents:
            assert len({a.uid for a in document}) == len(document)


@pytest.mark.slow
@effort(2)
@given(st.lists(STEPS, min_size=4, max_size=10))
def test_walking_back_reaches_every_article_once_in_every_format(
    sqlite_store: Store, steps: list[Step]
) -> None:
    play(sqlite_store, steps)


@pytest.mark.slow
@effort(14)
@given(st.lists(STEPS, min_size=3, max_size=20))
def test_long_histories_can_be_walked_as_well(
    sqlite_store: Store, steps: list[Step]
) -> None:
    play(sqlite_store, steps)


# ------------------------------------------------------------------- served archives


def months_later(site: Site, count: int) -> None:
    """Let months pass, and what passes with them."""
    site.newsroom.wait(days=31 * count)
    now = site.newsroom.clock.now()
    site.newsroom.store.transact(close_archives, month_of(now))
    site.build()


def with_short_feeds(site: Site) -> Site:
    """Return the newspaper with feeds of one article, and one that came back."""
    window = Window(items=1, span=timedelta(0), returning=1)
    builder = replace(site.builder, window=window)
    site.newsroom.store.transact(mark_all)
    return Site(site.newsroom, replace(site.parts, make_feed=builder.make), builder)


async def test_the_archive_of_a_month_that_is_over_is_served_for_ever(
    site: Site,
) -> None:
    months_later(site, 1)

    for form in FORMATS:
        answer = await site.client.get(f"/feeds/novosti/archive/2026-03.{form}")

        assert answer.status == 200
        assert answer["cache-control"] == FOREVER
        assert len(read(answer.body, form)) == 3
        again = {"if-none-match": answer["etag"]}
        unchanged = await site.client.ask(
            "GET", f"/feeds/novosti/archive/2026-03.{form}", again
        )
        assert (unchanged.status, unchanged["cache-control"]) == (304, FOREVER)


async def test_the_archive_of_the_present_month_is_asked_for_again(site: Site) -> None:
    answer = await site.client.get("/feeds/latest/archive/2026-03.rss")

    assert answer.status == 200
    assert "immutable" not in answer["cache-control"]
    assert link(answer.body, "next-archive") is None
    months_later(site, 1)
    later = await site.client.get("/feeds/latest/archive/2026-03.rss")
    assert later["cache-control"] == FOREVER
    assert (
        link(later.body, "next-archive")
        == f"{BASE_URL}/feeds/latest/archive/2026-04.rss"
    )


@pytest.mark.parametrize("form", [FeedFormat.RSS, FeedFormat.ATOM])
async def test_an_archive_says_what_it_is_an_archive_of(
    site: Site, form: FeedFormat
) -> None:
    months_later(site, 1)
    path = f"/feeds/novosti/archive/2026-03.{form}"

    body = (await site.client.get(path)).body

    root = etree.fromstring(body)
    assert len(root.findall(".//{http://purl.org/syndication/history/1.0}archive")) == 1
    assert link(body, "current") == f"{BASE_URL}/feeds/novosti.{form}"
    assert link(body, "self") == f"{BASE_URL}{path}"
    live = (await site.client.get(f"/feeds/novosti.{form}")).body
    assert link(live, "prev-archive") == f"{BASE_URL}{path}"
    assert b"history/1.0" not in live


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/latest/archive/2026-02.rss",
        "/feeds/latest/archive/2026-04.rss",
        "/feeds/latest/archive/2026-13.rss",
        "/feeds/authors/nobody.rss",
        "/feeds/tags/most.rss",
        "/feeds/comments/1/short.rss",
    ],
)
async def test_what_has_nothing_to_show_is_unknown(site: Site, path: str) -> None:
    assert (await site.client.get(path)).status == 404


@pytest.mark.slow
async def test_an_edit_of_an_old_article_leaves_its_archive_and_comes_back(
    site: Site,
) -> None:
    months_later(site, 2)
    path = "/feeds/novosti/archive/2026-03.atom"
    before = await site.client.get(path)
    for number in range(205):
        moment = site.newsroom.clock.now() - timedelta(minutes=number)
        site.newsroom.take(an_article(f"new-{number}", published_at=moment))
    site.newsroom.wait(hours=1)

    site.newsroom.take(an_article("most", title="Мост: поправка"))
    site.build()

    after = await site.client.get(path)
    assert (after.body, after["etag"]) == (before.body, before["etag"])
    live = read((await site.client.get("/feeds/novosti.atom")).body, FeedFormat.ATOM)
    assert [a for a in live if a.title == "Мост: поправка"]
    assert len(live) == 201


async def test_who_walks_past_a_month_that_was_empty_finds_what_comes_late(
    site: Site,
) -> None:
    site = with_short_feeds(site)
    months_later(site, 2)
    first = f"{BASE_URL}/feeds/latest/archive/2026-03.atom"
    live = (await site.client.get("/feeds/latest.atom")).body
    assert link(live, "prev-archive") == first
    oldest = (await site.client.get(first.removeprefix(BASE_URL))).body
    assert link(oldest, "prev-archive") is None

    site.newsroom.take(
        an_article("old", title="Старое", published_at=MORNING - timedelta(days=40))
    )
    site.build()

    found, url = set(), f"{BASE_URL}/feeds/latest.atom"
    while url:
        body = (await site.client.get(url.removeprefix(BASE_URL))).body
        found |= {article.title for article in read(body, FeedFormat.ATOM)}
        url = link(body, "prev-archive") or ""
    assert "Старое" in found


@pytest.mark.postgres
@pytest.mark.parametrize(
    "feed",
    [
        Feed(id=0, kind=FeedKind.TAG, subject="most"),
        Feed(id=0, rubric_key="novosti", month=month_of(MORNING)),
    ],
)
def test_what_comes_in_slowly_is_shown_by_a_feed_that_was_made_meanwhile(
    postgres_store: Store, clock: SteppedClock, feed: Feed
) -> None:
    site, store = Site.open(postgres_store, clock), postgres_store
    newsroom = site.newsroom
    newsroom.take(an_article("first", tags=("Мост",)))
    clock.move(timedelta(days=40) if feed.month else timedelta(minutes=1))
    slow = an_article("slow", title="Медленно", tags=("Мост",))
    has_come, may_commit = threading.Event(), threading.Event()

    def take_slowly(tx: Transaction) -> None:
        arrival = an_arrival(slow, source_id=newsroom.source.id)
        take_in(tx, arrival, newsroom.tree, clock.now())
        has_come.set()
        may_commit.wait(10)

    with ThreadPoolExecutor(2) as pool:
        taking = pool.submit(store.transact, take_slowly)
        has_come.wait(10)
        making = pool.submit(site.builder.make, feed)
        wait([making], timeout=0.5)
        may_commit.set()
        taking.result()
        assert making.result()
    site.build()

    path = site.parts.addresses.path_of(feed, FeedFormat.ATOM)
    [found] = [d for d in store.query(documents_since, 0) if d.path == path]
    document = store.query(load_document, found.feed_id, FeedFormat.ATOM)
    assert document is not None
    assert "Медленно" in {a.title for a in read(document.body, FeedFormat.ATOM)}


async def test_a_withdrawn_article_goes_from_final_archives_too(site: Site) -> None:
    months_later(site, 2)
    path = "/feeds/novosti/archive/2026-03.atom"
    before = read((await site.client.get(path)).body, FeedFormat.ATOM)

    site.newsroom.take(an_article("most", is_withdrawn=True))
    site.build()

    after = await site.client.get(path)
    assert len(before) == 3
    assert len(read(after.body, FeedFormat.ATOM)) == 2
    assert after["cache-control"] == FOREVER


# ------------------------------------------------------------------------ tombstones


def deleted(body: bytes) -> list[tuple[str, datetime]]:
    found = etree.fromstring(body).findall(
        "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
    )
    return [
        (e.get("ref", ""), datetime.fromisoformat(e.get("when", ""))) for e in found
    ]


async def test_a_withdrawal_is_told_for_thirty_days(site: Site) -> None:
    clean = (await site.client.get("/feeds/novosti.ru.atom")).body
    uid = read(clean, FeedFormat.ATOM)[-1].uid
    at = site.newsroom.wait(hours=1)

    site.newsroom.take(an_article("most", is_withdrawn=True))
    site.build()

    told = (await site.client.get("/feeds/novosti.ru.atom")).body
    assert deleted(told) == [(uid, at)]
    updated = etree.fromstring(told).findtext("a:updated", "", NAMES)
    assert datetime.fromisoformat(updated) == at
    assert uid not in {a.uid for a in read(told, FeedFormat.ATOM)}
    as_json = (await site.client.get("/feeds/novosti.ru.json")).body
    assert (
        f'"removed":[{{"id":"{uid}","removed_at":"{at.isoformat()}"}}]'
        in as_json.decode()
    )
    later = site.newsroom.wait(days=31)
    site.newsroom.store.transact(forget_tombstones, later - timedelta(days=30))
    site.build()
    assert deleted((await site.client.get("/feeds/novosti.ru.atom")).body) == []
    assert b"tombstones" not in clean


async def test_published_again_an_article_is_newer_than_its_tombstone(
    site: Site,
) -> None:
    at = site.newsroom.wait(hours=1)
    site.newsroom.take(an_article("most", is_withdrawn=True))
    site.newsroom.wait(hours=1)

    site.newsroom.take(an_article("most"))
    site.build()

    body = (await site.client.get("/feeds/novosti.ru.atom")).body
    [back] = [a for a in read(body, FeedFormat.ATOM) if "most" in a.url]
    assert back.updated_at > at
    assert deleted(body) == []
    assert back.published_at == MORNING.astimezone(UTC)
