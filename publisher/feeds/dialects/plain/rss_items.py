"""RSS 2.0: one item."""

from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from publisher.feeds.dialects.plain.content import content_findings
from publisher.feeds.dialects.plain.elements import (
    address_findings,
    future_findings,
    line_of,
    name_of,
    text_of,
)
from publisher.feeds.dialects.plain.rules import DocumentFinding, found
from publisher.feeds.dialects.plain.values import (
    is_address,
    is_mailbox,
    rfc822_date,
    shortened,
    weekday_of,
)
from publisher.feeds.feedgen_door import CONTENT
from publisher.feeds.markup import DC, MEDIA, SLASH

__all__ = ["date_findings", "item_findings", "mailbox_findings", "unknown_findings"]

_KNOWN = frozenset(
    {"author", "category", "comments", "description", "enclosure", "guid", "link"}
    | {"pubDate", "source", "title"}
)
_TWICE = (("pubDate", f"{{{DC}}}date"), ("author", f"{{{DC}}}creator"))


def item_findings(
    item: etree._Element, within: str, now: datetime | None
) -> Iterator[DocumentFinding]:
    """Yield what is wrong with an item."""
    yield from unknown_findings(item, _KNOWN, within)
    if not (item.findtext("title") or "").strip() and item.find("description") is None:
        reason = "neither title nor description"
        yield found("required", line_of(item), within, reason)
    yield from _identity_findings(item, within)
    dates = item.findall("pubDate")
    if not dates and item.find(f"{{{DC}}}date") is None:
        yield found("date-missing", line_of(item), within, "it has no pubDate")
    for element in dates:
        yield from date_findings(element, f"{within}/pubDate", now)
    yield from mailbox_findings(item, ("author",), within)
    for name in ("link", "comments"):
        for element in item.findall(name):
            value = text_of(element)
            yield from address_findings(value, line_of(element), f"{within}/{name}")
    yield from _enclosure_findings(item, within)
    yield from _content_findings(item, within)
    yield from _module_findings(item, within)


def _identity_findings(item: etree._Element, within: str) -> Iterator[DocumentFinding]:
    guid = item.find("guid")
    if guid is None or not text_of(guid):
        yield found("id-missing", line_of(item), within, "it has no guid")
    elif guid.get("isPermaLink", "true") == "true" and not is_address(text_of(guid)):
        reason = f"{shortened(text_of(guid))} is said to be an address and is none"
        yield found("guid-permalink", line_of(guid), f"{within}/guid", reason)


def _enclosure_findings(item: etree._Element, within: str) -> Iterator[DocumentFinding]:
    enclosures = item.findall("enclosure")
    for element in enclosures:
        line, place = line_of(element), f"{within}/enclosure"
        yield from address_findings(element.get("url"), line, place)
        length = element.get("length", "")
        if not length.isdecimal() or "/" not in element.get("type", ""):
            reason = (
                f"type {shortened(element.get('type'))}, length {shortened(length)}"
            )
            yield found("enclosure", line, place, reason)
    if len(enclosures) > 1:
        line = line_of(enclosures[1])
        reason = f"it has {len(enclosures)} enclosures"
        yield found("enclosure-several", line, within, reason)


def _content_findings(item: etree._Element, within: str) -> Iterator[DocumentFinding]:
    encoded, description = item.find(f"{{{CONTENT}}}encoded"), item.find("description")
    for element in (description, encoded):
        if element is not None:
            place = f"{within}/{name_of(element)}"
            yield from content_findings(element.text or "", line_of(element), place)
    if encoded is not None and description is not None:
        children = list(item)
        if children.index(encoded) < children.index(description):
            reason = "content:encoded stands before the description"
            yield found("content-order", line_of(encoded), within, reason)


def _module_findings(item: etree._Element, within: str) -> Iterator[DocumentFinding]:
    for one, other in _TWICE:
        first, second = item.find(one), item.find(other)
        if first is not None and second is not None:
            reason = f"{one} and {name_of(second)} say the same"
            yield found("said-twice", line_of(second), within, reason)
    for category in item.findall("category"):
        if "," in (category.text or ""):
            reason = f"{shortened(category.text)} has a comma"
            place = f"{within}/category"
            yield found("category-comma", line_of(category), place, reason)
    yield from _counted_findings(item, within)


def _counted_findings(item: etree._Element, within: str) -> Iterator[DocumentFinding]:
    for count in item.findall(f"{{{SLASH}}}comments"):
        if not text_of(count).isdecimal():
            reason = f"{shortened(count.text)} is no number"
            place = f"{within}/slash:comments"
            yield found("number", line_of(count), place, reason)
    for group in item.findall(f"{{{MEDIA}}}group"):
        if len(group.findall(f"{{{MEDIA}}}content")) < 2:  # noqa: PLR2004 (alternatives)
            reason = "it holds fewer than two media:content"
            yield found("media-group", line_of(group), f"{within}/media:group", reason)


def unknown_findings(
    parent: etree._Element, known: frozenset[str], within: str
) -> Iterator[DocumentFinding]:
    """Yield children without a namespace that RSS does not know."""
    for element in parent.iterchildren("*"):
        name = etree.QName(element)
        if name.namespace is None and name.localname not in known:
            reason = f"<{name.localname}> is no element of RSS here"
            yield found("element-unknown", line_of(element), within, reason)


def mailbox_findings(
    parent: etree._Element, names: tuple[str, ...], within: str
) -> Iterator[DocumentFinding]:
    """Yield authors and editors without a mailbox."""
    for name in names:
        for element in parent.findall(name):
            if not is_mailbox(element.text):
                reason = f"{shortened(element.text)} has no mailbox"
                yield found("mailbox", line_of(element), f"{within}/{name}", reason)


def date_findings(
    element: etree._Element, place: str, now: datetime | None
) -> Iterator[DocumentFinding]:
    """Yield what is wrong with a date of RFC 822."""
    line, moment = line_of(element), rfc822_date(element.text)
    if moment is None:
        reason = f"{shortened(element.text)} is no date of RFC 822"
        yield found("date-form", line, place, reason)
        return
    right = weekday_of(element.text, moment)
    if right:
        reason = f"{shortened(element.text)} is a {right}"
        yield found("date-weekday", line, place, reason)
    yield from future_findings(moment, now, line, place)
