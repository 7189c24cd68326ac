"""Atom 1.0 (RFC 4287)."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from publisher.feeds.dialects.plain.content import content_findings
from publisher.feeds.dialects.plain.elements import (
    address_findings,
    future_findings,
    language_findings,
    line_of,
    once,
    repeated,
)
from publisher.feeds.dialects.plain.rules import DocumentFinding, found
from publisher.feeds.dialects.plain.values import rfc3339_date, shortened
from publisher.feeds.markup import ATOM, XML

__all__ = ["atom_findings"]

_RELATIONS = (
    "alternate current describedby edit edit-media enclosure first hub last license"
    " next next-archive payment prev-archive previous related replies search self"
    " service up via"
)
_KNOWN_RELATIONS = frozenset(_RELATIONS.split())
_TEXTS = ("text", "html", "xhtml")


def _in_atom(name: str) -> str:
    return f"{{{ATOM}}}{name}"


_REQUIRED = tuple(map(_in_atom, ("id", "title", "updated")))


def atom_findings(
    feed: etree._Element, now: datetime | None
) -> Iterator[DocumentFinding]:
    """Yield what is wrong with an Atom feed."""
    yield from once(feed, _REQUIRED, "feed")
    yield from _shared_findings(feed, "feed", now)
    if not any(link.get("rel") == "self" for link in feed.findall(_in_atom("link"))):
        reason = "there is no link with rel=self"
        yield found("self-missing", line_of(feed), "feed", reason)
    entries = feed.findall(_in_atom("entry"))
    yield from repeated(
        [e for x in entries for e in x.findall(_in_atom("id"))[:1]], "id"
    )
    has_author = feed.find(_in_atom("author")) is not None
    for number, entry in enumerate(entries, start=1):
        within = f"entry[{number}]"
        yield from once(entry, _REQUIRED, within)
        yield from _shared_findings(entry, within, now)
        yield from _entry_findings(entry, within, has_author=has_author)


def _entry_findings(
    entry: etree._Element, within: str, *, has_author: bool
) -> Iterator[DocumentFinding]:
    own = entry.find(_in_atom("author")), entry.find(f"{_in_atom('source')}")
    if not has_author and not any(element is not None for element in own):
        reason = "neither the entry nor the feed has an author"
        yield found("author-missing", line_of(entry), within, reason)
    content = entry.find(_in_atom("content"))
    links = entry.findall(_in_atom("link"))
    has_page = any(link.get("rel", "alternate") == "alternate" for link in links)
    if content is None and not has_page:
        reason = "neither content nor an alternate link"
        yield found("required", line_of(entry), within, reason)


def _shared_findings(
    element: etree._Element, within: str, now: datetime | None
) -> Iterator[DocumentFinding]:
    language = element.get(f"{{{XML}}}lang")
    if language is not None:
        yield from language_findings(language, line_of(element), f"{within}/@xml:lang")
    for name in ("updated", "published"):
        for date in element.findall(_in_atom(name)):
            yield from _date_findings(date, f"{within}/{name}", now)
    yield from _link_findings(element.findall(_in_atom("link")), within)
    for name in ("title", "subtitle", "summary", "content", "rights"):
        for text in element.findall(_in_atom(name)):
            yield from _text_findings(text, f"{within}/{name}")


def _date_findings(
    date: etree._Element, place: str, now: datetime | None
) -> Iterator[DocumentFinding]:
    moment = rfc3339_date(date.text)
    if moment is None:
        reason = f"{shortened(date.text)} is no date of RFC 3339"
        yield found("date-form", line_of(date), place, reason)
    else:
        yield from future_findings(moment, now, line_of(date), place)


def _link_findings(
    links: list[etree._Element], within: str
) -> Iterator[DocumentFinding]:
    place = f"{within}/link"
    kinds: Counter[tuple[str, str]] = Counter()
    for link in links:
        line, rel = line_of(link), link.get("rel", "alternate")
        # Atom takes addresses with any letters (RFC 3987).
        yield from address_findings(link.get("href"), line, place, in_ascii=False)
        if rel not in _KNOWN_RELATIONS and ":" not in rel:
            reason = f"rel={shortened(rel)} is not known"
            yield found("relation", line, place, reason)
        if rel == "alternate":
            kind = link.get("type", ""), link.get("hreflang", "")
            kinds[kind] += 1
            if kinds[kind] == 2:  # noqa: PLR2004 (the second is one too many)
                reason = f"a second alternate of type {shortened(kind[0])}"
                yield found("alternate-repeated", line, place, reason)


def _text_findings(text: etree._Element, place: str) -> Iterator[DocumentFinding]:
    kind = text.get("type", "text")
    is_content = place.endswith("content")
    if kind not in _TEXTS and not (is_content and "/" in kind):
        reason = f"type={shortened(kind)} is not known"
        yield found("content-type", line_of(text), place, reason)
    elif kind == "html":
        yield from content_findings(text.text or "", line_of(text), place)
    elif kind == "xhtml":
        html = etree.tostring(text, method="html", encoding="unicode", with_tail=False)
        yield from content_findings(html, line_of(text), place)
