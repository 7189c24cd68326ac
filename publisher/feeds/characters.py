"""Characters that feeds can carry: everything else is taken out, never the article.

XML 1.0 cannot hold most control characters, lone surrogates, U+FFFE and U+FFFF; one of
them would lose a whole document. JSON could hold some, but all formats say the same.
"""

import re

__all__ = ["clean", "clean_line", "marked", "unmarked"]

# Beside the illegal ones: C1 controls, which nobody means, and the noncharacters
# U+FDD0 to U+FDEF, two of which are the marks below.
_ILLEGAL = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff"
)
_UNCLEAN = re.compile(f"[\r\x85{_ILLEGAL}]")
_REMOVED = re.compile(f"[{_ILLEGAL}]")
# NEL too: readers take C1 controls for Windows-1252 and show an ellipsis.
_LINE_END = re.compile("\r\n?|\x85")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Not \\s: no-break spaces are typography and stay.
_BLANKS = re.compile("[ \t\n\u2028\u2029]+")

_LESS, _AMPERSAND = "\ufdd0", "\ufdd1"
_LESS_UTF8, _AMPERSAND_UTF8 = _LESS.encode(), _AMPERSAND.encode()
# What both begin with.
_MARK_UTF8 = b"\xef\xb7"


def clean(text: str) -> str:
    """Return a text without what a document cannot hold; lines end in line feeds.

    Surrogates that stand in pairs become the character they were meant to be.
    """
    if _UNCLEAN.search(text) is None:
        return text
    if _SURROGATE.search(text) is not None:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return _REMOVED.sub("", _LINE_END.sub("\n", text))


def clean_line(text: str) -> str:
    """Return a clean text as one line."""
    if text.isprintable() and "  " not in text:
        # The common case; nothing printable is illegal.
        return text.strip(" ")
    return _BLANKS.sub(" ", clean(text)).strip()


def marked(text: str) -> str:
    """Mark `<` and `&` of a plain text for hexadecimal references.

    The RSS Best Practices Profile ("Character data") asks for `&#x3C;` and `&#x26;` in
    elements that readers may take for HTML, and lxml cannot write them: so they travel
    as noncharacters, which no clean text holds, until `unmarked`.
    """
    return text.replace("<", _LESS).replace("&", _AMPERSAND)


def unmarked(markup: bytes) -> bytes:
    """Write the marked characters of serialised markup as hexadecimal references."""
    if _MARK_UTF8 not in markup:
        return markup
    return markup.replace(_LESS_UTF8, b"&#x3C;").replace(_AMPERSAND_UTF8, b"&#x26;")
