"""A document holds what its aggregator reads, always in the same bytes."""

import re
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from lxml import etree

from publisher.feeds.dialects.dialect import Dialect, Withdrawn
from publisher.feeds.dialects.plain.reading import lint_document
from publisher.feeds.dialects.rendering import compose, document_address, render_dialect
from publisher.feeds.dialects.small_html import SHOWN
from publisher.model.article import Article, Link, Picture
from tests.feeds.dialects.aggregators import (
    BODY,
    BY_KEY,
    KEYS,
    a_welcome_article,
    document,
    items,
    texts,
)
from tests.feeds.newsroom import (
    FACTS,
    NOON,
    SITE,
    TREE,
    a_head,
    a_kazakh_article,
    an_article,
)

WITHDRAWN = Withdrawn(
    uid="tag:gazeta.example,2025-01-01:article:77",
    url=f"{SITE}/ru/oshibka",
    title="Снятая статья",
    withdrawn_at=NOON + timedelta(minutes=5),
)


def only_item(key: str, article: Article) -> etree._Element:
    (item,) = items(document(key, article))
    return item


def read_back(body: bytes, dialect: Dialect) -> Any:  # noqa: ANN401 (the parser's own)
    feed = feedparser.parse(
        body,
        sanitize_html=False,
        resolve_relative_uris=False,
        response_headers={"content-type": dialect.media_type},
    )
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


@pytest.mark.parametrize("key", KEYS)
def test_a_document_is_read_back_as_it_was_meant(key: str) -> None:
    articles = [a_welcome_article(number) for number in (3, 1, 2)]
    body = render_dialect(BY_KEY[key], a_head(), articles, TREE, FACTS)

    feed = read_back(body, BY_KEY[key])

    assert [entry.id for entry in feed.entries] == [
        f"tag:gazeta.example,2025-01-01:article:{number}" for number in (1, 2, 3)
    ]
    assert [entry.link for entry in feed.entries] == [
        f"{SITE}/ru/most-{number}" for number in (1, 2, 3)
    ]
    assert feed.entries[0].title == "Мост через Тобол строят по графику, этап 1"
    assert feed.entries[0].published == "Mon, 28 Apr 2025 06:00:00 +0000"
    assert feed.feed.title == "Новости — Степная газета"
    assert feed.feed.language == "ru"


@pytest.mark.parametrize("key", KEYS)
def test_documents_keep_the_plain_rules(key: str) -> None:
    articles = [
        a_welcome_article(1),
        a_welcome_article(2, title="A <b> & B: мост, мост"),
    ]

    body = render_dialect(BY_KEY[key], a_head(), articles, TREE, FACTS)

    allowed = {"enclosure-several"} if key in {"yandex", "dzen"} else set()
    assert {f.rule for f in lint_document(body)} <= allowed


@pytest.mark.parametrize("key", KEYS)
def test_the_same_articles_in_any_order_give_the_same_bytes(key: str) -> None:
    articles = [a_welcome_article(number) for number in range(1, 6)]

    documents = {
        render_dialect(BY_KEY[key], a_head(), given, TREE, FACTS)
        for given in (articles, articles[::-1], articles[2:] + articles[:2])
    }

    assert len(documents) == 1


@pytest.mark.parametrize("key", KEYS)
def test_a_refused_article_is_left_out_and_the_others_stay(key: str) -> None:
    articles = [a_welcome_article(1), a_welcome_article(2, title="")]

    made = compose(BY_KEY[key], a_head(), articles, TREE, FACTS)

    assert made.shown == (1,)
    assert len(items(etree.fromstring(made.body))) == 1
    assert ("title-missing", 2) in [(f.rule, f.article_id) for f in made.findings]


@pytest.mark.parametrize("key", KEYS)
def test_a_feed_without_articles_is_a_feed(key: str) -> None:
    body = render_dialect(BY_KEY[key], a_head(), [], TREE, FACTS)

    assert read_back(body, BY_KEY[key]).entries == []


@pytest.mark.parametrize("key", KEYS)
def test_a_document_declares_its_namespaces_and_names_itself(key: str) -> None:
    dialect, root = BY_KEY[key], document(key, a_welcome_article())

    assert root.nsmap == dict(dialect.namespaces)
    link = root.find("channel/atom:link[@rel='self']", root.nsmap)
    assert link is not None
    assert link.get("href") == document_address(dialect, a_head())
    assert str(link.get("href")).endswith(f"/feeds/novosti.ru.{key}.xml")


@pytest.mark.parametrize("key", KEYS)
def test_no_more_items_than_the_aggregator_takes(key: str) -> None:
    limits = BY_KEY[key].limits
    many = [
        a_welcome_article(n, published_at=NOON - timedelta(seconds=n))
        for n in range(1, min(limits.items, 200) + 6)
    ]

    shown = compose(BY_KEY[key], a_head(), many, TREE, FACTS).shown

    assert shown == tuple(range(1, min(limits.items, len(many)) + 1))


