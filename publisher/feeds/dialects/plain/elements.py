"""Reading elements of XML feeds: names as people write them, and what all check."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from lxml import etree

from publisher.feeds.dialects.plain.rules import DocumentFinding, found
from publisher.feeds.dialects.plain.values import (
    is_address,
    is_language,
    shortened,
)

__all__ = [
    "address_findings",
    "future_findings",
    "language_findings",
    "line_of",
    "name_of",
    "once",
    "repeated",
    "text_of",
]

_TOLERATED = timedelta(minutes=10)
"""How far ahead the clock of a publisher may be."""


def name_of(element: etree._Element) -> str:
    """Return an element's name with its prefix, as it stands in the document."""
    name = etree.QName(element).localname
    return f"{element.prefix}:{name}" if element.prefix else name


def line_of(element: etree._Element) -> int | None:
    """Return the line that an element's start tag ends on."""
    line = element.sourceline
    return int(line) if line is not None else None


def text_of(element: etree._Element | None) -> str:
    """Return the text of an element without the blanks around it."""
    return (element.text or "").strip() if element is not None else ""


def once(
    parent: etree._Element, names: tuple[str, ...], within: str
) -> Iterator[DocumentFinding]:
    """Yield which of some children are not there exactly once, or empty."""
    for name in names:
        children = parent.findall(name)
        short = etree.QName(name).localname
        if len(children) != 1:
            reason = f"{short} stands {len(children)} times"
            yield found("required", line_of(parent), within, reason)
        elif not text_of(children[0]) and not len(children[0]):
            yield found(
                "required", line_of(children[0]), f"{within}/{short}", "it is empty"
            )


def repeated(elements: list[etree._Element], within: str) -> Iterator[DocumentFinding]:
    """Yield ids that stand at more than one article."""
    seen: dict[str, int | None] = {}
    for element in elements:
        name = text_of(element)
        if name in seen:
            reason = f"{shortened(name)} is the id of line {seen[name]} too"
            yield found("id-repeated", line_of(element), within, reason)
        elif name:
            seen[name] = line_of(element)


def address_findings(
    value: str | None, line: int | None, element: str, *, in_ascii: bool = True
) -> Iterator[DocumentFinding]:
    """Yield an address that is not absolute."""
    if not is_address(value, in_ascii=in_ascii):
        reason = f"{shortened(value)} is no absolute address in ASCII"
        if not in_ascii:
            reason = f"{shortened(value)} is no absolute address"
        yield found("address", line, element, reason)


def language_findings(
    value: str | None, line: int | None, element: str
) -> Iterator[DocumentFinding]:
    """Yield a language that is none."""
    if not is_language(value):
        yield found("language", line, element, f"{shortened(value)} is no language")


def future_findings(
    moment: datetime, now: datetime | None, line: int | None, element: str
) -> Iterator[DocumentFinding]:
    """Yield a date that is still to come, where the present is known."""
    if now is not None and moment > now + _TOLERATED:
        reason = f"{moment.isoformat()} is still to come"
        yield found("date-future", line, element, reason)
