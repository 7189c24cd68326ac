"""What an item says, one function for each thing; the same for every aggregator."""

from html import escape, unescape
from re import search

from lxml.etree import SubElement, _Element

from publisher.feeds.dialects.body import Shown
from publisher.feeds.dialects.checks_of_pictures import pictures_of
from publisher.feeds.dialects.checks_of_places import is_own
from publisher.feeds.dialects.dialect import Context
from publisher.feeds.dialects.namespaces import (
    CONTENT,
    DC,
    DCTERMS,
    MEDIA,
    markup,
    text,
)
from publisher.feeds.markup import rss_date

__all__ = [
    "all_enclosures",
    "bylines",
    "content",
    "description",
    "guid",
    "lead_enclosure",
    "lead_media",
    "lead_thumbnail",
    "modified",
    "own_enclosures",
    "page",
    "published",
    "rights",
    "rubrics",
    "rubrics_and_tags",
    "title",
    "written_in",
]


def title(item: _Element, context: Context) -> None:
    """Print the headline."""
    text(item, "title", context.entry.title)


def page(item: _Element, context: Context) -> None:
    """Link to the article's page."""
    markup(item, "link", context.entry.url)


def guid(item: _Element, context: Context) -> None:
    """Name the permanent id, the same as in every other feed."""
    text(item, "guid", context.entry.uid, isPermaLink="false")


def published(item: _Element, context: Context) -> None:
    """Date the publication, in UTC."""
    text(item, "pubDate", rss_date(context.entry.published_at))


def modified(item: _Element, context: Context) -> None:
    """Date the last significant edit."""
    text(item, f"{{{DCTERMS}}}modified", context.entry.updated_at.isoformat())


def description(item: _Element, context: Context) -> None:
    """Print the lead; it is escaped only where it could be taken for HTML."""
    lead = context.entry.lead
    if unescape(lead) != lead or search("<[A-Za-z/!?]", lead) is not None:
        lead = escape(lead, quote=False)
    text(item, "description", lead)


def content(item: _Element, context: Context) -> None:
    """Print the full content, lead picture included."""
    markup(item, f"{{{CONTENT}}}encoded", context.entry.content_html)


def bylines(item: _Element, context: Context) -> None:
    """Name every author."""
    for author in context.entry.authors:
        text(item, f"{{{DC}}}creator", author.name)


def rubrics(item: _Element, context: Context) -> None:
    """Name the rubrics from the root."""
    for rubric in context.entry.rubrics:
        text(item, "category", rubric.label)


def rubrics_and_tags(item: _Element, context: Context) -> None:
    """Name the rubrics from the root, then the tags."""
    rubrics(item, context)
    for tag in context.entry.tags:
        text(item, "category", tag)


def rights(item: _Element, context: Context) -> None:
    """Print the rights line, where there is one."""
    if context.entry.rights:
        text(item, f"{{{DC}}}rights", context.entry.rights)


def written_in(item: _Element, context: Context) -> None:
    """Name the language of the article."""
    text(item, f"{{{DC}}}language", context.entry.language)


def lead_enclosure(item: _Element, context: Context) -> None:
    """Enclose the first picture: most readers know one enclosure at most."""
    for shown in pictures_of(context)[:1]:
        _enclose(item, shown)


def all_enclosures(item: _Element, context: Context) -> None:
    """Enclose every picture that the article shows."""
    for shown in pictures_of(context):
        _enclose(item, shown)


def own_enclosures(item: _Element, context: Context) -> None:
    """Enclose the pictures that are on the newspaper's own site."""
    for shown in pictures_of(context):
        if is_own(shown.url, context.facts):
            _enclose(item, shown)


def _enclose(item: _Element, shown: Shown) -> None:
    length, media_type = str(shown.length), shown.media_type
    attributes = {"url": shown.url, "length": length, "type": media_type}
    SubElement(item, "enclosure", attributes)


def lead_thumbnail(item: _Element, context: Context) -> None:
    """Show the first picture in lists of articles."""
    for shown in pictures_of(context)[:1]:
        SubElement(item, f"{{{MEDIA}}}thumbnail", {"url": shown.url})


def lead_media(item: _Element, context: Context) -> None:
    """Show the lead picture with caption and credit (Media RSS 1.1)."""
    picture = context.entry.picture
    for shown in pictures_of(context)[:1]:
        attributes = {"url": shown.url, "medium": "image", "type": shown.media_type}
        sizes = {"width": shown.width, "height": shown.height, "fileSize": shown.length}
        attributes |= {name: str(size) for name, size in sizes.items() if size}
        media = SubElement(item, f"{{{MEDIA}}}content", attributes)
        if picture is None:
            return
        if picture.alt:
            text(media, f"{{{MEDIA}}}title", picture.alt, type="plain")
        if picture.caption:
            text(media, f"{{{MEDIA}}}description", picture.caption, type="plain")
        if picture.credit:
            name = f"{{{MEDIA}}}credit"
            text(media, name, picture.credit, role="photographer", scheme="urn:ebu")