def test_the_oldest_are_left_out_where_bytes_run_out_and_that_is_told() -> None:
    heavy = BODY + "<p>" + "мост " * 30_000 + "</p>"
    articles = [a_welcome_article(n, body_html=heavy) for n in range(1, 6)]

    made = compose(BY_KEY["smartnews"], a_head(), articles, TREE, FACTS)

    assert len(made.body) <= BY_KEY["smartnews"].limits.size
    assert made.shown == (1, 2, 3)
    assert [f.rule for f in made.findings] == ["document-size"]


def test_flipboard_hears_that_a_feed_is_too_short() -> None:
    made = compose(BY_KEY["flipboard"], a_head(), [a_welcome_article()], TREE, FACTS)

    assert [(f.rule, f.article_id) for f in made.findings] == [("document-short", None)]


# ------------------------------------------------------------------------ Yandex


def test_yandex_gets_the_text_of_the_page_without_markup_or_captions() -> None:
    (text,) = texts(only_item("yandex", a_welcome_article()), "yandex:full-text")

    assert text.splitlines() == [
        (
            "Мост через Тобол строят с прошлой весны. Опоры уже стоят, осталось уложить"
            " настил и поставить ограждения."
        ),
        (
            "В акимате обещают открыть движение к осени: сначала для пешеходов, потом"
            " для автобусов."
        ),
        "Старую переправу закроют в тот же день, а паром останется до ледостава.",
        "длина моста — триста метров",
        "полос движения — четыре",
        "Такого моста у нас ещё не было, говорят строители.",
    ]


def test_yandex_gets_pictures_of_our_own_site_only() -> None:
    body = f'{BODY}<img src="https://cdn.other.example/x.jpg"><img src="{SITE}/y.webp">'
    item = only_item("yandex", a_welcome_article(body_html=body))

    assert [(e.get("url"), e.get("type")) for e in item.findall("enclosure")] == [
        (f"{SITE}/media/most.jpg", "image/jpeg"),
        (f"{SITE}/media/nastil.png", "image/png"),
        (f"{SITE}/y.webp", "image/webp"),
    ]


@pytest.mark.parametrize(
    ("changes", "genre"),
    [
        ({}, "message"),
        ({"body_html": f"<p>{'мост ' * 400}</p>"}, "article"),
        ({"tags": ("Интервью",)}, "interview"),
        ({"tags": ("сұхбат",)}, "interview"),
    ],
)
def test_yandex_gets_a_genre(changes: dict[str, Any], genre: str) -> None:
    item = only_item("yandex", a_welcome_article(**changes))

    assert texts(item, "yandex:genre") == [genre]


def test_yandex_gets_related_articles_and_the_logos() -> None:
    related = (Link(f"{SITE}/ru/parom", "Паром & <ледоход>", "ru"),)
    root = document("yandex", a_welcome_article(related=related))

    (link,) = items(root)[0].findall("yandex:related/link", root.nsmap)
    assert (link.get("url"), link.text) == (f"{SITE}/ru/parom", "Паром & <ледоход>")
    assert texts(root, "channel/yandex:logo") == [
        f"{SITE}/logo.png",
        f"{SITE}/icon.png",
    ]


# -------------------------------------------------------------------------- Dzen


def test_dzen_gets_its_few_elements_and_every_picture_enclosed() -> None:
    body = (
        f"{BODY}<h5>Итог</h5><p><strong>Важно</strong> и <em>срочно</em></p>"
        "<table><tr><td>длина</td><td>300 м</td></tr></table>"
        f'<p>Слева <img src="{SITE}/a.jpg" onclick="x()"> и справа'
        f' <img src="{SITE}/b.jpg"> река</p><script>alert(1)</script>'
        '<div><div>В рамке</div></div>и без неё<a href="javascript:x">сюда</a>'
    )
    item = only_item("dzen", a_welcome_article(body_html=body))
    (content,) = texts(item, "content:encoded")

    assert set(re.findall(r"<([a-z0-9]+)", content)) <= SHOWN
    assert "<p><b>Важно</b> и <i>срочно</i></p>" in content
    assert "<h4>Итог</h4>" in content
    assert "<p>длина 300 м" in content
    assert "<p>В рамке</p>" in content
    assert content.index("/b.jpg") < content.index("В рамке")
    assert content.index("/a.jpg") < content.index("/b.jpg")
    assert not {"alert", "onclick", "javascript", "<p><figure"} & {
        word
        for word in ("alert", "onclick", "javascript", "<p><figure")
        if word in content
    }
    shown = re.findall(r'<figure><img src="([^"]+)"', content)
    assert shown == [element.get("url") for element in item.findall("enclosure")]
    assert len(shown) == 4


def test_dzen_gets_a_paragraph_for_each_line() -> None:
    body = "<p>Раз<br>два <b>три</b><br><br/>четыре</p>и<p><br>пять</p>"
    item = only_item("dzen", a_welcome_article(body_html=body, picture=None))

    assert texts(item, "content:encoded")[0].splitlines() == [
        "<p>Раз</p>",
        "<p>два <b>три</b></p>",
        "<p>четыре</p>",
        "<p>и</p>",
        "<p>пять</p>",
    ]


