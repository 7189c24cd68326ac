"""Comments are kept as their source shows them, each written once."""

from dataclasses import replace

from publisher.model.article import IncomingArticle
from publisher.model.comment import IncomingComment
from publisher.store.articles import Kept
from publisher.store.comments import find_discussion, was_public
from publisher.store.schema.comments import comment
from tests.builders import MORNING, a_comment, an_article
from tests.store.newsroom import Newsroom
from tests.web.site import statements


def a_discussion(*comments: IncomingComment) -> IncomingArticle:
    return an_article(comments=comments, comment_count=len(comments))


def said(newsroom: Newsroom, number: int) -> list[str]:
    found = newsroom.store.query(find_discussion, number, newsroom.tree, 100)
    assert found is not None
    return [one.author for one in found.comments]


def test_an_article_brought_again_changes_nothing_of_its_comments(
    newsroom: Newsroom,
) -> None:
    both = a_discussion(a_comment("1"), a_comment("2", author="Дина"))
    newsroom.take(both)
    before = newsroom.everything()
    newsroom.wait(hours=1)

    assert newsroom.keeps(both) is Kept.SAME

    assert newsroom.everything() == before


def test_a_new_comment_is_the_only_one_written(newsroom: Newsroom) -> None:
    many = [a_comment(str(i), author=f"Читатель {i}") for i in range(20)]
    number = newsroom.take(a_discussion(*many))

    with statements(newsroom.store) as seen:
        newsroom.take(a_discussion(*many, a_comment("new", author="Новый")))

    written = [s for s in seen if s.startswith(("INSERT INTO comment", "UPDATE comm"))]
    assert len(written) == 1
    assert "Новый" in said(newsroom, number)


def test_an_edited_comment_keeps_its_id_and_its_date(newsroom: Newsroom) -> None:
    newsroom.take(a_discussion(a_comment("1")))
    before = newsroom.one(comment)
    newsroom.wait(hours=1)

    newsroom.take(a_discussion(a_comment("1", body_html="<p>Исправлено.</p>")))

    after = newsroom.one(comment)
    assert (after.id, after.uid) == (before.id, before.uid)
    assert after.published_at == before.published_at
    assert after.updated_at == newsroom.clock.now()
    assert after.body_html == "<p>Исправлено.</p>"


def test_comments_that_are_shown_no_longer_disappear(newsroom: Newsroom) -> None:
    number = newsroom.take(a_discussion(a_comment("1"), a_comment("2", author="Дина")))

    newsroom.take(a_discussion(a_comment("2", author="Дина")))
    assert said(newsroom, number) == ["Дина"]

    newsroom.take(a_discussion())
    assert said(newsroom, number) == []


def test_the_same_id_under_two_articles_is_two_comments(newsroom: Newsroom) -> None:
    newsroom.take(a_discussion(a_comment("1")))
    newsroom.take(replace(an_article("drugaya"), comments=(a_comment("1"),)))

    assert newsroom.count(comment) == 2


def test_nothing_is_said_in_the_future(newsroom: Newsroom) -> None:
    late = a_comment("1", published_at=newsroom.wait(days=400))
    newsroom.clock.move(MORNING - newsroom.clock.now())

    newsroom.take(a_discussion(late))

    assert newsroom.one(comment).published_at == MORNING


def test_what_is_withdrawn_has_no_discussion(newsroom: Newsroom) -> None:
    shown = a_discussion(a_comment("1"))
    number = newsroom.take(shown)
    assert not newsroom.store.query(was_public, number)

    newsroom.take(replace(shown, is_withdrawn=True))

    assert newsroom.store.query(find_discussion, number, newsroom.tree, 9) is None
    assert newsroom.store.query(was_public, number)
