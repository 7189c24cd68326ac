"""Marks in rendered messages: slots, where readers differ, and cuts between pieces.

A third kind of mark stands around what only a mail says, and never the page that shows
the same edition to whoever has its address: the reader's address and links.

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
    "SLOT",
    "cut",
    "cut_apart",
    "fill",
    "for_mail",
    "for_page",
    "markup",
    "personal_part",
    "slot",
    "slots_in",
    "without_slots",
]

OPEN = "\ue000"
CLOSE = "\ue001"

_NAME = re.compile(r"[a-z_]+")
SLOT = re.compile(f"{OPEN}({_NAME.pattern}){CLOSE}")
_CUT = re.compile(f"(?:<!--)?{OPEN}-({_NAME.pattern}){CLOSE}(?:-->)?")
_BEGINS, _ENDS = f"<!--{OPEN}({CLOSE}-->", f"<!--{OPEN}){CLOSE}-->"
_PERSONAL = re.compile(f"{re.escape(_BEGINS)}.*?{re.escape(_ENDS)}", re.DOTALL)
_MARKS = str.maketrans("", "", OPEN + CLOSE)


def slot(name: str) -> str:
    """Return the text that stands for a reader's own value."""
    if not _NAME.fullmatch(name):
        msg = f'"{name}" cannot name a slot: use small letters and underscores'
        raise ValueError(msg)
    return f"{OPEN}{name}{CLOSE}"


def slots_in(text: str) -> frozenset[str]:
    """Return the names of the slots in a rendered text."""
    return frozenset(SLOT.findall(text))


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


def personal_part(is_end: bool) -> str:  # noqa: FBT001 (one mark or the other)
    """Return the mark where what only a mail says begins, or ends; for HTML."""
    return _ENDS if is_end else _BEGINS


def for_mail(page: str) -> str:
    """Return rendered HTML without the marks around what only a mail says."""
    return page.replace(_BEGINS, "").replace(_ENDS, "")


def for_page(page: str, instead: str = "") -> str:
    """Return rendered HTML without what only a mail says, and without any slot.

    `instead` is HTML for the first place where something was left out.
    """
    page = _PERSONAL.sub(lambda _: instead, page, count=1)
    return without_slots(SLOT.sub("", _PERSONAL.sub("", page)))


def markup(text: str) -> str:
    """Return a text as it stands between tags, the way our rendering writes it."""
    return html.escape(text, quote=False).replace("\u00a0", "&nbsp;")


def fill(page: str, where: str, text: str) -> str:
    """Return a page with a text in the place of a slot."""
    return page.replace(where, markup(text))
