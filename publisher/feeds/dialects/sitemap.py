"""The news sitemap: which articles of the last two days Google News should read."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from lxml.etree import Element, SubElement, _Element, tostring

from publisher.errors import ArticleError
from publisher.feeds.characters import clean_line
from publisher.feeds.dialects.checks_of_places import is_own
from publisher.feeds.dialects.namespaces import markup
from publisher.feeds.entries import Entry, entry_of
from publisher.model.article import Article
from publisher.model.feed import SiteFacts
from publisher.model.rubric import RubricTree

__all__ = ["MEDIA_TYPE", "MOST", "REACH", "news_sitemap"]

MEDIA_TYPE = "application/xml; charset=utf-8"
MOST = 1000
REACH = timedelta(days=2)

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def news_sitemap(
    articles: Iterable[Article],
    tree: RubricTree,
    facts: SiteFacts,
    *,
    now: datetime | None = None,
) -> bytes:
    """Return a news sitemap (sitemap-news 0.9), newest articles first.

    It holds at most 1,000 pages of the newspaper's own site, each once, of the two days
    up to `now`, or up to the newest article where `now` is not given.
    """
    entries = [entry for article in articles for entry in _entry(article, tree, facts)]
    entries.sort(key=lambda entry: (entry.published_at, entry.uid), reverse=True)
    newest = now or (entries[0].published_at if entries else None)
    wanted: dict[str, Entry] = {}
    for entry in entries:
        if newest is not None and newest - REACH <= entry.published_at <= newest:
            wanted.setdefault(entry.url, entry)
    root = Element("urlset", nsmap={None: SITEMAP, "news": NEWS})
    for entry in list(wanted.values())[:MOST]:
        _add(root, entry, facts)
    return tostring(root, encoding="UTF-8", xml_declaration=True)


def _add(root: _Element, entry: Entry, facts: SiteFacts) -> None:
    url = SubElement(root, "url")
    markup(url, "loc", entry.url)
    markup(url, "lastmod", entry.updated_at.isoformat())
    news = SubElement(url, f"{{{NEWS}}}news")
    publication = SubElement(news, f"{{{NEWS}}}publication")
    markup(publication, f"{{{NEWS}}}name", clean_line(facts.title(entry.language)))
    language = entry.language.partition("-")[0].lower()
    markup(publication, f"{{{NEWS}}}language", language)
    date = entry.published_at.isoformat()
    markup(news, f"{{{NEWS}}}publication_date", date)
    markup(news, f"{{{NEWS}}}title", entry.title)


def _entry(article: Article, tree: RubricTree, facts: SiteFacts) -> Iterable[Entry]:
    try:
        entry = entry_of(article, tree, facts)
    except (ArticleError, AttributeError, TypeError, ValueError):
        # Law 5: it is this article alone; the feeds say what is wrong with it.
        return
    if is_own(entry.url, facts):
        yield entry
