"""Slots: the places in a rendered message that differ from reader to reader.

A message is rendered once for many readers. Where their links and addresses belong,
the rendered text holds a slot: the slot's name between two private-use characters.
Whoever makes the message puts the reader's value there, escaped for the part it stands
in. No text from outside keeps those characters, so it cannot pretend to be a slot.
"""

import re

__all__ = ["CLOSE", "OPEN", "slot", "slots_in", "without_slots"]

OPEN = "\ue000"
CLOSE = "\ue001"

_NAME = re.compile(r"[a-z_]+")
_SLOT = re.compile(f"{OPEN}({_NAME.pattern}){CLOSE}")
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
