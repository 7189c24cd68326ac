"""Which element may stand in which, and where words and blocks go when it may not."""

from collections.abc import Sequence
from dataclasses import dataclass

from publisher.rendering.cleaning.elements import Kind

__all__ = ["Element", "fits", "place_for_blocks", "place_for_words"]

_LISTS = frozenset(("ul", "ol"))
_ROW_GROUPS = frozenset(("thead", "tbody", "tfoot"))
_TABLE = frozenset(("table", "tr")) | _ROW_GROUPS
_CELLS = frozenset(("td", "th"))
_TABLE_PARTS = _ROW_GROUPS | _CELLS | {"caption", "tr"}
# Words may stand here without a paragraph around them, until something parts them.
_BARE = frozenset(("li", "td", "th", "dd"))
_WORDS_GO_INTO = {"ul": "li", "ol": "li", "dl": "dd"}
_NEEDS_NO_PARAGRAPH = frozenset((Kind.PARAGRAPH, Kind.HEADING, Kind.CAPTION))

# What an element must stand in directly; elsewhere it is unwrapped.
_HOSTS = {
    "caption": frozenset(("table",)),
    "dd": frozenset(("dl",)),
    "dt": frozenset(("dl",)),
    "figcaption": frozenset(("figure",)),
    "li": _LISTS,
    "summary": frozenset(("details",)),
    "tbody": frozenset(("table",)),
    "td": frozenset(("tr",)),
    "tfoot": frozenset(("table",)),
    "th": frozenset(("tr",)),
    "thead": frozenset(("table",)),
    "tr": frozenset(("table",)) | _ROW_GROUPS,
}


@dataclass(slots=True, eq=False)
class Element:
    """An element that the source has open, or one that we put around its words."""

    tag: str
    kind: Kind
    attributes: str = ""
    is_implied: bool = False
    is_filled: bool = False
    """Words have been written inside."""
    is_parted: bool = False
    """Something began or ended inside, so words do not continue earlier words."""
    rows: "Element | None" = None
    """The row group around the rows that a table holds directly."""


def fits(tag: str, kind: Kind, host: Element | None) -> bool:
    """Whether an element that is no run of words keeps its meaning inside another."""
    if host is None:
        return tag not in _HOSTS
    if host.kind is Kind.CAPTION:
        return False
    if host.kind is Kind.HEADING or host.tag == "pre":
        return kind is not Kind.PARAGRAPH and tag not in _HOSTS and tag != "div"
    return tag not in _HOSTS or host.tag in _HOSTS[tag]


def place_for_blocks(source: Sequence[Element]) -> list[Element]:
    """Return the elements that a block at the end of `source` stands in, itself last.

    Paragraphs and headings end before a block; a figure in a figure stands after it;
    what is in a table but in no cell stands outside.
    """
    place: list[Element] = []
    for element in source:
        if element.kind is Kind.INLINE:
            continue
        if place and place[-1].kind in {Kind.PARAGRAPH, Kind.HEADING}:
            place.pop()
        if element.tag == "figure":
            _leave_figure(place)
        if element.tag not in _TABLE_PARTS:
            _leave_table(place)
        elif element.tag == "tr" and place[-1].tag == "table":
            table = place[-1]
            table.rows = table.rows or Element("tbody", Kind.CONTAINER)
            place.append(table.rows)
        place.append(element)
    return place


def place_for_words(
    source: Sequence[Element], implied: Element | None
) -> tuple[list[Element], Element | None]:
    """Return the elements that words stand in, and the one among them we put there.

    `implied` is the one from the words before, when these words continue them.
    """
    place = place_for_blocks(source)
    _leave_table(place)
    implied = implied or _implied_in(place[-1] if place else None)
    if implied is not None:
        place.append(implied)
    for element in source:
        if element.kind is Kind.INLINE:
            if element.tag == "a":
                place = [outer for outer in place if outer.tag != "a"]
            place.append(element)
    return place, implied


def _leave_figure(place: list[Element]) -> None:
    for index, outer in reversed(list(enumerate(place))):
        if outer.tag in _CELLS:
            return
        if outer.tag == "figure":
            del place[index:]


def _leave_table(place: list[Element]) -> None:
    while place and place[-1].tag in _TABLE:
        place.pop()


def _implied_in(host: Element | None) -> Element | None:
    if host is None:
        return Element("p", Kind.PARAGRAPH, is_implied=True)
    if host.kind in _NEEDS_NO_PARAGRAPH or host.tag == "figure":
        return None
    if host.tag in _WORDS_GO_INTO:
        return Element(_WORDS_GO_INTO[host.tag], Kind.CONTAINER, is_implied=True)
    if host.tag in _BARE and not (host.is_parted and host.is_filled):
        return None
    return Element("p", Kind.PARAGRAPH, is_implied=True)