def test_dzen_gets_a_picture_behind_its_block_and_before_what_follows() -> None:
    body = f'<blockquote><p>Раз <img src="{SITE}/a.png"> два</p></blockquote>три'
    item = only_item("dzen", a_welcome_article(body_html=body, picture=None))

    assert texts(item, "content:encoded")[0].splitlines() == [
        "<blockquote><p>Раз  два</p></blockquote>",
        f'<figure><img src="{SITE}/a.png"></figure>',
        "<p>три</p>",
    ]


def test_dzen_gets_its_markers_and_the_rating() -> None:
    item = only_item("dzen", a_welcome_article())

    assert texts(item, "category") == ["format-article", "index", "comment-all"]
    assert texts(item, "media:rating") == ["nonadult"]


# ------------------------------------------------- MSN, SmartNews, Flipboard, Google


@pytest.mark.parametrize("key", ["msn", "google-news"])
def test_an_edit_moves_the_update_and_neither_the_id_nor_the_publication(
    key: str,
) -> None:
    before = only_item(key, a_welcome_article())
    edited = a_welcome_article(
        updated_at=NOON + timedelta(hours=3), body_html=f"{BODY}!"
    )
    after = only_item(key, edited)

    for name in ("guid", "pubDate", "link"):
        assert texts(before, name) == texts(after, name)
    assert texts(after, "dcterms:modified") == ["2025-04-28T10:00:00+00:00"]


def test_msn_is_told_the_credit_of_the_picture() -> None:
    item = only_item("msn", a_welcome_article())

    assert texts(item, "media:content/media:credit") == ["Фото gov.kz"]


@pytest.mark.parametrize("key", ["msn", "smartnews"])
def test_feeds_of_one_language_leave_the_others_out(key: str) -> None:
    kazakh = a_welcome_article(2, language="kk")

    made = compose(BY_KEY[key], a_head(), [a_welcome_article(), kazakh], TREE, FACTS)

    assert made.shown == (1,)


def test_smartnews_gets_a_short_description_a_logo_a_ttl_and_no_analytics() -> None:
    root = document("smartnews", a_welcome_article())

    assert all(len(text) <= 30 for text in texts(root, "channel/description"))
    assert texts(root, "channel/snf:logo/url") == [f"{SITE}/logo.png"]
    assert texts(root, "channel/ttl") == ["5"]
    assert root.nsmap.keys() >= {"content", "dc", "media", "snf"}
    assert b"analytics" not in etree.tostring(root)


def test_a_long_description_is_cut_at_a_word() -> None:
    made = BY_KEY["smartnews"]
    from_article = document("smartnews")
    long = a_head("", "kultura")
    body = render_dialect(made, long, [], TREE, FACTS)

    (text,) = texts(etree.fromstring(body), "channel/description")
    assert len(text) <= 30
    assert texts(from_article, "channel/description") == ["Новости области"]


@pytest.mark.parametrize("key", KEYS)
def test_only_smartnews_hears_of_withdrawn_articles(key: str) -> None:
    given: list[Article | Withdrawn] = [a_welcome_article(), WITHDRAWN]
    body = render_dialect(BY_KEY[key], a_head(), given, TREE, FACTS)
    gone = [
        i for i in items(etree.fromstring(body)) if texts(i, "guid")[0] == WITHDRAWN.uid
    ]

    if key == "smartnews":
        (item,) = gone
        status = item.find("{http://search.yahoo.com/mrss/}status")
        assert status is not None
        assert status.get("state") == "deleted"
        assert texts(item, "pubDate") == ["Mon, 28 Apr 2025 07:05:00 +0000"]
    else:
        assert gone == []


@pytest.mark.parametrize("key", ["flipboard", "google-news"])
def test_hubs_are_named_where_they_are_asked_for(key: str) -> None:
    root = document(key, a_welcome_article())

    link = root.find("channel/atom:link[@rel='hub']", root.nsmap)
    assert link is not None
    assert link.get("href") == "https://hub.example/"


def test_flipboard_gets_text_picture_byline_and_category() -> None:
    item = only_item("flipboard", a_welcome_article())

    assert "Опоры" in texts(item, "content:encoded")[0]
    assert len(item.findall("enclosure")) == 1
    assert texts(item, "dc:creator") == ["Соб. инф.", "Айгуль Сатпаева"]
    assert texts(item, "category") == ["Новости / Политика", "мост", "ремонт дорог"]


def test_a_picture_that_is_no_address_is_no_picture() -> None:
    article = an_article(
        body_html=BODY, picture=Picture(url="data:image/png;base64,AA")
    )

    (item,) = items(document("dzen", article))

    assert [e.get("url") for e in item.findall("enclosure")] == [
        f"{SITE}/media/nastil.png"
    ]


def test_kazakh_letters_arrive() -> None:
    (text,) = texts(only_item("yandex", a_kazakh_article()), "yandex:full-text")

    assert text == "Ұзындығы үш жүз метр. Һәм бұл — облыстағы ең ірі көпір."
