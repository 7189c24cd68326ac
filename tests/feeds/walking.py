"""A reader that walks the whole history of a feed, as RFC 5005 tells it to."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from publisher.model.feed import FeedFormat
from tests.feeds.reading import NAMES, ReadArticle, read

__all__ = ["Walk", "walk"]


@dataclass(frozen=True)
class Walk:
    """What was reached: the articles of each document, and where each was."""

    paths: tuple[str, ...]
    documents: tuple[tuple[ReadArticle, ...], ...]

    @property
    def articles(self) -> dict[str, ReadArticle]:
        """Each article once: of several with one id, the one changed last."""
        found: dict[str, ReadArticle] = {}
        for document in self.documents:
            for article in document:
                known = found.get(article.uid)
                if known is None or article.updated_at > known.updated_at:
                    found[article.uid] = article
        return found


def walk(get: Callable[[str], bytes], path: str, form: FeedFormat, root: str) -> Walk:
    """Follow the links back from a live feed; `root` stands before every path."""
    paths, documents = [], []
    following: str | None = path
    while following is not None:
        assert following not in paths, "the history goes round in a ring"
        body = get(following)
        paths.append(following)
        documents.append(tuple(read(body, form)))
        url = before(body, form)
        following = None if url is None else url.removeprefix(root)
    return Walk(tuple(paths), tuple(documents))


def before(body: bytes, form: FeedFormat) -> str | None:
    """Return where the history goes on."""
    if form is FeedFormat.JSON:
        feed = json.loads(body)
        url = feed.get("next_url")
        assert url == feed["_publisher"].get("prev_archive_url")
        return str(url) if url else None
    return link(body, "prev-archive")


def link(body: bytes, rel: str) -> str | None:
    """Return where a link of an RSS or Atom feed leads."""
    root = etree.fromstring(body)
    parent = root[0] if root.tag == "rss" else root
    found = [e.get("href") for e in parent.findall("a:link", NAMES)]
    rels = [e.get("rel") for e in parent.findall("a:link", NAMES)]
    return found[rels.index(rel)] if rel in rels else None
