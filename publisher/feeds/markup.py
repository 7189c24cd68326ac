"""What feedgen 1.0.0 prints wrongly or not at all, as extensions that it calls.

It loses every attribute of an Atom entry's links (its issue 135), switches the locale
of the whole process to write an RSS date, prints no link but `self` in RSS, and knows
no media credit, modification date, comment counts or rights of an item. feedgen calls
`extend_rss` and `extend_atom` with the finished element, after its own children.

Elements of Atom get bare names: feedgen writes the namespace as a plain attribute.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import TypeAlias

from lxml.etree import SubElement, _Element

from publisher.feeds.characters import marked
from publisher.feeds.entries import Entry
from publisher.model.article import Picture
from publisher.model.feed import FeedFormat, Tombstone

__all__ = [
    "ATOM",
    "HTML",
    "NAMESPACES",
    "Attributes",
    "EntryMarkup",
    "HeadMarkup",
    "between_own",
    "link",
    "rss_date",
]

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
MEDIA = "http://search.yahoo.com/mrss/"
HISTORY = "http://purl.org/syndication/history/1.0"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
SLASH = "http://purl.org/rss/1.0/modules/slash/"
THREADING = "http://purl.org/syndication/thread/1.0"
COMMENT_API = "http://wellformedweb.org/CommentAPI/"
XML = "http://www.w3.org/XML/1998/namespace"

NAMESPACES: Mapping[FeedFormat, Mapping[str, str]] = {
    FeedFormat.RSS: {
        "dc": DC,
        "dcterms": DCTERMS,
        "media": MEDIA,
        "slash": SLASH,
        "wfw": COMMENT_API,
    },
    FeedFormat.ATOM: {"media": MEDIA, "thr": THREADING},
}
"""What entries may use beside the namespaces feedgen always declares."""

HTML = "text/html"
# The same to anybody who wants a page; other than HTML to feedparser and validators.
HTML_ALSO = "text/html; charset=utf-8"


Attributes: TypeAlias = dict[str, str]


def link(
    href: str, rel: str, media_type: str = "", hreflang: str = "", title: str = ""
) -> Attributes:
    """Return the attributes of a link; the empty ones are left out."""
    attributes = {"rel": rel}
    if media_type:
        attributes["type"] = media_type
    if hreflang:
        attributes["hreflang"] = hreflang
    if title:
        attributes["title"] = marked(title)
    attributes["href"] = href
    return attributes


def rss_date(moment: datetime) -> str:
    """Return an RFC 822 date with English names whatever the locale is."""
    return format_datetime(moment)


@dataclass(frozen=True, slots=True)
class HeadMarkup:
    """What feedgen does not print of a feed's head."""

    namespaces: Mapping[str, str]
    updated_at: datetime
    links: tuple[Attributes, ...]
    is_archive: bool = False
    tombstones: tuple[Tombstone, ...] = ()

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces to declare on the root, none that is not used."""
        declared = dict(self.namespaces)
        if self.is_archive:
            declared["fh"] = HISTORY
        if self.tombstones:
            declared["at"] = TOMBSTONES
        return declared

    def extend_rss(self, root: _Element) -> None:
        """Add the date and every link but `self`."""
        channel = root[0]
        _text(channel, "lastBuildDate", rss_date(self.updated_at))
        for attributes in self.links:
            SubElement(channel, f"{{{ATOM}}}link", attributes)
        if self.is_archive:
            SubElement(channel, f"{{{HISTORY}}}archive")

    def extend_atom(self, root: _Element) -> None:
        """Tell that it is an archive (RFC 5005), and what was withdrawn (RFC 6721)."""
        if self.is_archive:
            SubElement(root, f"{{{HISTORY}}}archive")
        for gone in self.tombstones:
            attributes = {"ref": gone.uid, "when": gone.at.isoformat()}
            SubElement(root, f"{{{TOMBSTONES}}}deleted-entry", attributes)


@dataclass(frozen=True, slots=True)
class EntryMarkup:
    """What feedgen does not print of an entry."""

    entry: Entry

    def extend_rss(self, item: _Element) -> None:
        """Add dates, bylines, links, media and the number of comments to an item."""
        entry = self.entry
        _text(item, "pubDate", rss_date(entry.published_at))
        for author in entry.authors:
            _text(item, f"{{{DC}}}creator", marked(author.name))
        if entry.language:
            _text(item, f"{{{DC}}}language", entry.language)
        if entry.rights:
            _text(item, f"{{{DC}}}rights", marked(entry.rights))
        # Not atom:updated, which some readers take for the date of the article.
        _text(item, f"{{{DCTERMS}}}modified", entry.updated_at.isoformat())
        for attributes in _rss_links(entry):
            SubElement(item, f"{{{ATOM}}}link", attributes)
        _media(item, entry.picture)
        if entry.comments_urls:
            feed = entry.comments_urls[FeedFormat.RSS]
            _text(item, f"{{{COMMENT_API}}}commentRss", feed)
        if entry.comment_count is not None:
            _text(item, f"{{{SLASH}}}comments", str(entry.comment_count))

    def extend_atom(self, element: _Element) -> None:
        """Add language, links with all their attributes, media and comment counts."""
        entry = self.entry
        if entry.language:
            element.set(f"{{{XML}}}lang", entry.language)
        for broken in element.findall("link"):
            element.remove(broken)
        for attributes in _atom_links(entry):
            SubElement(element, "link", attributes)
        _media(element, entry.picture)
        if entry.comment_count is not None:
            _text(element, f"{{{THREADING}}}total", str(entry.comment_count))
        if entry.in_reply_to is not None:
            # With an end tag, though it is empty: what stands last tells a document
            # which namespaces it needs.
            _text(
                element,
                f"{{{THREADING}}}in-reply-to",
                "",
                ref=entry.in_reply_to.uid,
                href=entry.in_reply_to.url,
                type=HTML,
            )


def between_own(
    page: str, language: str, others: Iterable[Attributes]
) -> Iterator[Attributes]:
    """Yield alternates with the page itself first and last.

    Of several alternates, SimplePie, Miniflux and others open the first, newsboat and
    node-feedparser the last, feedparser the last that is HTML. Atom allows no second
    link of the same type and language (RFC 4287 section 4.1.2): the last has another
    type.
    """
    yield link(page, "alternate", HTML, language)
    others = list(others)
    if others:
        yield from others
        yield link(page, "alternate", HTML_ALSO, language)


def _rss_links(entry: Entry) -> Iterator[Attributes]:
    if entry.translations:
        yield from _pages(entry)
    yield from _related(entry)
    for author in entry.authors:
        if author.url:
            # RSS has no place for a byline's page: a link in the relation dc:creator.
            yield link(author.url, f"{DC}creator", HTML, title=author.name)


def _atom_links(entry: Entry) -> Iterator[Attributes]:
    yield from _pages(entry)
    yield from _related(entry)
    picture = entry.picture
    if picture is not None:
        yield {
            "rel": "enclosure",
            "type": picture.media_type,
            "length": str(picture.length),
            "href": picture.url,
        }
    if entry.comments_url:
        replies = link(entry.comments_url, "replies", HTML)
        if entry.comment_count is not None:
            replies[f"{{{THREADING}}}count"] = str(entry.comment_count)
        yield replies
    if entry.comments_urls:
        form = FeedFormat.ATOM
        feed = link(entry.comments_urls[form], "replies", form.link_type)
        if entry.comment_count is not None:
            feed[f"{{{THREADING}}}count"] = str(entry.comment_count)
            if entry.commented_at is not None:
                feed[f"{{{THREADING}}}updated"] = entry.commented_at.isoformat()
        yield feed


def _pages(entry: Entry) -> Iterator[Attributes]:
    """Yield the article's page and its translations."""
    translations = (
        link(other.url, "alternate", HTML_ALSO, other.language, other.title)
        for other in entry.translations
    )
    return between_own(entry.url, entry.language, translations)


def _related(entry: Entry) -> Iterator[Attributes]:
    for other in entry.related:
        yield link(other.url, "related", HTML, other.language, other.title)


def _media(parent: _Element, picture: Picture | None) -> None:
    """Add the picture as Media RSS 1.1; no group, which is for alternatives only."""
    if picture is None:
        return
    sizes = {
        "fileSize": picture.length,
        "width": picture.width,
        "height": picture.height,
    }
    content = SubElement(
        parent,
        f"{{{MEDIA}}}content",
        {
            "url": picture.url,
            "medium": "image",
            "type": picture.media_type,
            **{name: str(size) for name, size in sizes.items() if size},
        },
    )
    if picture.alt:
        _text(content, f"{{{MEDIA}}}title", marked(picture.alt), type="plain")
    if picture.caption:
        _text(content, f"{{{MEDIA}}}description", marked(picture.caption), type="plain")
    if picture.credit:
        credit = _text(content, f"{{{MEDIA}}}credit", marked(picture.credit))
        credit.set("role", "photographer")
        credit.set("scheme", "urn:ebu")


def _text(parent: _Element, name: str, text: str, **attributes: str) -> _Element:
    element = SubElement(parent, name, attributes)
    element.text = text
    return element
