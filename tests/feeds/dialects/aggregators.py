"""An article that every aggregator takes gladly, and what stands in documents."""

from typing import Any

from lxml import etree

from publisher.feeds.dialects.dialect import Dialect, Finding
from publisher.feeds.dialects.registry import DIALECTS
from publisher.feeds.dialects.rendering import compose
from publisher.feeds.dialects.sifting import findings
from publisher.model.article import Article
from tests.feeds.newsroom import FACTS, FULL, SITE, TREE, a_head, an_article

NAMES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "site": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "snf": "http://www.smartnews.be/snf",
    "yandex": "http://news.yandex.ru",
}

KEYS = [dialect.key for dialect in DIALECTS]
BY_KEY = {dialect.key: dialect for dialect in DIALECTS}

BODY = (
    "<p>Мост через Тобол строят с прошлой весны. <b>Опоры</b> уже стоят, осталось"
    " уложить настил и поставить ограждения.</p>"
    "<p>В акимате обещают открыть движение к осени: сначала для пешеходов, потом для"
    " автобусов.<br>Старую переправу закроют в тот же день, а паром останется до"
    " ледостава.</p>"
    "<ul><li>длина моста — триста метров</li><li>полос движения — четыре</li></ul>"
    f'<figure><img src="{SITE}/media/nastil.png" width="1000" height="700" alt="">'
    "<figcaption>Настил собирают на берегу</figcaption></figure>"
    "<blockquote><p>Такого моста у нас ещё не было, говорят строители.</p></blockquote>"
)


def a_welcome_article(number: int = 1, **changes: Any) -> Article:  # noqa: ANN401 (any field)
    """Return an article that no aggregator finds anything wrong with."""
    return an_article(number, **(FULL | {"body_html": BODY} | changes))


def found(article: Article, dialect: Dialect) -> list[Finding]:
    """Return what a dialect finds wrong with an article alone."""
    return list(findings(article, dialect, TREE, FACTS))


def document(key: str, *articles: Article) -> etree._Element:
    """Return the root of a document in a dialect, which must be well-formed."""
    made = compose(BY_KEY[key], a_head(), articles, TREE, FACTS)
    return etree.fromstring(made.body)


def items(root: etree._Element) -> list[etree._Element]:
    """Return the items of a document."""
    return root.findall("channel/item")


def texts(parent: etree._Element, path: str) -> list[str]:
    """Return the texts of elements, named with the usual prefixes."""
    return [element.text or "" for element in parent.findall(path, NAMES)]
