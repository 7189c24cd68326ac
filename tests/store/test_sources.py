"""The store remembers what each source has shown: nothing is read twice or lost.

What could not be taken in is kept with its reason (law 19); an article whose file is
gone stays public and is told as missing.
"""

from datetime import timedelta

import pytest

from publisher.store import sources
from publisher.store.schema.articles import set_aside, source
from publisher.store.sources import MissingArticle, SetAside
from tests.builders import MORNING, an_article
from tests.store.newsroom import Newsroom

PAGE = "novosti/mart.md"


def refused(place: str, reason: str = "there is no title; give it one") -> SetAside:
    return SetAside(source="gazeta", place=place, reason=reason, raw="# ", at=MORNING)


def settle(
    newsroom: Newsroom,
    *seen: str,
    path: str = PAGE,
    fingerprint: str = "1",
    aside: tuple[SetAside, ...] = (),
) -> int:
    return newsroom.store.transact(
        sources.settle_file,
        newsroom.source,
        (path, fingerprint),
        seen=seen,
        refused=aside,
        now=newsroom.clock.now(),
    )


def asides(newsroom: Newsroom) -> list[str]:
    return [one.place for one in newsroom.store.query(sources.list_set_aside, 10)]


def missing(newsroom: Newsroom) -> list[MissingArticle]:
    return newsroom.store.query(sources.list_missing, 10)


def test_a_source_is_the_same_whenever_it_is_opened(newsroom: Newsroom) -> None:
    again = newsroom.store.transact(sources.open_source, "gazeta")

    assert again == newsroom.source
    assert newsroom.count(source) == 1


def test_the_dates_of_a_demonstration_move_by_one_span_for_ever(
    newsroom: Newsroom,
) -> None:
    until = MORNING + timedelta(days=1)
    for days in (400, 7):
        shift = timedelta(days=days)
        newsroom.store.transact(
            sources.set_date_shift, newsroom.source.id, shift, until
        )

    row = newsroom.store.transact(sources.open_source, "gazeta")

    assert row.date_shift == timedelta(days=400)


def test_the_newest_fingerprint_of_a_file_is_known(newsroom: Newsroom) -> None:
    settle(newsroom, fingerprint="1")
    settle(newsroom, fingerprint="2")
    settle(newsroom, path="b.md", fingerprint="3")

    known = newsroom.store.query(sources.known_files, newsroom.source.id)

    assert known == {PAGE: "2", "b.md": "3"}


def test_what_was_set_aside_of_an_older_version_is_replaced(
    newsroom: Newsroom,
) -> None:
    settle(newsroom, aside=(refused(f"{PAGE}:1"), refused(f"{PAGE}:9")))
    settle(newsroom, path="b.md", aside=(refused("b.md:1"),))

    settle(newsroom, fingerprint="2", aside=(refused(f"{PAGE}:9"),))

    assert asides(newsroom) == [f"{PAGE}:9", "b.md:1"]


def test_what_was_set_aside_is_told_as_it_was_recorded(newsroom: Newsroom) -> None:
    settle(newsroom, aside=(refused(PAGE),))

    assert newsroom.store.query(sources.list_set_aside, 10) == [refused(PAGE)]


def test_files_with_something_set_aside_are_read_again_when_asked(
    newsroom: Newsroom,
) -> None:
    settle(newsroom, aside=(refused(PAGE),))
    settle(newsroom, path="b.md")

    newsroom.store.transact(sources.retry_set_aside)

    known = newsroom.store.query(sources.known_files, newsroom.source.id)
    assert known == {PAGE: "", "b.md": "1"}
    assert asides(newsroom) == [PAGE]


def test_an_article_that_its_file_no_longer_holds_is_missing_and_stays_public(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(an_article("a"), path=PAGE)
    newsroom.take(an_article("b"), path=PAGE)
    newsroom.take(an_article("c"), path="other.md")
    newsroom.forget_work()
    since = newsroom.wait(hours=1)

    assert settle(newsroom, "b", fingerprint="2") == 1

    (found,) = missing(newsroom)
    assert (found.source_key, found.path, found.since) == ("a", PAGE, since)
    assert newsroom.row(number).state == "public"
    assert newsroom.marked() == set()


def test_an_article_is_missing_since_the_first_time(newsroom: Newsroom) -> None:
    newsroom.take(an_article("a"), path=PAGE)
    settle(newsroom, fingerprint="2")
    newsroom.wait(hours=1)

    assert settle(newsroom, fingerprint="3") == 0
    assert [one.since for one in missing(newsroom)] == [MORNING]


def test_an_article_that_moved_to_another_file_first_is_not_missing(
    newsroom: Newsroom,
) -> None:
    newsroom.take(an_article("a"), path=PAGE)
    newsroom.take(an_article("a"), path="new.md")

    assert settle(newsroom, fingerprint="2") == 0
    assert missing(newsroom) == []


@pytest.mark.parametrize("count", [3, 1200])
def test_a_file_that_is_gone_is_forgotten_with_everything_about_it(
    newsroom: Newsroom, count: int
) -> None:
    for number in range(min(count, 3)):
        newsroom.take(an_article(str(number)), path=PAGE)
    settle(newsroom, *map(str, range(count)), aside=(refused(PAGE),))

    lost = newsroom.store.transact(
        sources.forget_file, newsroom.source, PAGE, newsroom.clock.now()
    )

    assert lost == 3
    assert newsroom.store.query(sources.known_files, newsroom.source.id) == {}
    assert newsroom.count(set_aside) == 0


def test_an_article_that_cannot_be_shown_is_set_aside_once_per_reason(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(an_article("a"), path=PAGE)
    for reason in ("no markup", "no markup", "no date"):
        newsroom.store.transact(
            sources.set_article_aside, number, reason, newsroom.clock.now()
        )

    found = newsroom.store.query(sources.list_set_aside, 10)

    assert [(one.place, one.reason) for one in found] == [
        (f"{PAGE}: a", "no date"),
        (f"{PAGE}: a", "no markup"),
    ]


def test_articles_are_counted_by_state(newsroom: Newsroom) -> None:
    newsroom.take(an_article("a"))
    newsroom.take(an_article("b"))
    newsroom.take(an_article("c", is_withdrawn=True))
    newsroom.take(an_article("d", embargo_until=MORNING + timedelta(hours=1)))

    assert newsroom.store.query(sources.count_articles) == {
        "public": 2,
        "withdrawn": 1,
        "embargoed": 1,
    }
