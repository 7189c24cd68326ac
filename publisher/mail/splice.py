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
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from publisher.rendering.slots import CLOSE, OPEN, without_slots

__all__ = ["SplicedBody", "splice"]

LINE_BYTES = 57
LINE_LENGTH = 76
WAYS = 3

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
class SplicedBody:
    """A part of a message, encoded but for the values of a reader."""

    before: Stretch
    windows: tuple[Window, ...]

    @property
    def slots(self) -> frozenset[str]:
        """The names of the values it needs."""
        return frozenset(name for w in self.windows for _, name in w.values)

    def fill(self, values: Mapping[str, bytes]) -> list[bytes]:
        """Return the base64 lines for one reader, in pieces to be joined."""
        pieces = [self.before.lines]
        odd = self.before.tail
        for window in self.windows:
            for text, name in window.values:
                odd += text + values[name]
            stretch = window.after[-len(odd) % 3]
            pieces.append(_encoded(odd + stretch.head))
            pieces.append(stretch.lines)
            odd = stretch.tail
        return pieces


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
    return SplicedBody(before, tuple(windows))


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
    if len(data) <= LINE_BYTES:
        return b2a_base64(data, newline=False) + b"\r\n"
    encoded = b2a_base64(data, newline=False)
    lines = [
        encoded[start : start + LINE_LENGTH]
        for start in range(0, len(encoded), LINE_LENGTH)
    ]
    return b"\r\n".join([*lines, b""])
