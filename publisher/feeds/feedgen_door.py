"""The only door to feedgen: it writes all the XML of our feeds, with its defects cured.

Used here as it can be used safely: entries are appended, every date is set, no date
passes through its own formatting, no link of an Atom entry through its printing, and
its shipped extensions stay out (`markup` says why).
"""

from collections.abc import Iterator, Mapping
from functools import partial
from html import escape, unescape
from re import search
from urllib.parse import urlsplit

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from feedgen.version import version_str
from lxml.etree import LXML_VERSION, Element, SubElement, tostring

from publisher.feeds.characters import clean_line, marked, unmarked
from publisher.feeds.entries import Entry
from publisher.feeds.markup import (
    ATOM,
    HTML,
    NAMESPACES,
    Attributes,
    EntryMarkup,
    HeadMarkup,
    between_own,
    link,
)
from publisher.model.feed import FeedFormat, FeedHead

__all__ = [
    "WRITER",
    "as_html",
    "document_markup",
    "entry_markup",
    "feedgen_entry",
    "feedgen_feed",
]

CONTENT = "http://purl.org/rss/1.0/modules/content/"
GENERATOR = "newsroom-publisher"
WRITER = f"feedgen {version_str}, lxml {'.'.join(map(str, LXML_VERSION))}"
"""What the markup was written with; kept fragments depend on it."""

_RASTER = (".png", ".jpg", ".jpeg", ".gif")


def feedgen_entry(entry: Entry, form: FeedFormat) -> FeedEntry:
    """Return feedgen's object for one entry of an RSS or Atom feed."""
    made = FeedEntry()
    made.id(entry.uid)
    made.title(marked(entry.title))
    made.updated(entry.updated_at)
    if entry.content_html:
        made.content(entry.content_html, type="html")
    made.category(
        [
            {"term": r.key, "scheme": entry.rubrics_url, "label": marked(r.label)}
            for r in entry.rubrics
        ]
        + [{"term": marked(tag), "label": marked(tag)} for tag in entry.tags]
    )
    if form is FeedFormat.RSS:
        _fill_item(made, entry)
    else:
        _fill_atom_entry(made, entry)
    made.register_extension("publisher", partial(EntryMarkup, entry))
    return made


def _fill_item(item: FeedEntry, entry: Entry) -> None:
    # An item without a description would get its content there.
    item.description(marked(as_html(entry.lead)), isSummary=True)
    item.link(href=entry.url, rel="alternate")
    if entry.picture is not None:
        item.enclosure(
            entry.picture.url, entry.picture.length, entry.picture.media_type
        )
    if entry.comments_url:
        item.comments(entry.comments_url)


def as_html(text: str) -> str:
    """Return a plain text for an element that readers show as HTML.

    It is left alone where it means the same, which is nearly always.
    """
    if unescape(text) == text and search("<[A-Za-z/!?]", text) is None:
        return text
    return escape(text, quote=False)


def _fill_atom_entry(made: FeedEntry, entry: Entry) -> None:
    made.published(entry.published_at)
    made.summary(marked(entry.lead))
    if not entry.content_html:
        # feedgen asks for a link; `EntryMarkup` writes it as it should be.
        made.link(href=entry.url, rel="alternate")
    if entry.rights:
        made.rights(marked(entry.rights))
    made.author(
        [
            {"name": marked(author.name), "uri": author.url or ""}
            for author in entry.authors
        ]
    )


def entry_markup(entry: Entry, form: FeedFormat) -> bytes:
    """Return one `<item>` or `<entry>`, without the declarations of its document."""
    made = feedgen_entry(entry, form)
    if form is FeedFormat.RSS:
        root = Element(
            "rss", nsmap={**NAMESPACES[form], "atom": ATOM, "content": CONTENT}
        )
        parent = SubElement(root, "channel")
        parent.append(made.rss_entry())
    else:
        root = parent = Element("feed", {"xmlns": ATOM}, nsmap=NAMESPACES[form])
        parent.append(made.atom_entry())
    name = b"item" if form is FeedFormat.RSS else b"entry"
    whole = unmarked(tostring(root, encoding="UTF-8", xml_declaration=False))
    return whole[whole.index(b"<" + name) : whole.rindex(b"</" + name) + len(name) + 3]


def feedgen_feed(
    head: FeedHead, form: FeedFormat, namespaces: Mapping[str, str]
) -> FeedGenerator:
    """Return feedgen's object for a feed without entries, all dates set."""
    made = FeedGenerator()
    made.id(head.uid)
    made.title(marked(clean_line(head.title)))
    made.description(marked(clean_line(head.description or head.title)))
    made.generator(GENERATOR)
    if head.language:
        made.language(head.language)
    if head.rights:
        made.rights(marked(clean_line(head.rights)))
    if form is FeedFormat.RSS:
        _fill_channel(made, head)
    else:
        _fill_atom_feed(made, head)
    links = tuple(_links(head, form))
    made.register_extension(
        "publisher",
        partial(
            HeadMarkup,
            namespaces,
            head.updated_at,
            links,
            is_archive=bool(head.currents),
            # RSS has no word for them that readers would know.
            tombstones=head.tombstones if form is FeedFormat.ATOM else (),
        ),
    )
    return made


def _fill_channel(made: FeedGenerator, head: FeedHead) -> None:
    # feedgen takes the last link of all for the channel's page.
    made.link(
        [
            link(head.urls[FeedFormat.RSS], "self", FeedFormat.RSS.link_type),
            link(head.home_url, "alternate", HTML),
        ]
    )
    image = head.logo_url or head.icon_url
    if urlsplit(image).path.lower().endswith(_RASTER):
        made.image(image)
    made.ttl(max(1, int(head.ttl.total_seconds() // 60)))
    # feedgen would print it by switching the locale of the whole process.
    vars(made)["_FeedGenerator__rss_lastBuildDate"] = None


def _fill_atom_feed(made: FeedGenerator, head: FeedHead) -> None:
    made.updated(head.updated_at)
    made.author(name=marked(clean_line(head.site_title)), uri=head.site_url)
    if head.icon_url:
        made.icon(head.icon_url)
    if head.logo_url:
        made.logo(head.logo_url)
    made.link(
        [
            link(head.urls[FeedFormat.ATOM], "self", FeedFormat.ATOM.link_type),
            *_links(head, FeedFormat.ATOM),
        ]
    )


def _links(head: FeedHead, form: FeedFormat) -> Iterator[Attributes]:
    """Yield every link of a head but `self`."""
    yield from between_own(head.home_url, "", _alternates(head, form))
    for urls in head.variants.values():
        yield link(urls[form], "related", form.link_type)
    for hub in head.hub_urls:
        yield link(hub, "hub")
    for rel, urls_of in (
        ("current", head.currents),
        ("prev-archive", head.prev_archives),
        ("next-archive", head.next_archives),
    ):
        if form in urls_of:
            yield link(urls_of[form], rel, form.link_type)


def _alternates(head: FeedHead, form: FeedFormat) -> Iterator[Attributes]:
    """Yield the same feed in the other formats, and in the other languages."""
    for other, url in head.urls.items():
        if other is not form:
            yield link(url, "alternate", other.link_type)
    for language, urls in head.alternates.items():
        if form in urls:
            yield link(urls[form], "alternate", form.link_type, language)


def document_markup(feed: FeedGenerator, form: FeedFormat) -> bytes:
    """Return what feedgen prints for a whole feed, declaration included."""
    markup: bytes = feed.rss_str() if form is FeedFormat.RSS else feed.atom_str()
    return unmarked(markup)
