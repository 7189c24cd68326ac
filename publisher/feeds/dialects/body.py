"""The body of an article taken apart: its text as people read it, its pictures."""

from dataclasses import dataclass

from lxml import etree

from publisher.feeds.addresses import ascii_url
from publisher.feeds.characters import clean
from publisher.feeds.dialects.picture_types import media_type_of

__all__ = ["BLOCKS", "Body", "Shown", "parsed", "read_body"]

_BLOCKS = (
    "address article aside blockquote body br caption dd details div dl dt fieldset"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre"
    " section summary table tbody td tfoot th thead tr ul"
)
BLOCKS = frozenset(_BLOCKS.split())
"""Elements that begin on a new line; everything else runs within a line."""

_CELLS = frozenset({"td", "th"})
_UNREAD = frozenset(
    {"audio", "canvas", "figure", "iframe", "math", "noscript", "object"}
    | {"script", "style", "svg", "template", "title", "video"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture that an article shows; sizes in pixels, 0 when unknown."""

    url: str
    media_type: str
    width: int = 0
    height: int = 0
    length: int = 0


@dataclass(frozen=True, slots=True)
class Body:
    """`lines` are the paragraphs as plain text, `tags` the elements that were used.

    Pictures and their captions are no part of the text.
    """

    lines: tuple[str, ...]
    pictures: tuple[Shown, ...]
    tags: frozenset[str]

    @property
    def text(self) -> str:
        """The whole text, a line for each paragraph."""
        return "\n".join(self.lines)


def parsed(html: str) -> etree._Element:
    """Return a `<body>` with what a piece of HTML holds, however deep or broken."""
    # Parsers are not shared: lxml locks them to a thread.
    parser = etree.HTMLParser(
        huge_tree=True, no_network=True, remove_comments=True, remove_pis=True
    )
    whole = f"<html><body>{clean(html)}</body></html>"
    root = etree.fromstring(whole, parser)
    found = root.find("body")
    return found if found is not None else etree.Element("body")


def read_body(html: str) -> Body:
    """Take apart the HTML of an article; any text gives some body."""
    root = parsed(html)
    tags = frozenset(
        element.tag
        for element in root.iterdescendants()
        if isinstance(element.tag, str)
    )
    pictures = (_picture(element) for element in root.iterdescendants("img"))
    unique = {shown.url: shown for shown in pictures if shown is not None}
    return Body(_lines(root), tuple(unique.values()), tags)


def _lines(root: etree._Element) -> tuple[str, ...]:
    lines: list[list[str]] = [[]]
    unread = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        if tag in _CELLS:
            lines[-1].append(" ")
        elif tag in BLOCKS:
            lines.append([])
        is_end = event == "end"
        if tag in _UNREAD:
            unread += -1 if is_end else 1
        said = element.tail if is_end else element.text
        if not unread and said and not (is_end and element is root):
            lines[-1].append(said)
    joined = (" ".join(clean("".join(parts)).split()) for parts in lines)
    return tuple(line for line in joined if line)


def _picture(element: etree._Element) -> Shown | None:
    url = ascii_url(element.get("src", ""))
    if url is None:
        return None
    return Shown(
        url=url,
        media_type=media_type_of(url),
        width=_pixels(element.get("width", "")),
        height=_pixels(element.get("height", "")),
    )


def _pixels(text: str) -> int:
    digits = text.strip().removesuffix("px")
    return int(digits) if digits.isascii() and digits.isdigit() else 0
