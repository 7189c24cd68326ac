"""Characters that documents and messages can carry; the others are taken out.

XML 1.0 cannot hold most control characters, lone surrogates, U+FFFE and U+FFFF, and our
own slots are written between two private-use characters that no text may imitate.
"""

import re

from publisher.rendering.slots import CLOSE, OPEN

__all__ = ["edges_off", "legal", "single_blanks"]

# What HTML calls white space. No-break spaces are typography: they stay between words,
# but a paragraph of nothing else is empty.
_BLANKS = " \t\n\r\f\v"
_EDGES = _BLANKS + "\u00a0"
_RUN = re.compile(f"[{_BLANKS}]+")
_WIDE = re.compile(f"[{_BLANKS[1:]}]|  ")

# Beside the illegal ones: C1 controls and noncharacters, which nobody means.
_REMOVED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff"
    f"{OPEN}{CLOSE}]"
)
_LINE_END = re.compile("\r\n?|[\x85\u2028\u2029]")
_SUSPECT = re.compile(f"\r|\x85|\u2028|\u2029|{_REMOVED.pattern}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def legal(text: str) -> str:
    """Return a text without what XML cannot hold; every line end is a line feed.

    Surrogates that stand in pairs become the character they were meant to be.
    """
    if text.isprintable() or _SUSPECT.search(text) is None:
        return text
    if _SURROGATE.search(text) is not None:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return _REMOVED.sub("", _LINE_END.sub("\n", text))


def single_blanks(text: str) -> str:
    """Return a text with one blank for every run of white space."""
    return text if _WIDE.search(text) is None else _RUN.sub(" ", text)


def edges_off(text: str) -> tuple[str, str, str]:
    """Part a text into blanks before, words, and blanks after."""
    body = text.lstrip(_EDGES)
    words = body.rstrip(_EDGES)
    return text[: len(text) - len(body)], words, body[len(words) :]
