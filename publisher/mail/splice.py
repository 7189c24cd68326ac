"""Base64 bodies that are encoded once and filled with each reader's values.

Base64 turns three bytes into four characters, so what follows a value of unknown length
can start in three ways. Each stretch between two values is kept encoded in all three;
only a window, which is the value with the odd bytes beside it, is encoded per reader.
A window ends its line early, which RFC 2045 section 6.8 allows: lines have at most 76
characters.

The places are the slots of `publisher.rendering.slots`: a name between two characters
that rendering strips from every text from outside, so that no article can hold one. A
forged one could show a reader nothing but that reader's own address and links.
"""

import re
from binascii import b2a_base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from publisher.rendering.slots import CLOSE, OPEN, without_slots

__all__ = ["SplicedBody", "splice"]

LINE_BYTES = 57
LINE_LENGTH = 76
WAYS = 3

LAYOUTS_KEPT = 128
"""For each body: its values have few lengths, as only addresses differ in theirs."""

CRLF = b"\r\n"

_SLOT = re.compile(f"{OPEN}([a-z_]+){CLOSE}")
_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What follows a window that took so many of its first bytes.

    `head` is taken by the window before it, `tail` by the window after it.
    """

    head: bytes
    lines: bytes
    tail: bytes


@dataclass(frozen=True, slots=True)
class Window:
    """Values, each with the short text before it, and the stretch after them all."""

    values: tuple[tuple[bytes, str], ...]
    after: tuple[Stretch, Stretch, Stretch]


@dataclass(frozen=True, slots=True)
class Layout:
    """A body for values of certain lengths: where each line of a window is.

    `content` is what all windows hold together, with a `%b` for each value. A window
    but the last holds a multiple of three bytes, so they are encoded at once; `cuts`
    says which of the `pieces` is which part of that.
    """

    content: bytes
    pieces: Sequence[bytes]
    cuts: Sequence[tuple[int, slice]]

    def fill(self, values: tuple[bytes, ...]) -> list[bytes]:
        """Return the base64 lines with these values, in pieces to be joined."""
        encoded = b2a_base64(self.content % values, newline=False)
        pieces = list(self.pieces)
        for place, cut in self.cuts:
            pieces[place] = encoded[cut]
        return pieces


@dataclass(frozen=True, slots=True)
class SplicedBody:
    """A part of a message, encoded but for the values of a reader."""

    before: Stretch
    windows: tuple[Window, ...]
    names: tuple[str, ...]
    _layouts: dict[tuple[int, ...], Layout] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def slots(self) -> frozenset[str]:
        """The names of the values it needs."""
        return frozenset(self.names)

    def fill(self, values: Mapping[str, bytes]) -> list[bytes]:
        """Return the base64 lines for one reader, in pieces to be joined."""
        chosen = tuple([values[name] for name in self.names])
        lengths = tuple(map(len, chosen))
        layout = self._layouts.get(lengths)
        if layout is None:
            if len(self._layouts) >= LAYOUTS_KEPT:
                self._layouts.clear()
            layout = self._layouts[lengths] = _laid_out(self, lengths)
        return layout.fill(chosen)


def _laid_out(body: SplicedBody, lengths: Sequence[int]) -> Layout:
    """Return how a body is put together whose values have these lengths."""
    left = iter(lengths)
    pieces, cuts = [body.before.lines], list[tuple[int, slice]]()
    content, odd, encoded = b"", body.before.tail, 0
    for window in body.windows:
        size = len(odd)
        content += _literal(odd)
        for text, _ in window.values:
            content += _literal(text) + b"%b"
            size += len(text) + next(left)
        stretch = window.after[-size % 3]
        content += _literal(stretch.head)
        size += len(stretch.head)
        end = encoded + (size + 2) // 3 * 4
        for start in range(encoded, end, LINE_LENGTH):
            cuts.append((len(pieces), slice(start, min(start + LINE_LENGTH, end))))
            pieces += (b"", CRLF)
        pieces.append(stretch.lines)
        odd, encoded = stretch.tail, end
    return Layout(content, tuple(pieces), tuple(cuts))


def _literal(text: bytes) -> bytes:
    return text.replace(b"%", b"%%")


def splice(text: str, *, is_last: bool = True) -> SplicedBody:
    """Encode a rendered text once for all readers; its line ends become CRLF.

    What UTF-8 cannot hold (half a character) becomes a question mark. A text that is
    not the last gets blanks before its last line end, so that it fills whole lines of
    base64 and others can follow: such texts join in any order.
    """
    ending = _last if is_last else _padded
    parts = _SLOT.split(_LINE_END.sub("\r\n", text))
    texts = [without_slots(part).encode("utf-8", "replace") for part in parts[::2]]
    names = parts[1::2]
    before = _stretch(texts[0], 0, None if names else ending)
    windows: list[Window] = []
    values: list[tuple[bytes, str]] = []
    gap = b""
    for number, name in enumerate(names, start=1):
        values.append((gap, name))
        gap, is_end = texts[number], number == len(names)
        # A short text between two values is cheaper to encode with them.
        if is_end or len(gap) >= LINE_BYTES:
            ways = _ways(gap, ending if is_end else None)
            windows.append(Window(tuple(values), ways))
            values, gap = [], b""
    return SplicedBody(before, tuple(windows), tuple(names))


Ending: TypeAlias = Callable[[bytes], bytes]
"""What becomes of the rest of a text, after which comes no further value."""


def _last(rest: bytes) -> bytes:
    return rest


def _padded(rest: bytes) -> bytes:
    """Return a text filled up with blanks to whole lines of base64."""
    blanks = b" " * (-len(rest) % LINE_BYTES)
    if rest.endswith(b"\r\n"):
        return rest[:-2] + blanks + b"\r\n"
    return rest + blanks


def _ways(text: bytes, ending: Ending | None) -> tuple[Stretch, Stretch, Stretch]:
    """Return the stretch for each number of bytes that its window may take."""
    if ending is _padded:
        text = text.ljust(WAYS)  # Whatever the window takes must be there.
    return (
        _stretch(text, 0, ending),
        _stretch(text, 1, ending),
        _stretch(text, 2, ending),
    )


def _stretch(text: bytes, taken: int, ending: Ending | None) -> Stretch:
    rest = text[taken:]
    if ending is not None:
        return Stretch(text[:taken], _encoded(ending(rest)), b"")
    odd = len(rest) % 3
    middle = rest[: len(rest) - odd]
    return Stretch(text[:taken], _encoded(middle), rest[len(rest) - odd :])


def _encoded(data: bytes) -> bytes:
    """Return the base64 of some bytes in lines that end in CRLF."""
    if not data:
        return b""
    encoded = b2a_base64(data, newline=False)
    lines = [
        encoded[start : start + LINE_LENGTH]
        for start in range(0, len(encoded), LINE_LENGTH)
    ]
    return CRLF.join([*lines, b""])
