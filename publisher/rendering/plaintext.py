"""Plain text for people: what came from outside made harmless, lines wrapped."""

import re
import textwrap
from urllib.parse import urlsplit

from publisher.rendering.slots import CLOSE, OPEN, SLOT, slot, without_slots

__all__ = ["WIDTH", "one_line", "shorten", "tidy", "web_address", "wrap"]

WIDTH = 72
MAX_ADDRESS = 2000
SLOT_WIDTH = 32
"""Columns kept for what a reader has in the place of a slot: most mail addresses."""

# Controls, lone surrogates, and the marks that turn the direction of the text around
# them (Unicode bidirectional embeddings, overrides and isolates): with those a headline
# could reorder the lines after it.
_HARMFUL = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_NOT_IN_ADDRESS = re.compile(rf'[\s"<>\\{OPEN}{CLOSE}]|{_HARMFUL.pattern}')
_BLANKS = re.compile(r"\s+")
# «№ 14» and «1 800» stay whole at the end of a line.
_KEEPING_TOGETHER = {"\u00a0", "\u202f"}
_STAND_IN = OPEN * SLOT_WIDTH
_TRAILING_BLANKS = re.compile(r"[ \t]+$", re.MULTILINE)
_MANY_EMPTY_LINES = re.compile(r"\n{4,}")


def one_line(text: str) -> str:
    """Return a text from outside as one line that cannot imitate ours."""
    return _BLANKS.sub(_one_blank, _HARMFUL.sub("", without_slots(text))).strip()


def _one_blank(found: re.Match[str]) -> str:
    blanks = found[0]
    return blanks[0] if set(blanks) <= _KEEPING_TOGETHER else " "


def shorten(text: str, limit: int) -> str:
    """Cut a text to at most `limit` characters, at a word where there is one."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    at_word, space, _ = head.rpartition(" ")
    kept = at_word if space and len(at_word) > limit // 2 else head
    return kept.rstrip(" \u00a0\u202f,;:·–—-") + "…"


def web_address(address: str) -> str:
    """Return an http(s) address, or nothing when it is not one."""
    if len(address) > MAX_ADDRESS or _NOT_IN_ADDRESS.search(address):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in {"http", "https"} and parts.netloc else ""


def wrap(text: str, width: int = WIDTH, indent: str = "", first: str = "") -> str:
    """Wrap a paragraph; `first` begins the first line, `indent` the others.

    Words longer than a line, such as addresses, stay whole. A slot takes the room of
    what will stand there.
    """
    slots = iter(SLOT.findall(text))
    filled = textwrap.fill(
        SLOT.sub(_STAND_IN, text),
        width,
        initial_indent=first or indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return re.sub(_STAND_IN, lambda _: slot(next(slots)), filled)


def tidy(text: str) -> str:
    """Return a rendered plain text without trailing blanks and heaps of empty lines."""
    lines = _TRAILING_BLANKS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _MANY_EMPTY_LINES.sub("\n\n\n", lines).strip("\n") + "\n"
