"""HTML in the few elements that Dzen shows; what cannot be kept leaves its text."""

from collections.abc import Iterator
from copy import copy

from lxml import etree

from publisher.feeds.addresses import ascii_url
from publisher.feeds.characters import clean
from publisher.feeds.dialects.body import BLOCKS, parsed

__all__ = ["REPLACED", "SHOWN", "small_html"]

_SHOWN = "a b blockquote figcaption figure h1 h2 h3 h4 i img li ol p s u ul"
SHOWN = frozenset(_SHOWN.split())
"""The elements that are kept."""

REPLACED = {
    "del": "s",
    "dd": "p",
    "div": "p",
    "dt": "p",
    "em": "i",
    "h5": "h4",
    "h6": "h4",
    "ins": "u",
    "pre": "p",
    "section": "p",
    "strike": "s",
    "strong": "b",
    "tr": "p",
}
"""Elements that are written as another one, which means nearly the same."""

_LOST = ("audio", "canvas", "iframe", "object", "script", "style", "svg", "video")
_ATTRIBUTES = {"a": ("href",), "img": ("src", "alt", "width", "height")}
_APART = {"br", "hr", "td", "th"}
_BLOCKS = SHOWN & BLOCKS
_UNSHOWN = "span"
_NO_FRAMES = SHOWN & {"a", "b", "h1", "h2", "h3", "h4", "i", "p", "s", "u"}


def small_html(html: str) -> str:
    """Return an article's content with nothing but what Dzen shows."""
    body = parsed(html)
    etree.strip_elements(body, *_LOST, with_tail=False)
    _part_lines(body)
    _replace(body)
    _frame_pictures(body)
    etree.strip_tags(body, _UNSHOWN)
    for element in body.iterdescendants():
        _keep_attributes(element)
    whole = etree.Element("body")
    for block in _blocks(body):
        if block.tag != "p" or len(block) or (block.text or "").strip():
            whole.append(block)
    written = (
        etree.tostring(block, method="html", encoding="unicode", with_tail=False)
        for block in whole
    )
    return clean("\n".join(written))


def _part_lines(body: etree._Element) -> None:
    """Make each line of a paragraph a paragraph: there is no other line break."""
    for paragraph in list(body.iterdescendants("p")):
        # From the last to the first: each takes along what is left behind it.
        for line_end in reversed(paragraph.findall("br")):
            line = etree.Element("p")
            line.text = clean(line_end.tail or "")
            line.extend(list(line_end.itersiblings()))
            paragraph.remove(line_end)
            if len(line) or (line.text or "").strip():
                _put_behind(paragraph, line)


def _put_behind(block: etree._Element, new: etree._Element) -> None:
    """Put an element behind a block, before the text that follows it."""
    new.tail, block.tail = clean(block.tail or ""), None
    block.addnext(new)


def _replace(body: etree._Element) -> None:
    """Write elements as the ones that are kept; whatever frames blocks goes."""
    holders: set[etree._Element] = set()
    for element in reversed(list(body.iterdescendants())):
        tag = str(element.tag)
        if tag in _APART:
            element.tail = f" {clean(element.tail or '')}"
        above = element.getparent()
        if above is not None and (element in holders or tag in BLOCKS - _APART):
            holders.add(above)
        meant = REPLACED.get(tag, tag)
        is_shown = meant in SHOWN and not (meant in _NO_FRAMES and element in holders)
        element.tag = meant if is_shown else _UNSHOWN


def _frame_pictures(body: etree._Element) -> None:
    """Put every picture into a figure, and no figure into a paragraph."""
    # From the last to the first: each figure comes right behind its block.
    for image in reversed(list(body.iterdescendants("img"))):
        above = list(image.iterancestors())
        if any(element.tag == "figure" for element in above):
            continue
        figure = etree.Element("figure")
        framed = copy(image)
        framed.tail = None
        figure.append(framed)
        if above[0] is body:
            figure.tail = clean(image.tail or "")
            body.replace(image, figure)
        else:
            _put_behind(above[above.index(body) - 1], figure)
            # It leaves, the text behind it stays.
            image.tag = _UNSHOWN


def _keep_attributes(element: etree._Element) -> None:
    kept = _ATTRIBUTES.get(str(element.tag), ())
    for name in list(element.attrib):
        if name not in kept:
            del element.attrib[name]
    for name in {"href", "src"} & set(element.attrib):
        element.set(name, ascii_url(element.get(name, "")) or "")
        if not element.get(name):
            del element.attrib[name]


def _blocks(body: etree._Element) -> Iterator[etree._Element]:
    """Yield the blocks; text between them gets a paragraph of its own."""
    loose = etree.Element("p")
    loose.text = clean(body.text or "")
    for child in list(body):
        tail, child.tail = clean(child.tail or ""), None
        if child.tag in _BLOCKS:
            yield loose
            yield child
            loose = etree.Element("p")
            loose.text = tail
        else:
            loose.append(child)
            child.tail = tail
    yield loose
