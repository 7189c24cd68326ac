"""Titles, leads and names: one line of plain text out of whatever a source calls so."""

import re
from html import unescape
from unicodedata import normalize

from publisher.rendering.cleaning.characters import legal
from publisher.rendering.plaintext import shorten

__all__ = ["clean_text"]

MAX_LENGTH = 10_000

# Only what is an element of HTML: a title may say "5 < 7" or "<Без названия>".
_ELEMENT = re.compile(
    r"</?(?:a|abbr|acronym|address|article|aside|b|bdi|bdo|big|blockquote|body|br|center"
    r"|cite|code|dd|del|dfn|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|html|i|iframe"
    r"|img|input|ins|kbd|li|link|mark|meta|nobr|object|ol|p|pre|q|s|samp|script|section"
    r"|small|span|strike|strong|style|sub|sup|svg|table|tbody|td|th|thead|time|title|tr"
    r"|tt|u|ul|var|wbr)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
_UNSEEN = re.compile(
    r"<(script|style)\b[^<>]*>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_BREAKING = re.compile(
    r"</?(?:address|article|blockquote|br|dd|div|dt|figure|h[1-6]|hr|li|p|section|td|th"
    r"|tr)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
# Marks that turn the direction of the text around them, and marks nobody sees.
_TURNING = re.compile("[\u00ad\u200b\u2060\u2066-\u2069\u202a-\u202e\ufeff]")
_BLANKS = re.compile("[ \t\n\f\v]+")


def clean_text(text: str, limit: int = MAX_LENGTH) -> str:
    """Return a title, lead or name from a source as one line of plain text.

    Elements of HTML go, character references are read once, white space becomes single
    blanks (no-break spaces stay), letters are composed (Unicode NFC), and marks that
    change the direction of writing go. A text longer than `limit` ends in an ellipsis.
    """
    if "<" in text:
        text = _UNSEEN.sub("", text)
        text = _ELEMENT.sub("", _BREAKING.sub(" ", text))
    if "&" in text:
        text = unescape(text)
    plain = _TURNING.sub("", legal(text))
    return shorten(normalize("NFC", _BLANKS.sub(" ", plain).strip()), limit)
