"""A newer state of a feed is never replaced by an older one, and none is missed.

Any number of builders may read, build and publish at once, in any order (law 3, law 4).
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.clock import SteppedClock
from publisher.model.feed import FeedFormat
from publisher.store import Store, documents
from publisher.store.documents import Document, documents_since, load_document
from publisher.store.feeds import FeedJob, waiting_feeds
from publisher.store.schema.feeds import document, feed, feed_work
from tests.builders import MORNING, a_rubric, a_tree, an_article
from tests.effort import effort
from tests.store.databases import empty
from tests.store.newsroom import Newsroom, a_document

SITE = ".ru"
FORMATS = (FeedFormat.RSS, FeedFormat.ATOM, FeedFormat.JSON)


def built(newsroom: Newsroom, etag: str, *, key: str = SITE) -> list[Document]:
    number = newsroom.feed_id(key)
    return [
        a_document(
            number, etag, fmt=fmt, last_modified=MORNING, path=f"{key}.{fmt.value}"
        )
        for fmt in FORMATS
    ]


def shown(newsroom: Newsroom, key: str = SITE) -> set[str]:
    rows = newsroom.rows(document, document.c.feed_id == newsroom.feed_id(key))
    return {row.etag for row in rows}


def test_the_first_documents_are_put_up_and_the_work_is_done(
    newsroom: Newsroom,
) -> None:
    newsroom.take()
    job = newsroom.job(SITE)

    published = newsroom.publish(job, *built(newsroom, "a"))

    assert [new.change_no for new in published or []] == [1, 2, 3]
    assert newsroom.job(SITE) == replace(job, version=job.version + 1, work=())
    assert SITE not in newsroom.marked()


def test_what_is_up_is_what_was_built(newsroom: Newsroom) -> None:
    new = built(newsroom, "a")

    newsroom.publish(newsroom.job(SITE), *new)

    for made in new:
        loaded = newsroom.store.query(load_document, made.feed_id, made.format)
        assert loaded is not None
        assert replace(loaded, change_no=0, derived_no=0) == made


def test_a_feed_that_was_never_built_has_no_body(newsroom: Newsroom) -> None:
    number = newsroom.feed_id(SITE)

    assert newsroom.store.query(load_document, number, FeedFormat.RSS) is None


def test_equal_documents_are_not_written_again(newsroom: Newsroom) -> None:
    newsroom.publish(newsroom.job(SITE), *built(newsroom, "a"))
    before = newsroom.rows(document)
    later = newsroom.wait(hours=1)
    equal = [replace(new, last_modified=later) for new in built(newsroom, "a")]

    published = newsroom.publish(newsroom.job(SITE), *equal)

    assert published == []
    assert newsroom.rows(document) == before


def test_what_is_made_of_a_feed_follows_articles_that_it_shows_no_more(
    newsroom: Newsroom,
) -> None:
    newsroom.publish(newsroom.job(SITE), *built(newsroom, "a"))
    newsroom.take()
    hers = document.c.feed_id == newsroom.feed_id(SITE)
    before = {row.format: row for row in newsroom.rows(document, hers)}

    published = newsroom.publish(newsroom.job(SITE), *built(newsroom, "a"))

    after = {row.format: row for row in newsroom.rows(document, hers)}
    rss, was = after.pop("rss"), before.pop("rss")
    assert published == []
    assert after == before
    assert (rss.change_no, rss.derived_no) == (4, 4)
    assert rss.derived_at > was.derived_at
    # Neither hubs nor readers are told of what leaves the bytes alone.
    assert (rss.published_no, rss.etag) == (was.published_no, was.etag)
    assert rss.last_modified == was.last_modified


@pytest.mark.parametrize(
    "different",
    [
        {"etag": "b"},
        {"path": "sport.atom"},
    ],
    ids=["bytes", "address"],
)
def test_only_the_document_that_differs_is_written(
    newsroom: Newsroom, different: dict[str, object]
) -> None:
    rss, atom, json = built(newsroom, "a")
    newsroom.publish(newsroom.job(SITE), rss, atom, json)
    changed = replace(atom, **different)  # type: ignore[arg-type]

    published = newsroom.publish(newsroom.job(SITE), rss, changed, json)

    assert [(new.format, new.change_no) for new in published or []] == [
        (FeedFormat.ATOM, 4)
    ]


def test_an_outdated_job_is_refused_and_changes_nothing(newsroom: Newsroom) -> None:
    newsroom.take()
    old, new = newsroom.job(SITE), newsroom.job(SITE)
    newsroom.publish(new, *built(newsroom, "new"))
    before = newsroom.everything()

    assert newsroom.publish(old, *built(newsroom, "old")) is None

    assert newsroom.everything() == before


def test_what_changes_between_reading_and_publishing_still_waits(
    newsroom: Newsroom,
) -> None:
    newsroom.take(an_article(title="Утром"))
    job = newsroom.job(SITE)
    newsroom.take(an_article(title="Вечером"))

    newsroom.publish(job, *built(newsroom, "morning"))

    assert SITE in newsroom.marked()
    assert newsroom.job(SITE).work


def test_who_follows_changes_gets_each_once_and_in_order(newsroom: Newsroom) -> None:
    newsroom.publish(newsroom.job(SITE), *built(newsroom, "a"))
    first = newsroom.store.query(documents_since, 0)
    newsroom.publish(newsroom.job("sport"), *built(newsroom, "b", key="sport"))
    second = newsroom.store.query(documents_since, first[-1].change_no)
    last = newsroom.store.query(documents_since, second[-1].change_no)

    assert [change.change_no for change in first + second] == [1, 2, 3, 4, 5, 6]
    assert {change.etag for change in second} == {"b"}
    assert last == []


def test_a_change_overtaken_by_the_next_is_told_once(newsroom: Newsroom) -> None:
    for etag in ("a", "b", "c"):
        newsroom.publish(newsroom.job(SITE), *built(newsroom, etag))

    changes = newsroom.store.query(documents_since, 0)

    assert [(change.etag, change.change_no) for change in changes] == [
        ("c", 7),
        ("c", 8),
        ("c", 9),
    ]


def test_of_two_builders_at_the_same_moment_one_is_refused(newsroom: Newsroom) -> None:
    newsroom.take()
    job = newsroom.job(SITE)
    start = threading.Barrier(2)

    def builder(etag: str) -> bool:
        start.wait(10)
        new = built(newsroom, etag)
        now = newsroom.clock.now()
        done = newsroom.store.transact(documents.publish, job, new, now)
        return done is not None

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(builder, ("a", "b")))

    assert sorted(results) == [False, True]
    assert shown(newsroom) == {("a", "b")[results.index(True)]}


STEPS = st.one_of(
    st.just(("change", 0)),
    st.tuples(st.sampled_from(["job", "read", "publish"]), st.integers(0, 2)),
)


class Builders:
    """Three builders of one feed, each at its own step; documents show the title."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        self.number = newsroom.take(an_article(title="0"))
        self.jobs: dict[int, FeedJob] = {}
        self.titles: dict[int, str] = {}

    def do(self, step: str, who: int) -> None:
        newsroom = self.newsroom
        match step:
            case "change":
                title = str(int(newsroom.load(self.number).title) + 1)
                newsroom.take(an_article(title=title))
            case "job":
                self.jobs[who] = newsroom.job(SITE)
                self.titles.pop(who, None)
            case "read" if who in self.jobs:
                self.titles[who] = newsroom.load(self.number).title
            case "publish" if who in self.titles:
                newsroom.publish(self.jobs[who], *built(newsroom, self.titles[who]))


