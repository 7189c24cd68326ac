"""A small newsroom for tests of feeds: its rubrics, its facts, and its articles."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.fragments import render_fragment
from publisher.feeds.heads import head_of
from publisher.model.article import Article, Byline, Link, Picture
from publisher.model.feed import Feed, FeedFormat, FeedHead, SiteFacts
from publisher.model.rubric import Rubric, RubricTree

SITE = "https://gazeta.example"
FEEDS = "https://feeds.gazeta.example"
NOON = datetime(2025, 4, 28, 7, 0, tzinfo=UTC)

TREE = RubricTree(
    (
        Rubric(
            key="novosti", slug="novosti", names={"ru": "Новости", "kk": "Жаңалықтар"}
        ),
        Rubric(
            key="politika",
            slug="politika",
            names={"ru": "Политика", "kk": "Саясат"},
            parent="novosti",
        ),
        Rubric(
            key="kultura",
            slug="kultura",
            names={"ru": "Культура, досуг", "kk": "Мәдениет"},
            parent="novosti",
        ),
        Rubric(key="sport", slug="sport", names={"ru": "Спорт"}),
    )
)

FACTS = SiteFacts(
    titles={"ru": "Степная газета", "kk": "Дала газеті"},
    url=SITE,
    base_url=FEEDS,
    languages=("ru", "kk"),
    authority="gazeta.example",
    since=date(2025, 1, 1),
    descriptions={"ru": "Новости области", "kk": "Облыс жаңалықтары"},
    rights={"": "© Степная газета"},
    icon_url=f"{SITE}/icon.png",
    logo_url=f"{SITE}/logo.png",
    hub_urls=("https://hub.example/",),
)

ADDRESSES = FeedAddresses(FEEDS, TREE, FACTS.languages)

FULL: dict[str, Any] = {
    "lead": "Мост у старой мельницы откроют к осени, обещают в акимате.",
    "bylines": (Byline("Соб. инф."), Byline("Айгуль Сатпаева", f"{SITE}/a/satpaeva")),
    "picture": Picture(
        url=f"{SITE}/media/most.jpg",
        alt="Рабочие у опоры моста",
        caption="Опору поставили в апреле",
        credit="Фото gov.kz",
        width=1200,
        height=800,
        length=183_000,
    ),
    "tags": ("мост", "ремонт дорог"),
    "related": (Link(f"{SITE}/ru/parom", "Паром ходит до заката", "ru"),),
    "translations": (Link(f"{SITE}/kk/kopir", "Көпір күзде ашылады", "kk"),),
    "comments_url": f"{SITE}/ru/most#comments",
    "comment_count": 4,
    "rights": "© Степная газета, 2025",
}


def an_article(number: int = 1, **changes: Any) -> Article:  # noqa: ANN401 (any field)
    """Return a short article in Russian; `**FULL` gives it everything there is."""
    values: dict[str, Any] = {
        "id": number,
        "uid": f"tag:gazeta.example,2025-01-01:article:{number}",
        "revision": 1,
        "entry_version": 1,
        "language": "ru",
        "title": f"Мост через Тобол строят по графику, этап {number}",
        "lead": "Работы идут в две смены.",
        "body_html": "<p>Работы идут в две смены, без выходных.</p>",
        "url": f"{SITE}/ru/most-{number}",
        "rubric_keys": ("politika",),
        "published_at": NOON - timedelta(hours=number),
        "updated_at": NOON - timedelta(hours=number) + timedelta(minutes=20),
    }
    return Article(**(values | changes))


def a_kazakh_article(number: int = 2) -> Article:
    """Return an article in Kazakh, with all letters that Russian lacks."""
    return an_article(
        number,
        language="kk",
        title="Көпір құрылысы күзде аяқталады: әкімдік жұмыс кестесін жариялады",
        lead="Өзен үстіндегі көпірдің тіректері дайын, енді төсем салынады.",
        body_html="<p>Ұзындығы үш жүз метр. Һәм бұл — облыстағы ең ірі көпір.</p>",
        url=f"{SITE}/kk/көпір-{number}",
        rubric_keys=("novosti", "kultura"),
        bylines=(Byline("Әсел Өтегенқызы"),),
    )


def a_head(language: str = "ru", rubric_key: str = "novosti") -> FeedHead:
    """Return the head of a feed of the newsroom."""
    feed = Feed(id=1, rubric_key=rubric_key, language=language)
    return head_of(feed, ADDRESSES, FACTS, NOON)


def rendered(article: Article, form: FeedFormat) -> bytes:
    """Render a fragment in the newsroom."""
    return render_fragment(article, form, TREE, FACTS)


def rendered_all(articles: list[Article], form: FeedFormat) -> list[bytes]:
    """Render fragments in the newsroom."""
    return [rendered(article, form) for article in articles]
