"""Every format says the same of an article, and independent parsers read it so."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.feeds.characters import clean_line
from publisher.feeds.documents import assemble
from publisher.feeds.entries import entry_of
from publisher.model.article import Article, Byline, Link, Picture
from publisher.model.feed import FORMATS, FeedFormat, Variant
from tests.feeds.newsroom import (
    FACTS,
    FEEDS,
    FULL,
    NOON,
    SITE,
    TREE,
    a_head,
    a_kazakh_article,
    an_article,
    rendered,
    rendered_all,
)
from tests.feeds.reading import ReadArticle, parsed, read

NASTY = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.sampled_from(
        [
            "]]>",
            "<![CDATA[x]]>",
            "\x00\x08\x0b\x1f тень",
            "\ud83d\ude00 и \ud83d одна половина",
            "👩‍🌾🇰🇿",
            "\ufffe\uffff\ufdd0\ufdd1",
            "Әкімдік «Тұлпар» — үздік!",
            "AT&T &amp; &#60;b&#62; &lt;i&gt;",
            "<script>alert(1)</script>",
            "5 < 7 и a <b> c",
            "строка\r\nстрока\rстрока\u2028строка\x85конец",
            "\N{NO-BREAK SPACE}в\N{NO-BREAK SPACE}2025\N{NO-BREAK SPACE}году",
            "запятые, запятые, запятые",
        ]
    ),
)


def is_read_as_written(text: str) -> bool:
    """Tell whether feedparser leaves a text alone.

    It mends what looks like UTF-8 that was taken for Latin-1.
    """
    try:
        clean_line(text).encode("latin-1").decode()
    except UnicodeError:
        return True
    return text.isascii()


NASTY = NASTY.filter(is_read_as_written)
SOME_URL = st.sampled_from(
    [f"{SITE}/ru/1", f"{SITE}/ru/мост", "http://газета.example/a b?c=ё#д", "x", ""]
)
SOME_LINK = st.builds(Link, SOME_URL, NASTY, st.sampled_from(["ru", "kk", "en", "kk"]))


def body(text: str) -> str:
    """Return a body as the cleaner leaves it: texts escaped."""
    return f"<p>{text.replace('&', '&amp;').replace('<', '&lt;')}</p>"


ARTICLES = st.builds(
    an_article,
    number=st.integers(1, 10**5),
    title=NASTY.map(lambda text: f"Заголовок {text}"),
    lead=NASTY,
    body_html=NASTY.map(body) | NASTY,
    published_at=st.integers(0, 2**31).map(lambda s: datetime.fromtimestamp(s, UTC)),
    updated_at=st.just(NOON + timedelta(microseconds=5)),
    bylines=st.lists(st.builds(Byline, NASTY, st.none() | SOME_URL), max_size=3).map(
        tuple
    ),
    picture=st.none()
    | st.builds(Picture, url=SOME_URL, alt=NASTY, caption=NASTY, credit=NASTY),
    tags=st.lists(NASTY, max_size=3).map(tuple),
    related=st.lists(SOME_LINK, max_size=3).map(tuple),
    translations=st.lists(SOME_LINK, max_size=3).map(tuple),
    comments_url=st.none() | SOME_URL,
    comment_count=st.none() | st.integers(-1, 10**6),
    rights=NASTY,
)


def read_one(article: Article, form: FeedFormat) -> ReadArticle:
    [found] = read(assemble(a_head(), form, [rendered(article, form)]), form)
    return found


@pytest.mark.parametrize("form", FORMATS)
def test_every_field_of_an_article_is_read_back(form: FeedFormat) -> None:
    article = an_article(7, **FULL)

    found = read_one(article, form)

    assert found == ReadArticle(
        uid=article.uid,
        url=article.url,
        title=article.title,
        lead=article.lead,
        content=(
            f'<figure><img src="{SITE}/media/most.jpg" alt="Рабочие у опоры моста"'
            ' width="1200" height="800"><figcaption>Опору поставили в апреле'
            " <small>Фото gov.kz</small></figcaption></figure>\n" + article.body_html
        ),
        published_at=article.published_at,
        updated_at=article.updated_at,
        authors=("Соб. инф.", "Айгуль Сатпаева"),
        author_urls=(f"{SITE}/a/satpaeva",),
        labels=("Новости / Политика", "мост", "ремонт дорог"),
        picture=(f"{SITE}/media/most.jpg", "image/jpeg", "183000"),
        caption="Опору поставили в апреле",
        credit="Фото gov.kz",
        alt="Рабочие у опоры моста",
        rights="© Степная газета, 2025",
        comments_url=f"{SITE}/ru/most#comments",
        comment_count=4,
        related=((f"{SITE}/ru/parom", "Паром ходит до заката", "ru"),),
        translations=((f"{SITE}/kk/kopir", "Көпір күзде ашылады", "kk"),),
        language="ru",
    )


@pytest.mark.parametrize("form", FORMATS)
def test_kazakh_letters_arrive_as_they_were_written(form: FeedFormat) -> None:
    article = a_kazakh_article()

    found = read_one(article, form)

    assert found.title == article.title
    assert article.body_html in found.content
    assert found.authors == ("Әсел Өтегенқызы",)
    assert found.labels == ("Жаңалықтар", "Жаңалықтар / Мәдениет")
    assert found.url == f"{SITE}/kk/%D0%BA%D3%A9%D0%BF%D1%96%D1%80-2"


@pytest.mark.parametrize("form", FORMATS)
def test_an_article_without_bylines_is_by_the_newspaper(form: FeedFormat) -> None:
    found = read_one(an_article(bylines=()), form)

    assert found.authors == ("Степная газета",)
    assert found.author_urls == (SITE,)


@settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))
@given(ARTICLES)
def test_the_formats_agree_on_any_article(article: Article) -> None:
    rss, atom, from_json = (read_one(article, form) for form in FORMATS)

    assert rss == atom == from_json
    entry = entry_of(article, TREE, FACTS)
    assert rss.title == entry.title.strip()
    assert rss.uid == article.uid
    assert rss.content == entry.content_html.strip()


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS)
def test_a_body_of_two_megabytes_is_carried_whole(form: FeedFormat) -> None:
    paragraph = "<p>Очень длинный отчёт о посевной &lt;2025&gt;. ]]&gt;</p>"
    article = an_article(body_html=paragraph * (2_000_000 // len(paragraph)))

    found = read_one(article, form)

    assert found.content == article.body_html


@pytest.mark.parametrize("form", [FeedFormat.RSS, FeedFormat.ATOM])
def test_the_head_is_read_back(form: FeedFormat) -> None:
    head = a_head("kk", "politika")

    feed = parsed(assemble(head, form, []), form).feed

    assert feed.title == "Жаңалықтар / Саясат — Дала газеті"
    assert feed.subtitle == "Облыс жаңалықтары"
    assert feed.link == f"{FEEDS}/kk/rubrics/novosti/politika"
    assert feed.language == "kk"
    assert feed.rights == "© Степная газета"
    assert feed.generator == "newsroom-publisher"
    assert feed.updated_parsed[:6] == NOON.timetuple()[:6]
    by_rel = {link.rel: link.href for link in feed.links if link.rel != "alternate"}
    assert by_rel == {
        "self": head.urls[form],
        "related": head.variants[Variant.SHORT][form],
        "hub": "https://hub.example/",
    }


def test_articles_stand_in_the_order_given() -> None:
    articles = [an_article(number) for number in (5, 3, 9)]

    for form in FORMATS:
        document = assemble(a_head(), form, rendered_all(articles, form))
        assert [found.uid for found in read(document, form)] == [
            article.uid for article in articles
        ]
