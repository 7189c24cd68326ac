"""Write running text as canonical HTML: whatever comes in, paragraphs come out.

The source says which elements it opens and closes, in any order and nesting. An
element is written when the first word inside it is, so empty ones never appear; one
that cannot hold what comes next is closed before it and, if words follow, opened again.
"""

from html import escape

from publisher.rendering.cleaning.characters import edges_off, single_blanks
from publisher.rendering.cleaning.elements import KINDS, Kind
from publisher.rendering.cleaning.places import (
    Element,
    fits,
    place_for_blocks,
    place_for_words,
)

__all__ = ["Flow"]

MAX_DEPTH = 40
"""Elements nested deeper are unwrapped."""

_WORDS_ONLY = frozenset((Kind.HEADING, Kind.CAPTION))
_NESTABLE = frozenset(("a", "q", "span", "sub", "sup"))


class Flow:
    """A text being written; `finish` returns it."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._text: list[str] = []
        self._source: list[Element] = []
        self._written: list[Element] = []
        self._implied: Element | None = None
        self._place: list[Element] | None = None
        self._blank = ""
        self._breaks = 0
        self._distance = ""
        self._is_after_block = False

    def open(self, tag: str, attributes: str = "") -> bool:
        """Begin an element; False when it means nothing here and is not to be closed.

        `attributes` are written as they are: escaped, with a blank before each.
        """
        kind = KINDS[tag]
        if kind is Kind.INLINE:
            is_wanted = not self._is_doubled(tag, attributes)
        else:
            self.part()
            is_wanted = kind is not Kind.WRAPPER and fits(tag, kind, self._block())
        if not is_wanted or len(self._source) >= MAX_DEPTH:
            return False
        self._source.append(Element(tag, kind, attributes))
        self._place = None
        return True

    def close(self) -> None:
        """End the element begun last."""
        element = self._source[-1]
        if element.tag in {"td", "th"} and not element.is_filled:
            self._go_to(place_for_blocks(self._source))
        self._source.pop()
        self._place = None
        if element in self._written:
            self._close_from(self._written.index(element))
        if element.kind is not Kind.INLINE:
            self.part()

    def part(self) -> None:
        """Say that what comes next does not continue what was before."""
        host = self._block()
        if host is not None and host.tag == "pre":
            self._breaks = self._breaks or 1
            return
        if host is not None and (host.kind in _WORDS_ONLY or host.tag == "figure"):
            self._blank = self._blank or " "
            return
        if host is not None:
            host.is_parted = True
        self._implied = self._place = None
        self._blank, self._breaks = "", 0
        for index, element in enumerate(self._written):
            if element.kind is Kind.PARAGRAPH or element.is_implied:
                self._close_from(index)
                break

    def text(self, text: str) -> None:
        """Write words; white space is written once and only between words."""
        host = self._block()
        if host is not None and host.tag == "pre":
            self._preformatted(host, text)
            return
        before, words, after = edges_off(text)
        self._blank += before
        if words:
            words = single_blanks(words)
            self._write(escape(words, quote=False), words)
            self._blank = after

    def picture(self, attributes: str) -> None:
        """Write a picture, which stands among words like a word, but never bold."""
        self._write(f"<img{attributes}>")

    def line_break(self) -> None:
        """End a line; two of them end a paragraph."""
        self._breaks += 1
        self._blank = ""

    def rule(self) -> None:
        """Write a thematic break between paragraphs."""
        self.part()
        host = self._block()
        if fits("hr", Kind.CONTAINER, host):
            self._blank, self._breaks = "", 0
            rule = Element("hr", Kind.CONTAINER)
            self._go_to(place_for_blocks([*self._source, rule])[:-1])
            self._put_block("<hr>")
            self._is_after_block = True

    def finish(self) -> tuple[str, str]:
        """Return the text as HTML and as plain paragraphs without picture captions."""
        self._close_from(0)
        return "".join(self._out), "".join(self._text)

    def _block(self) -> Element | None:
        """Return the innermost open element that is not a run of words."""
        for element in reversed(self._source):
            if element.kind is not Kind.INLINE:
                return element
        return None

    def _is_doubled(self, tag: str, attributes: str) -> bool:
        return (
            not attributes
            and tag not in _NESTABLE
            and any(element.tag == tag for element in self._source)
        )

    def _preformatted(self, host: Element, text: str) -> None:
        # A parser drops the first line feed of preformatted text, so there is none.
        if not host.is_filled:
            text = text.lstrip("\n") if text.strip() else ""
            self._breaks = 0
        if text:
            lines = "\n" * self._breaks + text
            self._breaks = 0
            self._write(escape(lines, quote=False), lines)

    def _write(self, piece: str, words: str = "") -> None:
        if self._place is None:
            self._place, self._implied = place_for_words(self._source, self._implied)
        place = self._place
        if not words:
            place = [e for e in place if e.kind is not Kind.INLINE or e.tag == "a"]
        self._go_to(place)
        self._out.append(piece)
        self._is_after_block = False
        for element in place:
            element.is_filled = True
        if words and not any(element.tag == "figcaption" for element in place):
            if self._text:
                self._text.append(self._distance)
            self._text.append(words)
            self._distance = ""

    def _go_to(self, place: list[Element]) -> None:
        """Close and open elements until those of `place` are open."""
        common = 0
        for written, wanted in zip(self._written, place, strict=False):
            if written is not wanted:
                break
            common += 1
        changing = (*self._written[common:], *place[common:])
        if all(element.kind is Kind.INLINE for element in changing):
            common = self._between_words(place, common)
        else:
            self._close_from(common)
            self._keep_distance(place[common:])
        for element in place[common:]:
            self._start(element)
        self._blank, self._breaks = "", 0

    def _between_words(self, place: list[Element], common: int) -> int:
        """Write what stands between two words of a block; return what is still open."""
        self._close_from(common)
        if not self._breaks and not self._blank:
            return common
        inner = max(
            (i for i, e in enumerate(place) if e.kind is not Kind.INLINE), default=-1
        )
        block = place[inner]
        if self._breaks > 1 and block.kind is Kind.PARAGRAPH:
            self._close_from(inner)
            self._distance = "\n\n"
            return inner
        if self._breaks:
            most = 1 if block.kind in _WORDS_ONLY else 2
            self._out.append("<br>" * min(self._breaks, most))
            self._distance = self._distance or "\n"
        elif self._blank:
            blank = single_blanks(self._blank) if "\u00a0" in self._blank else " "
            self._out.append(blank)
            self._distance = self._distance or blank
        return common

    def _keep_distance(self, opened: list[Element]) -> None:
        """Remember how far apart two blocks stand in the plain text."""
        first = next((e.tag for e in opened if e.kind is not Kind.INLINE), "")
        if first in {"td", "th"}:
            self._distance = self._distance or " "
        elif first in {"li", "tr", "dt", "dd"}:
            self._distance = self._distance if len(self._distance) > 1 else "\n"
        else:
            self._distance = "\n\n"

    def _start(self, element: Element) -> None:
        start = f"<{element.tag}{element.attributes}>"
        if element.kind is Kind.INLINE:
            self._out.append(start)
        else:
            self._put_block(start)
        self._written.append(element)

    def _put_block(self, tag: str) -> None:
        self._out.append(f"\n{tag}" if self._is_after_block else tag)
        self._is_after_block = False

    def _close_from(self, index: int) -> None:
        for element in reversed(self._written[index:]):
            self._out.append(f"</{element.tag}>")
            self._is_after_block = element.kind is not Kind.INLINE
        del self._written[index:]
