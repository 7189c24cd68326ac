"""Marks in rendered messages: slots, where readers differ, and cuts between pieces.

A message is rendered once for many readers. Where their links and addresses belong,
the rendered text holds a slot: the slot's name between two private-use characters.
Whoever makes the message puts the reader's value there, escaped for the part it stands
in. No text from outside keeps those characters, so it cannot pretend to be a slot.
"""

import html
import re

__all__ = [
    "CLOSE",
    "OPEN",
    "cut",
    "cut_apart",
    "fill",
    "markup",
    "slot",
    "slots_in",
    "without_slots",
]

OPEN = "\ue000"
CLOSE = "\ue001"

_NAME = re.compile(r"[a-z_]+")
_SLOT = re.compile(f"{OPEN}({_NAME.pattern}){CLOSE}")
_CUT = re.compile(f"(?:<!--)?{OPEN}-({_NAME.pattern}){CLOSE}(?:-->)?")
_MARKS = str.maketrans("", "", OPEN + CLOSE)


def slot(name: str) -> str:
    """Return the text that stands for a reader's own value."""
    if not _NAME.fullmatch(name):
        msg = f'"{name}" cannot name a slot: use small letters and underscores'
        raise ValueError(msg)
    return f"{OPEN}{name}{CLOSE}"


def slots_in(text: str) -> frozenset[str]:
    """Return the names of the slots in a rendered text."""
    return frozenset(_SLOT.findall(text))


def without_slots(text: str) -> str:
    """Return a text from outside without the characters that make a slot."""
    return text.translate(_MARKS)


def cut(name: str) -> str:
    """Return the mark before a piece of this name, to be cut off with those before."""
    if not _NAME.fullmatch(name):
        msg = f'"{name}" cannot name a piece: use small letters and underscores'
        raise ValueError(msg)
    return f"{OPEN}-{name}{CLOSE}"


def cut_apart(text: str) -> list[tuple[str, str]]:
    """Return the pieces of a rendered text with their names, without the marks.

    What stands before the first mark has no name.
    """
    parts = _CUT.split(text)
    return list(zip(["", *parts[1::2]], parts[::2], strict=True))


def markup(text: str) -> str:
    """Return a text as it stands between tags, the way our rendering writes it."""
    return html.escape(text, quote=False).replace("\u00a0", "&nbsp;")


def fill(page: str, where: str, text: str) -> str:
    """Return a page with a text in the place of a slot."""
    return page.replace(where, markup(text))
