"""Whatever an article holds, the document is well-formed and says the same text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from publisher.feeds.characters import clean
from publisher.feeds.dialects.body import parsed, read_body
from publisher.feeds.dialects.plain.reading import lint_document
from publisher.feeds.dialects.rendering import compose
from publisher.feeds.dialects.sitemap import news_sitemap
from publisher.feeds.dialects.small_html import SHOWN, small_html
from publisher.model.article import Article, Byline, Link, Picture
from tests.effort import effort
from tests.feeds.dialects.aggregators import BY_KEY, KEYS, items, texts
from tests.feeds.newsroom import FACTS, SITE, TREE, a_head, an_article
from tests.feeds.test_shared_articles import shared_articles, shared_tree

PIECES = st.sampled_from(
    [
        *("<p>", "</p>", "<div>", "</div>", "<br>", "<b>", "</b>", "<ul><li>", "</ul>"),
        *("<table><tr><td>", "</td></tr></table>", "<h2>", "</h2>", "<blockquote>"),
        *("<figure>", "</figure>", "<figcaption>", "</figcaption>", "<a href='/x'>"),
        *(f"<img src='{SITE}/a.png'>", "<img src='x' width='9999999999px'>", "<!--"),
        *(
            "-->",
            "<script>",
            "</script>",
            "<svg><title>",
            "<p",
            "]]>",
            "<![CDATA[",
            "&",
        ),
        *("&#1;", "&#xFFFF;", "&nbsp;", "&lt;b&gt;", "<?php ?>", "<o:p>", "</body>"),
        *("<picture><source srcset='y'>", "</picture>", "<body>", "<html>", "<math>"),
    ]
)
TEXTS = st.text(alphabet=st.characters(), max_size=12)
SOUP = st.lists(st.one_of(PIECES, TEXTS), max_size=14).map("".join)


@st.composite
def nasty_articles(draw: st.DrawFn) -> Article:
    return an_article(
        draw(st.integers(1, 9)),
        title=draw(TEXTS),
        lead=draw(TEXTS),
        body_html=draw(SOUP),
        url=draw(st.sampled_from([f"{SITE}/ok", "http://[", "", f"{SITE}/қала?q=<>"])),
        language=draw(st.sampled_from(["ru", "kk", "", "kz", "\x00"])),
        rubric_keys=draw(st.sampled_from([(), ("politika",), ("nope",)])),
        bylines=(Byline(draw(TEXTS), draw(TEXTS)),),
        picture=Picture(
            url=draw(st.sampled_from([f"{SITE}/b.svg", "ftp://x", ""])),
            credit=draw(TEXTS),
            caption=draw(TEXTS),
            alt=draw(TEXTS),
            media_type=draw(TEXTS),
            width=draw(st.integers(-1, 900)),
        ),
        related=(Link(f"{SITE}/r", draw(TEXTS), draw(TEXTS)),),
        tags=(draw(TEXTS),),
        rights=draw(TEXTS),
    )


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS)
@given(articles=st.lists(nasty_articles(), max_size=3))
@effort(60)
def test_documents_of_nasty_articles_are_well_formed(
    key: str, articles: list[Article]
) -> None:
    made = compose(BY_KEY[key], a_head(), articles, TREE, FACTS)

    root = etree.fromstring(made.body)

    assert len(items(root)) == len(made.shown)
    assert "broken" not in {finding.rule for finding in lint_document(made.body)}
    refused = {f.article_id for f in made.findings if f.severity == "refuse"}
    assert {article.id for article in articles} == refused | set(made.shown)


@pytest.mark.slow
@given(articles=st.lists(nasty_articles(), max_size=3))
@effort(60)
def test_a_sitemap_of_nasty_articles_is_well_formed(articles: list[Article]) -> None:
    etree.fromstring(news_sitemap(articles, TREE, FACTS))


@given(soup=SOUP)
@effort(300)
def test_small_html_holds_nothing_but_what_dzen_shows(soup: str) -> None:
    small = parsed(small_html(soup))

    assert {element.tag for element in small.iterdescendants()} <= SHOWN
    allowed = {"href", "src", "alt", "width", "height"}
    assert {str(n) for e in small.iterdescendants() for n in e.attrib} <= allowed


@pytest.mark.slow
@given(soup=SOUP)
@effort(300)
def test_small_html_keeps_the_text(soup: str) -> None:
    def letters(html: str) -> str:
        return re.sub(r"\s", "", read_body(html).text)

    def captions(html: str) -> str:
        whole = parsed(html).itertext("figure", "figcaption", with_tail=False)
        return re.sub(r"\s", "", "".join(map(str, whole)))

    if not captions(soup) and "<svg" not in soup and "<math" not in soup:
        assert letters(small_html(soup)) == letters(soup)


@given(text=TEXTS)
@effort(100)
def test_a_body_says_all_the_text_there_is_and_nothing_illegal(text: str) -> None:
    said = read_body(f"<p>{text.replace('&', '').replace('<', '')}</p>").text

    assert said == " ".join(clean(text.replace("&", "").replace("<", "")).split())


@pytest.mark.parametrize("key", KEYS)
def test_every_real_article_is_shown_or_refused_for_a_reason(key: str) -> None:
    articles, tree = shared_articles(), shared_tree()
    shown: set[int] = set()
    for article in articles:
        made = compose(BY_KEY[key], a_head(article.language), [article], tree, FACTS)
        assert etree.fromstring(made.body).tag == "rss"
        assert bool(made.shown) != any(f.severity == "refuse" for f in made.findings)
        shown |= set(made.shown)
    assert len(articles) >= 200
    assert len(shown) > len(articles) / 2


def test_yandex_gets_the_text_of_every_real_article() -> None:
    tree = shared_tree()
    for article in shared_articles():
        given = [article]
        made = compose(BY_KEY["yandex"], a_head(), given, tree, FACTS)
        for text in texts(etree.fromstring(made.body), "channel/item/yandex:full-text"):
            page = parsed(article.body_html)
            etree.strip_elements(page, "figure", "iframe", "video", with_tail=False)
            whole = "".join(map(str, page.itertext()))
            assert re.sub(r"\s", "", text) == re.sub(r"\s", "", whole)
            assert "<" not in text or "<" in whole


@pytest.mark.parametrize("key", KEYS)
def test_a_word_without_end_is_read_once(key: str) -> None:
    # Looked at from each of its letters, it would take longer than any test may.
    article = an_article(1, body_html=f"<p>{'a' * 400_000}</p>")

    made = compose(BY_KEY[key], a_head(), [article], TREE, FACTS)

    assert etree.fromstring(made.body).tag == "rss"
