"""Namespaces of dialects, and how an element is written."""

from collections.abc import Mapping

from lxml.etree import SubElement, _Element

from publisher.feeds.characters import clean, marked
from publisher.feeds.feedgen_door import CONTENT
from publisher.feeds.markup import ATOM, DC, DCTERMS, MEDIA

__all__ = [
    "ATOM",
    "CONTENT",
    "DC",
    "DCTERMS",
    "MEDIA",
    "SNF",
    "YANDEX",
    "markup",
    "text",
]

YANDEX = "http://news.yandex.ru"
SNF = "http://www.smartnews.be/snf"


def text(parent: _Element, name: str, value: str, **attributes: str) -> _Element:
    """Add an element with a plain text, which nobody can take for HTML."""
    return _added(parent, name, marked(clean(value)), attributes)


def markup(parent: _Element, name: str, value: str, **attributes: str) -> _Element:
    """Add an element whose text is HTML, or has nothing that could be taken for it."""
    return _added(parent, name, clean(value), attributes)


def _added(
    parent: _Element, name: str, value: str, attributes: Mapping[str, str]
) -> _Element:
    element = SubElement(parent, name, dict(attributes))
    element.text = value
    return element
