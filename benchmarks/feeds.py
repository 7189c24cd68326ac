"""Feeds of 50 articles: from kept fragments and cold, against lxml used by hand.

Cold means that every article is written anew in all three formats, as it is after it
was saved; the articles are of several kinds, with and without caption, byline and tags.

The reference writes the same core fields (title, link, description, content, guid,
date, author, categories, enclosure, media:content) without any of our checks.
"""

from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from random import Random

from lxml import etree

from benchmarks.measure import Ratio, interleaved
from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.compression import compress
from publisher.feeds.documents import assemble
from publisher.feeds.entries import entry_of
from publisher.feeds.feedgen_door import entry_markup
from publisher.feeds.fragments import fragment_context, render_fragments
from publisher.feeds.heads import head_of
from publisher.feeds.validators import validators_of
from publisher.model.article import Article, Byline, Picture
from publisher.model.feed import Feed, FeedFormat, SiteFacts
from publisher.model.rubric import Rubric, RubricTree

ARTICLES = 50
LETTERS = 4200
NEWEST_AT = datetime(2025, 4, 28, 12, 0, tzinfo=UTC)

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"

TREE = RubricTree(
    (
        Rubric(key="novosti", slug="novosti", names={"ru": "Новости"}),
        Rubric(
            key="politika", slug="politika", names={"ru": "Политика"}, parent="novosti"
        ),
    )
)
FACTS = SiteFacts(
    titles={"ru": "Степная газета"},
    url="https://gazeta.example",
    base_url="https://feeds.gazeta.example",
    languages=("ru", "kk"),
    authority="gazeta.example",
    since=date(2025, 1, 1),
    rights={"ru": "© Степная газета"},
    logo_url="https://gazeta.example/logo.png",
    hub_urls=("https://hub.example/",),
)


def made_up_articles(count: int) -> list[Article]:
    """Return articles of about 5 kB of HTML, always the same ones."""
    random = Random(7)
    words = ["степь", "область", "акимат", "посевная", "школа", "дорога", "вода", "и"]

    def text(letters: int) -> str:
        chosen: list[str] = []
        while sum(map(len, chosen)) + len(chosen) < letters:
            chosen.append(random.choice(words) + random.choice(["", "ом", "ей", "ы"]))
        return " ".join(chosen)

    return [
        Article(
            id=number,
            uid=f"tag:gazeta.example,2025-01-01:article:{number:020x}",
            revision=1,
            entry_version=1,
            language="ru",
            title=text(60).capitalize(),
            lead=text(180).capitalize(),
            body_html="\n".join(f"<p>{text(LETTERS // 7)}</p>" for _ in range(7)),
            url=f"https://gazeta.example/ru/article-{number}",
            rubric_keys=("politika",),
            published_at=NEWEST_AT - timedelta(minutes=17 * number),
            updated_at=NEWEST_AT - timedelta(minutes=16 * number),
            bylines=(Byline("Соб. инф."), Byline("Е. Сапаров"))[: number % 3],
            picture=Picture(
                url=f"https://gazeta.example/media/{number}.jpg",
                caption=text(60) if number % 4 else "",
                credit="Фото gov.kz",
                width=1200,
                height=800,
                length=150_000,
            ),
            tags=("область", "посевная", "дороги", "школы")[: number % 5],
        )
        for number in range(count)
    ]


def rss_by_hand(articles: list[Article]) -> bytes:
    """Return a feed written with lxml directly: the reference."""
    element = etree.SubElement
    root = etree.Element(
        "rss",
        {"version": "2.0"},
        nsmap={"atom": ATOM, "content": CONTENT, "dc": DC, "media": MEDIA},
    )
    channel = element(root, "channel")
    element(channel, "title").text = FACTS.title("ru")
    element(channel, "link").text = FACTS.url
    element(channel, "description").text = FACTS.title("ru")
    element(channel, "lastBuildDate").text = format_datetime(NEWEST_AT)
    for article in articles:
        item = element(channel, "item")
        element(item, "title").text = article.title
        element(item, "link").text = article.url
        element(item, "description").text = article.lead
        element(item, f"{{{CONTENT}}}encoded").text = article.body_html
        element(item, "guid", {"isPermaLink": "false"}).text = article.uid
        element(item, "pubDate").text = format_datetime(article.published_at)
        for byline in article.bylines:
            element(item, f"{{{DC}}}creator").text = byline.name
        element(item, "category").text = "Новости / Политика"
        for tag in article.tags:
            element(item, "category").text = tag
        picture = article.picture
        assert picture is not None
        for name in ("enclosure", f"{{{MEDIA}}}content"):
            shown = element(item, name)
            shown.set("url", picture.url)
            shown.set("type", picture.media_type)
            shown.set("length", str(picture.length))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def run() -> list[Ratio]:
    """Measure documents from kept fragments, cold documents, and what follows them."""
    articles = made_up_articles(ARTICLES)
    addresses = FeedAddresses(FACTS.base_url, TREE, FACTS.languages)
    feed = Feed(id=1, rubric_key="novosti", language="ru")
    head = head_of(feed, addresses, FACTS, NEWEST_AT)

    def rendered() -> list[dict[FeedFormat, bytes]]:
        return [
            render_fragments(article, FeedFormat, TREE, FACTS) for article in articles
        ]

    def by_feedgen() -> list[bytes]:
        return [
            entry_markup(entry_of(article, TREE, FACTS), FeedFormat.RSS)
            for article in articles
        ]

    fragments = rendered()
    kept = {form: [made[form] for made in fragments] for form in FeedFormat}
    document = assemble(head, FeedFormat.RSS, kept[FeedFormat.RSS])
    assert len(etree.fromstring(document).findall("channel/item")) == ARTICLES

    took = interleaved(
        {
            "lxml": lambda: rss_by_hand(articles),
            "kept rss": lambda: assemble(head, FeedFormat.RSS, kept[FeedFormat.RSS]),
            "kept atom": lambda: assemble(head, FeedFormat.ATOM, kept[FeedFormat.ATOM]),
            "kept json": lambda: assemble(head, FeedFormat.JSON, kept[FeedFormat.JSON]),
            "cold, three formats": rendered,
            "cold rss, without moulds": by_feedgen,
            "context": lambda: fragment_context(TREE, FACTS),
            "validators": lambda: validators_of(document, NEWEST_AT),
            "gzip": lambda: compress(document),
        }
    )
    lxml = took.pop("lxml")
    goals = {
        "kept rss": 0.05,
        "kept atom": 0.05,
        "kept json": 0.05,
        # 3 ms a format beside 2.7 ms.
        "cold, three formats": 3.4,
    }
    return [
        Ratio(f"50 articles, {name}", "lxml by hand, RSS", us, lxml, goals.get(name))
        for name, us in took.items()
    ]
