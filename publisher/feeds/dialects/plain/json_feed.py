"""JSON Feed 1.1; findings name the element, for a parsed object knows no lines."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from publisher.feeds.dialects.plain.content import content_findings
from publisher.feeds.dialects.plain.elements import (
    address_findings,
    future_findings,
    language_findings,
)
from publisher.feeds.dialects.plain.rules import DocumentFinding, found
from publisher.feeds.dialects.plain.values import is_address, rfc3339_date, shortened

__all__ = ["json_findings"]

_VERSIONS = ("https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1")
_FEED_ADDRESSES = ("home_page_url", "feed_url", "next_url", "icon", "favicon")
_ITEM_ADDRESSES = ("url", "external_url", "image", "banner_image")
_TEXTS = ("id", "title", "summary", "content_html", "content_text", "language")


def json_findings(
    feed: Mapping[str, Any], now: datetime | None
) -> Iterator[DocumentFinding]:
    """Yield what is wrong with a JSON feed."""
    if feed.get("version") not in _VERSIONS:
        reason = f"{shortened(str(feed.get('version')))} is no version of JSON Feed"
        yield found("version", 0, "version", reason)
    if not isinstance(feed.get("title"), str) or not feed["title"].strip():
        yield found("required", 0, "title", "it is missing")
    yield from _addresses(feed, _FEED_ADDRESSES, "")
    if not is_address(feed.get("feed_url") if _is_text(feed, "feed_url") else None):
        yield found("self-missing", 0, "feed_url", "it is missing")
    if "next_url" in feed and feed["next_url"] == feed.get("feed_url"):
        reason = "it is the same as feed_url, so readers go round for ever"
        yield found("address", 0, "next_url", reason)
    yield from _language(feed, "")
    items = feed.get("items")
    if not isinstance(items, list):
        yield found("required", 0, "items", "there is no list of items")
        return
    yield from _repeated(items)
    for number, item in enumerate(items):
        within = f"items[{number}]"
        if isinstance(item, dict):
            yield from _item_findings(item, within, now)
        else:
            yield found("kind-of-value", 0, within, "it is no object")


def _item_findings(
    item: Mapping[str, Any], within: str, now: datetime | None
) -> Iterator[DocumentFinding]:
    for name in _TEXTS:
        if name in item and not isinstance(item[name], str):
            place = f"{within}.{name}"
            yield found("kind-of-value", 0, place, "it is no text")
    if not item.get("id"):
        yield found("required", 0, f"{within}.id", "it is missing")
    if not any(item.get(name) for name in ("content_html", "content_text")):
        reason = "neither content_html nor content_text"
        yield found("content-missing", 0, within, reason)
    if _is_text(item, "content_html"):
        place = f"{within}.content_html"
        yield from content_findings(item["content_html"], 0, place)
    yield from _addresses(item, _ITEM_ADDRESSES, f"{within}.")
    yield from _language(item, f"{within}.")
    yield from _dates(item, within, now)
    yield from _attachments(item, within)


def _dates(
    item: Mapping[str, Any], within: str, now: datetime | None
) -> Iterator[DocumentFinding]:
    if "date_published" not in item:
        yield found("date-missing", 0, within, "it has no date_published")
    for name in ("date_published", "date_modified"):
        if name not in item:
            continue
        moment = rfc3339_date(str(item[name]))
        if moment is None:
            reason = f"{shortened(str(item[name]))} is no date of RFC 3339"
            yield found("date-form", 0, f"{within}.{name}", reason)
        else:
            yield from future_findings(moment, now, 0, f"{within}.{name}")


def _attachments(item: Mapping[str, Any], within: str) -> Iterator[DocumentFinding]:
    listed = item.get("attachments", [])
    for number, one in enumerate(listed if isinstance(listed, list) else [listed]):
        place = f"{within}.attachments[{number}]"
        given = one if isinstance(one, dict) else {}
        if not is_address(str(given.get("url", ""))) or not given.get("mime_type"):
            reason = "it has no absolute url, or no mime_type"
            yield found("enclosure", 0, place, reason)


def _addresses(
    given: Mapping[str, Any], names: tuple[str, ...], within: str
) -> Iterator[DocumentFinding]:
    for name in names:
        if name in given:
            yield from address_findings(str(given[name]), 0, f"{within}{name}")


def _language(given: Mapping[str, Any], within: str) -> Iterator[DocumentFinding]:
    if "language" in given:
        yield from language_findings(str(given["language"]), 0, f"{within}language")


def _repeated(items: list[Any]) -> Iterator[DocumentFinding]:
    seen: dict[str, int] = {}
    for number, item in enumerate(items):
        name = str(item.get("id") or "") if isinstance(item, dict) else ""
        if name in seen:
            reason = f"{shortened(name)} is the id of items[{seen[name]}] too"
            yield found("id-repeated", 0, f"items[{number}].id", reason)
        elif name:
            seen[name] = number


def _is_text(given: Mapping[str, Any], name: str) -> bool:
    return isinstance(given.get(name), str)
