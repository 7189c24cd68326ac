"""RSS 2.0: the channel."""

from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from publisher.feeds.dialects.plain.elements import (
    address_findings,
    language_findings,
    line_of,
    once,
    repeated,
    text_of,
)
from publisher.feeds.dialects.plain.rss_items import (
    date_findings,
    item_findings,
    mailbox_findings,
    unknown_findings,
)
from publisher.feeds.dialects.plain.rules import DocumentFinding, found
from publisher.feeds.dialects.plain.values import shortened
from publisher.feeds.markup import ATOM

__all__ = ["rss_findings"]

_KNOWN = frozenset(
    {"category", "cloud", "copyright", "description", "docs", "generator", "image"}
    | {"item", "language", "lastBuildDate", "link", "managingEditor", "pubDate"}
    | {"rating", "skipDays", "skipHours", "textInput", "title", "ttl", "webMaster"}
)


def rss_findings(
    root: etree._Element, now: datetime | None
) -> Iterator[DocumentFinding]:
    """Yield what is wrong with an RSS document, in the order of its lines."""
    channel = root.find("channel")
    if channel is None:
        yield found("required", line_of(root), "rss", "channel is missing")
        return
    if root.get("version") != "2.0":
        reason = f"version is {shortened(root.get('version'))}, not 2.0"
        yield found("required", line_of(root), "rss", reason)
    yield from once(channel, ("title", "link", "description"), "channel")
    yield from _channel_findings(channel, now)
    items = channel.findall("item")
    guids = [guid for item in items for guid in item.findall("guid")[:1]]
    yield from repeated(guids, "item/guid")
    for number, item in enumerate(items, start=1):
        yield from item_findings(item, f"item[{number}]", now)


def _channel_findings(
    channel: etree._Element, now: datetime | None
) -> Iterator[DocumentFinding]:
    yield from unknown_findings(channel, _KNOWN, "channel")
    yield from _order_findings(channel)
    yield from _self_findings(channel)
    for name in ("pubDate", "lastBuildDate"):
        for element in channel.findall(name):
            yield from date_findings(element, f"channel/{name}", now)
    yield from mailbox_findings(channel, ("managingEditor", "webMaster"), "channel")
    for element in channel.findall("language"):
        line, value = line_of(element), text_of(element)
        yield from language_findings(value, line, "channel/language")
    for path in ("link", "image/url", "image/link"):
        for element in channel.findall(path):
            value = text_of(element)
            yield from address_findings(value, line_of(element), f"channel/{path}")
    for element in channel.findall("ttl"):
        value = text_of(element)
        if not value.isdecimal() or int(value) < 1:
            reason = f"{shortened(value)} is no number of minutes"
            yield found("number", line_of(element), "channel/ttl", reason)


def _order_findings(channel: etree._Element) -> Iterator[DocumentFinding]:
    has_begun = False
    for element in channel.iterchildren("*"):
        if element.tag == "item":
            has_begun = True
        elif has_begun:
            name = etree.QName(element).localname
            reason = "it stands after the first item"
            yield found("order", line_of(element), f"channel/{name}", reason)
            return


def _self_findings(channel: etree._Element) -> Iterator[DocumentFinding]:
    links = [
        link
        for link in channel.findall(f"{{{ATOM}}}link")
        if link.get("rel", "alternate") == "self"
    ]
    if not links:
        reason = "there is no atom:link with rel=self"
        yield found("self-missing", line_of(channel), "channel", reason)
    for link in links:
        yield from address_findings(
            link.get("href"), line_of(link), "channel/atom:link"
        )
