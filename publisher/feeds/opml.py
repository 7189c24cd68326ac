"""The tree of rubrics as OPML 2.0, the list of subscriptions that readers import."""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml.etree import Element, SubElement, _Element, tostring

from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.characters import clean_line
from publisher.feeds.heads import home_url
from publisher.model.feed import SITE_KEY, Feed, FeedFormat, SiteFacts

__all__ = ["MEDIA_TYPE", "opml"]

MEDIA_TYPE = "text/x-opml; charset=utf-8"


def opml(feeds: Sequence[Feed], addresses: FeedAddresses, facts: SiteFacts) -> bytes:
    """Return an outline of those feeds that are open, nested as the tree, in its order.

    Feeds in several languages stand in a folder per language. A rubric with rubrics
    below is a folder that begins with its own feed: importers such as Miniflux do not
    look below a feed.
    """
    root = Element("opml", version="2.0")
    title = SubElement(SubElement(root, "head"), "title")
    title.text = clean_line(facts.title(""))
    body = SubElement(root, "body")
    chosen: dict[str, set[str]] = {}
    for feed in filter(addresses.is_open, feeds):
        chosen.setdefault(feed.language, set()).add(feed.rubric_key)
    # All languages together come first, like the shortest of the addresses.
    for language in [known for known in ("", *addresses.languages) if known in chosen]:
        outline = _Outline(addresses, facts, language, frozenset(chosen[language]))
        outline.fill(body if len(chosen) == 1 else outline.folder(body))
    return tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


@dataclass(frozen=True, slots=True)
class _Outline:
    """The feeds of one language."""

    addresses: FeedAddresses
    facts: SiteFacts
    language: str
    keys: frozenset[str]

    def folder(self, parent: _Element) -> _Element:
        title = self.facts.title(self.language)
        return _outline(
            parent, f"{title} ({self.language})" if self.language else title
        )

    def fill(self, parent: _Element) -> None:
        if SITE_KEY in self.keys:
            self._feed(parent, SITE_KEY, self.facts.title(self.language))
        self._rubrics(parent, None)

    def _rubrics(self, parent: _Element, above: str | None) -> None:
        tree = self.addresses.tree
        for rubric in tree.children(above):
            if not any(below.key in self.keys for below in tree.subtree(rubric.key)):
                continue
            name = rubric.name(self.language)
            place = parent
            if tree.children(rubric.key):
                place = _outline(parent, name)
            if rubric.key in self.keys:
                self._feed(place, rubric.key, name)
            self._rubrics(place, rubric.key)

    def _feed(self, parent: _Element, key: str, name: str) -> None:
        line = _outline(parent, name)
        line.set("type", "rss")
        line.set("xmlUrl", self.addresses.url(key, self.language, FeedFormat.RSS))
        line.set("htmlUrl", home_url(self.addresses, key, self.facts, self.language))
        if self.language:
            line.set("language", self.language)


def _outline(parent: _Element, name: str) -> _Element:
    text = clean_line(name)
    return SubElement(parent, "outline", {"text": text, "title": text})
