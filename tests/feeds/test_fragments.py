"""An article becomes a fragment, or an error that names it; nothing else depends."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from lxml import etree

from publisher.errors import ArticleError
from publisher.feeds.documents import assemble
from publisher.feeds.fragments import (
    fragment_context,
    render_fragment,
    render_fragments,
)
from publisher.model.article import Link, Picture
from publisher.model.feed import FORMATS, FeedFormat
from publisher.model.rubric import Rubric, RubricTree
from tests.feeds.newsroom import (
    FACTS,
    FULL,
    NOON,
    SITE,
    TREE,
    a_head,
    an_article,
    rendered,
    rendered_all,
)
from tests.feeds.reading import read

XML_FORMATS = (FeedFormat.RSS, FeedFormat.ATOM)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "changes",
    [
        {"uid": ""},
        {"uid": "\x00\x01 "},
        {"url": "не адрес"},
        {"url": "javascript:alert(1)"},
        {"title": "\x00", "lead": "", "body_html": "<!-- ничего -->"},
        {"published_at": datetime(2025, 4, 1)},  # noqa: DTZ001 (the fault under test)
        {"updated_at": datetime(2025, 4, 1)},  # noqa: DTZ001 (the fault under test)
        {"published_at": None},
        {"body_html": None},
        {"tags": (None,)},
    ],
    ids=str,
)
def test_an_article_that_cannot_be_shown_is_named_in_the_error(
    changes: dict[str, object], form: FeedFormat
) -> None:
    article = an_article(41, **changes)

    with pytest.raises(ArticleError, match=r"^article 41\b.+"):
        rendered(article, form)


@pytest.mark.parametrize("form", FORMATS)
def test_what_can_be_repaired_is_repaired(form: FeedFormat) -> None:
    article = an_article(
        1,
        title=" \x00Мост\ud83d\r\nготов\uffff ",
        lead="]]> и \x1b[0m",
        body_html="<p>]]&gt; ]]> \x0bтекст\r\n</p>",
        url="https://gazeta.example/ru/мост",
        rubric_keys=("net-takoy", "politika", "politika"),
        updated_at=NOON - timedelta(days=9),
        picture=Picture(
            url=f"{SITE}/a b.jpg", width=-1, length=-5, media_type="картинка"
        ),
        comment_count=-3,
        comments_url=f"{SITE}/c",
        related=(Link("/relative", "нет", "ru"), Link(f"{SITE}/r", "да", "ru")),
    )

    [found] = read(assemble(a_head(), form, [rendered(article, form)]), form)

    assert found.title == "Мост готов"
    assert found.lead == "]]> и [0m"
    assert found.content.endswith("<p>]]&gt; ]]> текст\n</p>")
    assert found.url == "https://gazeta.example/ru/%D0%BC%D0%BE%D1%81%D1%82"
    assert found.labels == ("Новости / Политика",)
    assert found.updated_at == found.published_at == article.published_at
    assert found.picture == (f"{SITE}/a%20b.jpg", "image/jpeg", "0")
    assert found.comment_count is None
    assert found.related == ((f"{SITE}/r", "да", "ru"),)


@pytest.mark.parametrize("form", FORMATS)
def test_a_missing_title_and_lead_come_from_the_text(form: FeedFormat) -> None:
    article = an_article(title="", lead="", body_html="<p>Начало. Конец.</p>")

    [found] = read(assemble(a_head(), form, [rendered(article, form)]), form)

    assert found.title == found.lead == "Начало. Конец."


@pytest.mark.parametrize("form", FORMATS)
def test_dates_in_other_zones_are_printed_in_utc(form: FeedFormat) -> None:
    almaty = timezone(timedelta(hours=5))
    article = an_article()
    moved = replace(
        article,
        published_at=article.published_at.astimezone(almaty),
        updated_at=article.updated_at.astimezone(almaty),
    )

    assert rendered(moved, form) == rendered(article, form)


@pytest.mark.parametrize("form", FORMATS)
def test_a_bad_article_does_not_change_the_others(form: FeedFormat) -> None:
    good = [an_article(number) for number in (1, 2)]
    before = rendered_all(good, form)

    with pytest.raises(ArticleError):
        rendered(an_article(3, uid=""), form)

    assert rendered_all(good, form) == before


def test_several_formats_at_once_equal_one_by_one() -> None:
    article = an_article(**FULL)

    at_once = render_fragments(article, FORMATS, TREE, FACTS)

    assert at_once == {form: rendered(article, form) for form in FORMATS}


@pytest.mark.parametrize("form", XML_FORMATS)
def test_a_fragment_is_one_element_without_declarations(form: FeedFormat) -> None:
    fragment = rendered(an_article(**FULL), form)

    name = "item" if form is FeedFormat.RSS else "entry"
    assert fragment.startswith(f"<{name}".encode())
    assert fragment.endswith(f"</{name}>".encode())
    assert b"xmlns" not in fragment


@pytest.mark.parametrize("form", XML_FORMATS)
def test_plain_texts_use_hexadecimal_references(form: FeedFormat) -> None:
    article = an_article(title="a <b> & c", lead="5 < 7 & R&D", rights="<я>")

    fragment = rendered(article, form).decode()

    content = fragment[fragment.index("<content") : fragment.index("</content")]
    assert "&lt;" in content
    plain = fragment.replace(content, "")
    assert "a &#x3C;b&gt; &#x26; c" in plain
    assert "5 &#x3C; 7 &#x26; R&#x26;D" in plain
    assert "&#x3C;я&gt;" in plain
    assert "&lt;" not in plain
    assert "&amp;" not in plain


def test_a_lead_that_looks_like_html_is_escaped_where_readers_show_html() -> None:
    script = "<script>alert(1)</script>"

    item = etree.fromstring(
        assemble(
            a_head(),
            FeedFormat.RSS,
            [rendered(an_article(lead=script), FeedFormat.RSS)],
        )
    ).find("channel/item")

    assert item is not None
    assert item.findtext("description") == "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_fractions_of_a_second_are_printed_where_there_are_any() -> None:
    article = an_article(updated_at=NOON + timedelta(microseconds=120))

    assert b"<updated>2025-04-28T07:00:00.000120+00:00</updated>" in rendered(
        article, FeedFormat.ATOM
    )


def test_the_context_changes_with_everything_that_fragments_show() -> None:
    first, *others = TREE
    changed_trees = [
        RubricTree((replace(first, names={"ru": "Лента"}), *others)),
        RubricTree((replace(first, slug="lenta"), *others)),
        RubricTree((first, *others, Rubric(key="x", slug="x", names={}))),
    ]
    changed_facts = [
        replace(FACTS, titles={"ru": "Другая"}),
        replace(FACTS, url="https://other.example"),
        replace(FACTS, rights={}),
        replace(FACTS, since=date(2025, 1, 2)),
        replace(FACTS, ttl=timedelta(minutes=9)),
        replace(FACTS, languages=("kk", "ru")),
    ]

    contexts = [
        fragment_context(TREE, FACTS),
        *(fragment_context(tree, FACTS) for tree in changed_trees),
        *(fragment_context(TREE, facts) for facts in changed_facts),
    ]

    assert len(set(contexts)) == len(contexts)
    assert all(len(context) == 16 for context in contexts)


def test_the_context_is_the_same_for_the_same_newsroom() -> None:
    again = RubricTree(tuple(TREE))

    assert fragment_context(again, replace(FACTS)) == fragment_context(TREE, FACTS)


def test_a_renamed_rubric_shows_in_new_fragments() -> None:
    first, *others = TREE
    renamed = RubricTree((replace(first, names={"ru": "Лента"}), *others))

    fragment = render_fragment(an_article(), FeedFormat.RSS, renamed, FACTS)

    assert "Лента / Политика".encode() in fragment
