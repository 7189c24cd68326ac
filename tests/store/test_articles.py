"""Saving an article changes what shows it, and nothing else (laws 1, 3, 4, 6)."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from publisher.errors import ArticleError
from publisher.model.article import IncomingArticle
from publisher.model.feed import SITE_KEY
from publisher.store import Store, Transaction, articles
from publisher.store.articles import Kept
from publisher.store.schema.articles import article, listing, revision
from publisher.store.sources import open_source
from tests.builders import MORNING, a_picture, an_arrival, an_article
from tests.store.newsroom import Newsroom

HOUR = timedelta(hours=1)


class ChangedItsMindError(Exception):
    pass


def test_a_new_article_is_listed_under_its_rubrics_and_marks_every_feed_above(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(an_article(rubrics=("vektor",)))

    assert newsroom.listed_under(number) == {"vektor"}
    in_full = {key for key in newsroom.marked() if "~" not in key}
    assert in_full == {
        *("", ".ru"),
        *("novosti", "novosti.ru"),
        *("politika", "politika.ru"),
        *("vektor", "vektor.ru"),
    }
    assert newsroom.marked() - in_full == {f"{key}~short" for key in in_full}


def test_an_article_without_rubric_is_in_the_feeds_of_the_site(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(an_article(rubrics=(), language="kk"))

    assert newsroom.listed_under(number) == set()
    assert newsroom.marked() == {"", ".kk", "~short", ".kk~short"}
    assert newsroom.row(number).first_listed_no == 1


def test_an_article_saved_again_changes_no_row_of_the_store(
    newsroom: Newsroom,
) -> None:
    incoming = an_article(picture=a_picture(), related=("nauryz",), tags=("мост",))
    newsroom.take(incoming)
    newsroom.take(an_article("nauryz"))
    before = newsroom.everything()
    newsroom.wait(hours=1)

    assert newsroom.keeps(incoming) is Kept.SAME

    assert newsroom.everything() == before


def test_the_same_instant_in_another_zone_is_no_change(newsroom: Newsroom) -> None:
    almaty = timezone(timedelta(hours=5))
    newsroom.take(an_article(modified_at=MORNING))

    same = an_article(
        published_at=MORNING.astimezone(almaty), modified_at=MORNING.astimezone(almaty)
    )

    assert newsroom.keeps(same) is Kept.SAME


def test_what_was_repaired_on_the_way_in_is_no_news(newsroom: Newsroom) -> None:
    newsroom.take(an_article())
    repaired = replace(an_article(), problems=("the date had no offset",))

    assert newsroom.keeps(repaired) is Kept.SAME


def test_an_article_that_moved_to_another_file_is_no_news_but_its_path_is_kept(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(path="a.md")
    newsroom.forget_work()

    again = newsroom.take_in(path="b.md")

    assert again.kept is Kept.SAME
    assert newsroom.row(number).path == "b.md"
    assert newsroom.marked() == set()


def test_a_change_and_its_marks_are_one(newsroom: Newsroom) -> None:
    newsroom.take(an_article())
    newsroom.forget_work()
    before = newsroom.everything()
    arrival = an_arrival(an_article(title="Мост открыт"), source_id=newsroom.source.id)

    def change_mind(tx: Transaction) -> None:
        articles.take_in(tx, arrival, newsroom.tree, newsroom.clock.now())
        raise ChangedItsMindError

    with pytest.raises(ChangedItsMindError):
        newsroom.store.transact(change_mind)

    assert newsroom.everything() == before


@pytest.mark.parametrize(
    "changed",
    [
        an_article(title="Мост открыт раньше срока"),
        an_article(lead="По мосту пошли первые автобусы."),
        an_article(body_html="<p>Движение открыто.</p>"),
    ],
    ids=["title", "lead", "body"],
)
def test_an_edit_of_the_text_moves_updated_and_makes_a_revision(
    newsroom: Newsroom, changed: IncomingArticle
) -> None:
    number = newsroom.take(an_article())
    newsroom.forget_work()
    later = newsroom.wait(hours=3)

    assert newsroom.keeps(changed) is Kept.CHANGED

    kept = newsroom.load(number)
    assert (kept.revision, kept.entry_version) == (2, 2)
    assert (kept.published_at, kept.updated_at) == (MORNING, later)
    assert newsroom.marked() == newsroom.showing(["obshchestvo"], "ru")


@pytest.mark.parametrize(
    ("changed", "revisions"),
    [
        (an_article(tags=("мост",)), 2),
        (an_article(picture=a_picture()), 2),
        (an_article(rights="© Газета"), 2),
        (an_article(comments_url="https://gazeta.example/ru/most#comments"), 1),
        (an_article(url="https://gazeta.example/ru/most-otkryt"), 1),
    ],
    ids=["tags", "picture", "rights", "place of comments", "address"],
)
def test_any_other_edit_leaves_updated_where_it_is(
    newsroom: Newsroom, changed: IncomingArticle, revisions: int
) -> None:
    number = newsroom.take(an_article())
    newsroom.wait(hours=3)

    newsroom.take(changed)

    kept = newsroom.load(number)
    assert (kept.revision, kept.entry_version) == (revisions, 2)
    assert kept.updated_at == MORNING


def test_old_revisions_are_kept_as_they_were(newsroom: Newsroom) -> None:
    number = newsroom.take(an_article(title="Мост строят"))
    newsroom.take(an_article(title="Мост достроили"))

    rows = newsroom.rows(revision, revision.c.article_id == number)

    assert [(row.number, row.title) for row in rows] == [
        (1, "Мост строят"),
        (2, "Мост достроили"),
    ]


def test_the_time_that_the_source_names_for_an_edit_counts_unless_it_is_to_come(
    newsroom: Newsroom,
) -> None:
    now = newsroom.wait(hours=5)
    number = newsroom.take(an_article())

    newsroom.take(an_article(title="Второй", modified_at=now - HOUR))
    honest = newsroom.load(number).updated_at
    newsroom.take(an_article(title="Третий", modified_at=now + HOUR))
    hasty = newsroom.load(number).updated_at

    assert (honest, hasty) == (now - HOUR, now)


def test_an_article_moved_to_another_rubric_leaves_one_feed_and_enters_the_other(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(an_article(rubrics=("politika",)))
    newsroom.forget_work()
    moved_at = newsroom.wait(hours=1)

    newsroom.take(an_article(rubrics=("obshchestvo", "sport")))

    assert newsroom.listed_under(number) == {"obshchestvo", "sport"}
    assert newsroom.marked() == {
        *newsroom.showing(["politika"], "ru"),
        *newsroom.showing(["obshchestvo", "sport"], "ru"),
    }
    assert newsroom.touched_at("politika.ru") == moved_at
    assert newsroom.touched_at("obshchestvo.ru") == MORNING
    assert newsroom.touched_at("novosti.ru") == MORNING  # It is still in there.
    assert newsroom.load(number).updated_at == MORNING


def test_listed_again_under_another_rubric_it_is_known_as_a_repeat(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(an_article(rubrics=("politika",)))
    newsroom.take(an_article(rubrics=("politika", "sport")))

    listed = {
        row.listed_no: row.is_repeat
        for row in newsroom.rows(listing, listing.c.article_id == number)
    }

    assert listed == {1: False, 2: True}


def test_a_withdrawn_article_leaves_its_feeds_and_comes_back_under_its_id(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take(an_article())
    first = newsroom.row(number)
    newsroom.forget_work()
    withdrawn_at = newsroom.wait(hours=1)

    newsroom.take(an_article(is_withdrawn=True))
    gone = newsroom.listed_under(number), newsroom.marked()
    newsroom.wait(hours=1)
    newsroom.take(an_article())

    showing = newsroom.showing(["obshchestvo"], "ru")
    assert gone == (set(), showing)
    assert newsroom.touched_at(SITE_KEY) == withdrawn_at
    back = newsroom.row(number)
    assert (back.uid, back.published_at, back.first_listed_no) == (
        (first.uid, first.published_at, first.first_listed_no)
    )
    # Newer than the news of its withdrawal.
    assert back.updated_at == newsroom.clock.now() > withdrawn_at
    assert newsroom.listed_under(number) == {"obshchestvo"}


def test_an_article_in_another_language_leaves_the_feeds_of_the_old_one(
    newsroom: Newsroom,
) -> None:
    with_rubric = newsroom.take(an_article("a", language="ru"))
    newsroom.take(an_article("b", language="ru", rubrics=()))
    newsroom.forget_work()

    newsroom.take(an_article("a", language="kk"))
    first = newsroom.marked()
    newsroom.forget_work()
    newsroom.take(an_article("b", language="kk", rubrics=()))

    assert first == {
        *newsroom.showing(["obshchestvo"], "ru"),
        *newsroom.showing(["obshchestvo"], "kk"),
    }
    assert newsroom.marked() == {
        *("", ".ru", ".kk"),
        *("~short", ".ru~short", ".kk~short"),
    }
    (listed,) = newsroom.rows(listing, listing.c.article_id == with_rubric)
    assert (listed.language, listed.listed_no, listed.is_repeat) == ("kk", 3, True)


def test_the_id_of_an_imported_article_is_the_one_it_had(newsroom: Newsroom) -> None:
    arrival = an_arrival(
        an_article(), source_id=newsroom.source.id, uid="https://gazeta.example/?p=7"
    )
    now = newsroom.clock.now()

    number = newsroom.store.transact(articles.take_in, arrival, newsroom.tree, now).id

    newsroom.take(an_article(title="Другой заголовок", rubrics=("sport",)))
    assert newsroom.load(number).uid == "https://gazeta.example/?p=7"


def test_an_id_that_another_article_has_is_refused_with_both_names(
    newsroom: Newsroom,
) -> None:
    taken = an_arrival(source_id=newsroom.source.id, uid="tag:gazeta.example:1")
    now = newsroom.clock.now()
    newsroom.store.transact(articles.take_in, taken, newsroom.tree, now)
    other = newsroom.store.transact(open_source, "prilozhenie")
    clash = an_arrival(an_article("b"), source_id=other.id, uid=taken.uid)

    with pytest.raises(ArticleError, match=r'"most" of source "gazeta".*another guid'):
        newsroom.store.transact(articles.take_in, clash, newsroom.tree, now)

    assert newsroom.count(article) == 1


def test_an_article_found_again_is_not_missing_any_more(newsroom: Newsroom) -> None:
    number = newsroom.take()

    def lose(tx: Transaction) -> None:
        tx.execute(article.update().values(missing_since=MORNING))

    newsroom.store.transact(lose)

    assert newsroom.keeps(an_article()) is Kept.SAME
    assert newsroom.row(number).missing_since is None


def test_a_store_lists_nothing_before_the_first_article(store: Store) -> None:
    assert store.query(lambda tx: tx.execute(listing.select()).all()) == []
