"""Articles are read with all that is shown of them, in the order asked for."""

from publisher.model.article import Byline
from publisher.model.feed import FeedFormat, Variant
from publisher.store.fragments import Fragment, find_fragments, keep_fragments
from publisher.store.reading import (
    entry_states,
    filed_articles,
    find_by_url,
    load_articles,
)
from tests.builders import MORNING, a_picture, an_article
from tests.store.newsroom import Newsroom, a_document


def a_fragment(
    number: int, body: bytes, *, version: int = 1, context: str = "ru"
) -> Fragment:
    return Fragment(
        article_id=number,
        format=FeedFormat.ATOM,
        variant=Variant.FULL,
        entry_version=version,
        context=context,
        body=body,
    )


def kept(newsroom: Newsroom, versions: dict[int, int], context: str = "ru") -> object:
    return newsroom.store.query(
        find_fragments, versions, FeedFormat.ATOM, Variant.FULL, context
    )


def test_everything_an_article_says_is_there(newsroom: Newsroom) -> None:
    incoming = an_article(
        title="Мост открыт",
        lead="Коротко.",
        body_html="<p>Подробно.</p>",
        rubrics=("vektor", "sport"),
        bylines=(Byline("Әсел Қанатова"),),
        picture=a_picture(),
        tags=("мост",),
        rights="© Газета",
        comments_url="https://gazeta.example/ru/most#c",
        comment_count=3,
    )

    found = newsroom.load(newsroom.take(incoming))

    for name in ("title", "lead", "body_html", "url", "bylines", "picture", "tags"):
        assert getattr(found, name) == getattr(incoming, name)
    assert (found.rights, found.comments_url, found.comment_count) == (
        incoming.rights,
        incoming.comments_url,
        incoming.comment_count,
    )
    assert found.rubric_keys == ("vektor", "sport")
    assert (found.published_at, found.updated_at) == (MORNING, MORNING)


def test_articles_come_in_the_order_asked_for_and_unknown_ones_are_left_out(
    newsroom: Newsroom,
) -> None:
    numbers = [newsroom.take(an_article(str(n))) for n in range(4)]
    asked = [numbers[2], 999, numbers[0], numbers[3]]

    found = newsroom.store.query(load_articles, asked, newsroom.tree)

    assert list(found) == [numbers[2], numbers[0], numbers[3]]


def test_what_articles_are_filed_under_is_the_same_without_their_content(
    newsroom: Newsroom,
) -> None:
    numbers = [newsroom.take(an_article(str(n))) for n in range(3)]
    asked = [numbers[2], 999, numbers[0]]

    filed = newsroom.store.query(filed_articles, asked, newsroom.tree)

    whole = newsroom.store.query(load_articles, asked, newsroom.tree).values()
    assert [(a.id, a.published_at, a.rubric_keys) for a in filed] == [
        (a.id, a.published_at, a.rubric_keys) for a in whole
    ]
    assert all(a.rubric_keys for a in filed)


def test_many_articles_are_no_limit(newsroom: Newsroom) -> None:
    number = newsroom.take()

    asked = [*range(2, 1200), number]

    assert set(newsroom.store.query(load_articles, asked, newsroom.tree)) == {number}
    assert set(newsroom.store.query(entry_states, asked)) == {number}


def test_an_article_is_found_by_its_address_while_it_is_public(
    newsroom: Newsroom,
) -> None:
    number = newsroom.take()
    url = newsroom.row(number).url
    found = newsroom.store.query(find_by_url, url)

    newsroom.take(an_article(is_withdrawn=True))

    assert found == number
    assert newsroom.store.query(find_by_url, url) is None


def test_a_fragment_is_good_for_its_version_and_surroundings_only(
    newsroom: Newsroom,
) -> None:
    first, second = (newsroom.take(an_article(name)) for name in "ab")
    fragments = [a_fragment(first, b"a"), a_fragment(second, b"b", version=2)]

    newsroom.store.transact(keep_fragments, fragments)

    assert kept(newsroom, {first: 1, second: 1}) == {first: b"a"}
    assert kept(newsroom, {first: 1, second: 2}) == {first: b"a", second: b"b"}
    assert kept(newsroom, {first: 1}, context="kk") == {}


def test_a_newer_fragment_takes_the_place_of_the_older(newsroom: Newsroom) -> None:
    number = newsroom.take()
    for version, body in ((1, b"old"), (2, b"new")):
        newsroom.store.transact(
            keep_fragments, [a_fragment(number, body, version=version)]
        )

    assert kept(newsroom, {number: 1}) == {}
    assert kept(newsroom, {number: 2}) == {number: b"new"}


def test_last_modified_moves_with_every_change_also_with_one_that_is_no_news(
    newsroom: Newsroom,
) -> None:
    number = newsroom.feed_id("")
    newsroom.publish(newsroom.job(""), a_document(number, "a", last_modified=MORNING))
    later = newsroom.wait(hours=1)

    published = newsroom.publish(
        newsroom.job(""), a_document(number, "b", last_modified=MORNING)
    )

    assert published is not None
    assert published[0].last_modified == later


def test_two_changes_within_a_second_have_two_dates(newsroom: Newsroom) -> None:
    number = newsroom.feed_id("")
    newsroom.publish(newsroom.job(""), a_document(number, "a", last_modified=MORNING))
    newsroom.wait(milliseconds=200)
    first = newsroom.publish(
        newsroom.job(""), a_document(number, "b", last_modified=MORNING)
    )
    newsroom.wait(milliseconds=200)

    second = newsroom.publish(
        newsroom.job(""), a_document(number, "c", last_modified=MORNING)
    )

    assert first is not None
    assert second is not None
    assert MORNING < first[0].last_modified < second[0].last_modified


def test_last_modified_moves_though_the_clock_was_set_back(newsroom: Newsroom) -> None:
    number = newsroom.feed_id("")
    newsroom.publish(newsroom.job(""), a_document(number, "a", last_modified=MORNING))
    newsroom.wait(hours=-1)

    published = newsroom.publish(
        newsroom.job(""), a_document(number, "b", last_modified=MORNING)
    )

    assert published is not None
    assert published[0].last_modified > MORNING
