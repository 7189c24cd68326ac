"""An embargoed article is nowhere until its time, and then everywhere (law 6)."""

from datetime import datetime, timedelta

import pytest

from publisher.model.article import IncomingArticle
from publisher.store.listings import newest_of_site
from publisher.store.reading import find_by_url
from tests.builders import MORNING, an_article
from tests.store.newsroom import Newsroom

HOUR = timedelta(hours=1)
NOON = MORNING + 5 * HOUR


def on_the_site(newsroom: Newsroom) -> list[int]:
    found = newsroom.store.query(newest_of_site, "", 10)
    return [number for _, number in found]


@pytest.mark.parametrize(
    "secret",
    [
        an_article(embargo_until=NOON),
        an_article(published_at=NOON),
        an_article(published_at=NOON - HOUR, embargo_until=NOON),
    ],
    ids=["embargo", "date to come", "both"],
)
def test_it_is_invisible_until_due_and_listed_then(
    newsroom: Newsroom, secret: IncomingArticle
) -> None:
    number = newsroom.take(secret)
    hidden = newsroom.marked(), newsroom.listed_under(number), on_the_site(newsroom)
    newsroom.clock.move_to(NOON - timedelta(seconds=1))
    too_early = newsroom.release()
    newsroom.clock.move_to(NOON)

    released = newsroom.release()

    assert hidden == (set(), set(), [])
    assert (too_early, released) == (0, 1)
    assert newsroom.listed_under(number) == {"obshchestvo"}
    assert newsroom.marked() == newsroom.showing(["obshchestvo"], "ru")
    assert on_the_site(newsroom) == [number]
    assert newsroom.load(number).published_at == NOON


def test_it_has_no_address_that_can_be_found_before(newsroom: Newsroom) -> None:
    number = newsroom.take(an_article(embargo_until=NOON))
    url = newsroom.row(number).url

    assert newsroom.store.query(find_by_url, url) is None


def test_releasing_again_finds_nothing(newsroom: Newsroom) -> None:
    newsroom.take(an_article(embargo_until=NOON))
    newsroom.clock.move_to(NOON)
    newsroom.release()
    newsroom.forget_work()

    assert newsroom.release() == 0
    assert newsroom.marked() == set()


def test_those_that_wait_longest_come_first_when_there_are_many(
    newsroom: Newsroom,
) -> None:
    late = newsroom.take(an_article("late", published_at=NOON))
    early = newsroom.take(an_article("early", published_at=NOON - HOUR))
    newsroom.clock.move_to(NOON)

    newsroom.release(limit=1)

    assert on_the_site(newsroom) == [early]
    newsroom.release(limit=1)
    assert on_the_site(newsroom) == [late, early]


@pytest.mark.parametrize("moved_to", [NOON - 2 * HOUR, NOON + 2 * HOUR])
def test_an_embargo_may_be_moved_while_it_lasts(
    newsroom: Newsroom, moved_to: datetime
) -> None:
    number = newsroom.take(an_article(embargo_until=NOON))
    newsroom.take(an_article(embargo_until=moved_to))
    newsroom.clock.move_to(moved_to - timedelta(seconds=1))
    before = newsroom.release()
    newsroom.clock.move_to(moved_to)

    newsroom.release()

    assert before == 0
    assert newsroom.load(number).published_at == moved_to


def test_an_embargo_that_is_lifted_makes_the_article_public_at_once(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(an_article(embargo_until=NOON))

    newsroom.take(an_article(embargo_until=None))

    assert on_the_site(newsroom) == [number]
    assert newsroom.load(number).published_at == MORNING


def test_a_withdrawn_article_is_not_released(newsroom: Newsroom) -> None:
    newsroom.take(an_article(embargo_until=NOON))
    newsroom.take(an_article(embargo_until=NOON, is_withdrawn=True))
    newsroom.clock.move_to(NOON)

    assert newsroom.release() == 0
    assert on_the_site(newsroom) == []


def test_an_edit_after_its_time_makes_it_public_without_waiting_for_the_sweep(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(an_article(embargo_until=NOON))
    newsroom.clock.move_to(NOON + HOUR)

    newsroom.take(an_article(title="Мост открыт", embargo_until=NOON))

    assert on_the_site(newsroom) == [number]
    assert newsroom.release() == 0


def test_an_article_that_was_public_may_be_embargoed_until_a_later_time(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(an_article())
    newsroom.take(an_article(embargo_until=NOON))
    hidden = on_the_site(newsroom)
    newsroom.wait(minutes=1)

    newsroom.release()

    assert (hidden, on_the_site(newsroom)) == ([], [])
    newsroom.clock.move_to(NOON)
    newsroom.release()
    assert on_the_site(newsroom) == [number]
    assert newsroom.load(number).published_at == MORNING