@effort(15)
@given(steps=st.lists(STEPS, max_size=30))
def test_in_every_order_of_steps_the_newest_state_is_up_or_waited_for(
    store: Store, clock: SteppedClock, steps: list[tuple[str, int]]
) -> None:
    empty(store)
    newsroom = Newsroom(store, clock, a_tree(a_rubric("obshchestvo")))
    builders = Builders(newsroom)
    newest_shown = -1

    for step, who in steps:
        builders.do(step, who)

        state = max((int(etag) for etag in shown(newsroom)), default=-1)
        now = int(newsroom.load(builders.number).title)
        assert state >= newest_shown
        assert state == now or SITE in newsroom.marked()
        newest_shown = state


def test_feeds_wait_in_the_order_of_their_changes(newsroom: Newsroom) -> None:
    newsroom.take(an_article("a", rubrics=("sport",)))
    newsroom.take(an_article("b", rubrics=("politika",)))
    newsroom.take(an_article("c", rubrics=("sport",)))

    waiting = newsroom.store.query(waiting_feeds, 100)

    assert len(waiting) == len(set(waiting)) == len(newsroom.marked())
    keys = {row.id: row.key for row in newsroom.rows(feed)}
    in_full = [keys[number] for number in waiting if "~" not in keys[number]]
    assert in_full[:4] == ["", ".ru", "sport", "sport.ru"]


def test_a_feed_that_is_never_built_does_not_hide_the_others(
    newsroom: Newsroom,
) -> None:
    def fail_for_long() -> None:
        broken = newsroom.feed_id("sport")
        rows = [{"feed_id": broken, "is_urgent": False}] * 50
        newsroom.store.transact(lambda tx: tx.execute(feed_work.insert(), rows))

    fail_for_long()
    newsroom.take(an_article(rubrics=()))

    waiting = newsroom.store.query(waiting_feeds, 2)

    assert len(waiting) == 2
