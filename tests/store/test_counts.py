"""Numbers of comments reach the feeds now and then, and disturb nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from publisher.model.article import IncomingArticle
from publisher.model.comment import IncomingComment
from publisher.store.articles import Kept
from publisher.store.comments import find_discussion
from publisher.store.counts import show_counts
from tests.builders import MORNING, a_comment, an_article
from tests.store.newsroom import Newsroom

REST = timedelta(minutes=15)


def a_debate(count: int | None, *comments: IncomingComment) -> IncomingArticle:
    url = "https://gazeta.example/ru/most#c"
    return an_article(comments_url=url, comment_count=count, comments=comments)


def show(newsroom: Newsroom) -> int:
    now = newsroom.clock.now()
    return newsroom.store.transact(show_counts, newsroom.tree, now, REST, 100)


def test_comments_change_no_feed_of_articles_until_numbers_are_shown(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(a_debate(1))
    newsroom.forget_work()
    newsroom.wait(minutes=14)

    for count in (2, 3, 4):
        assert newsroom.keeps(a_debate(count)) is Kept.SAME
        assert show(newsroom) == 0

    assert newsroom.marked() == set()
    assert newsroom.load(number).comment_count == 1
    newsroom.wait(minutes=1)
    assert show(newsroom) == 1
    assert newsroom.load(number).comment_count == 4
    assert newsroom.marked() == newsroom.showing(["obshchestvo"], "ru")
    assert show(newsroom) == 0


def test_a_stream_of_comments_moves_the_number_once_an_interval(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(a_debate(0))
    versions = set()

    for minute in range(60):
        newsroom.take(a_debate(minute + 1))
        show(newsroom)
        versions.add(newsroom.row(number).entry_version)
        newsroom.wait(minutes=1)

    assert versions == {1, 2, 3, 4}


@pytest.mark.parametrize("count", [1, None])
def test_a_number_that_comes_back_to_what_is_shown_changes_nothing(
    newsroom: Newsroom, count: int | None
) -> None:
    newsroom.take(a_debate(count))
    newsroom.forget_work()
    newsroom.keeps(a_debate(2))
    newsroom.keeps(a_debate(count))
    newsroom.wait(hours=1)

    assert show(newsroom) == 0
    assert newsroom.marked() == set()


def test_numbers_move_neither_the_article_nor_its_text(newsroom: Newsroom) -> None:
    number = newsroom.take(a_debate(1))
    before = newsroom.row(number)
    newsroom.wait(hours=1)
    newsroom.take(a_debate(9))

    show(newsroom)

    after = newsroom.row(number)
    assert after.entry_version == before.entry_version + 1
    assert (after.updated_at, after.shown_at, after.revision) == (
        (before.updated_at, before.shown_at, before.revision)
    )


def test_the_first_number_and_the_last_are_shown_as_well(newsroom: Newsroom) -> None:
    number = newsroom.take(a_debate(None))
    for count in (3, None):
        newsroom.wait(hours=1)
        newsroom.take(a_debate(count))

        show(newsroom)

        assert newsroom.load(number).comment_count == count


def test_an_edit_shows_the_number_at_once(newsroom: Newsroom) -> None:
    number = newsroom.take(a_debate(1))

    newsroom.take(replace(a_debate(5), title="Мост открыт"))

    assert newsroom.load(number).comment_count == 5
    newsroom.wait(hours=1)
    assert show(newsroom) == 0


def test_a_new_comment_is_in_its_own_feed_before_the_article_tells_of_it(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(a_debate(0))
    newsroom.forget_work()
    newsroom.wait(minutes=5)
    said = a_comment("1", published_at=MORNING + timedelta(minutes=4))

    newsroom.take(a_debate(1, said))

    found = newsroom.store.query(find_discussion, number, newsroom.tree, 9)
    assert found is not None
    assert [one.author for one in found.comments] == ["Ерлан"]
    assert newsroom.marked() == set()
    assert newsroom.load(number).commented_at is None
    newsroom.wait(minutes=10)
    assert show(newsroom) == 1
    assert newsroom.load(number).commented_at == said.published_at


def test_a_comment_that_goes_before_it_was_told_of_is_gone(newsroom: Newsroom) -> None:
    number = newsroom.take(a_debate(0))
    newsroom.take(a_debate(1, a_comment("1")))

    newsroom.take(a_debate(0))

    found = newsroom.store.query(find_discussion, number, newsroom.tree, 9)
    assert found is not None
    assert found.comments == ()
    newsroom.wait(hours=1)
    assert show(newsroom) == 0


def test_the_number_of_a_withdrawn_article_marks_nothing(newsroom: Newsroom) -> None:
    newsroom.take(replace(a_debate(1), is_withdrawn=True))
    newsroom.forget_work()
    newsroom.take(replace(a_debate(2), is_withdrawn=True))
    newsroom.wait(hours=1)

    assert show(newsroom) == 1

    assert newsroom.marked() == set()
