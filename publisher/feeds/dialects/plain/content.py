"""What the HTML inside a feed may not hold."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml import etree

from publisher.feeds.dialects.body import parsed
from publisher.feeds.dialects.plain.rules import DocumentFinding, found
from publisher.feeds.dialects.plain.values import shortened

__all__ = ["content_findings"]

_ACTIVE = frozenset(
    {"applet", "embed", "form", "iframe", "link", "meta", "object", "script", "style"}
)
_ADDRESSES = ("href", "src", "poster")
_LEADING = frozenset(
    {*_ADDRESSES, "action", "background", "cite", "formaction", "xlink:href"}
)


def content_findings(
    html: str, line: int | None, element: str
) -> Iterator[DocumentFinding]:
    """Yield what is wrong with a piece of HTML, each kind once."""
    if "<" not in html:
        return
    root = parsed(html)
    active = sorted(set(_active(root)))
    if active:
        reason = f"{', '.join(active)} in the content"
        yield found("active-content", line, element, reason)
    relative = next(_relative(root), "")
    if relative:
        reason = f"{shortened(relative)} is relative"
        yield found("address-in-content", line, element, reason)


def _acts(address: str) -> bool:
    return address.strip().lower().startswith(("javascript:", "vbscript:"))


def _active(root: etree._Element) -> Iterator[str]:
    for element in root.iterdescendants():
        if element.tag in _ACTIVE:
            yield f"<{element.tag}>"
        for name, value in element.attrib.items():
            if str(name).lower().startswith("on"):
                yield f"{name}="
            if name in _LEADING and _acts(str(value)):
                yield f"{name}=javascript:"


def _relative(root: etree._Element) -> Iterator[str]:
    for element in root.iterdescendants():
        for name in _ADDRESSES:
            value = element.get(name)
            if value and not _is_absolute(value):
                yield value


def _is_absolute(value: str) -> bool:
    try:
        return bool(urlsplit(value.strip()).scheme)
    except ValueError:
        return False
