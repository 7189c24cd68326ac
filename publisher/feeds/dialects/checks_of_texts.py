"""Checks of headlines and texts; each says what it found, or nothing."""

import re

from publisher.feeds.characters import clean_line
from publisher.feeds.dialects.dialect import Check, Context
from publisher.model.article import Article

__all__ = [
    "address_in_text",
    "byline_missing",
    "contacts_in_text",
    "content_over",
    "links_in_text",
    "source_in_text",
    "tags_beyond",
    "text_missing",
    "text_under",
    "title_missing",
    "title_over",
    "title_under",
]

_ADDRESS = re.compile(r"(?:https?://|\bwww\.)[^\s<>«»\"]+", re.IGNORECASE)
# From the beginning of a word, and no longer than a mailbox may be (RFC 5321 section
# 4.5.3.1): a word of many thousand letters is read once, not again from each letter.
_MAILBOX = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_TELEPHONE = re.compile(r"(?:\+7|\b8)(?:[\s()-]*\d){10}\b")
_SOURCE = re.compile(
    r"(?:источник|автор|фото|текст|дереккөз|дерек көзі|автор[ыі]|сурет|мәтін)\s*:",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"(?:читайте? (?:также|ещё|еще)|чита(?:ть|йте) далее|по теме|смотрите также"
    r"|тағы оқыңыз|сондай-ақ оқыңыз|оқи отырыңыз)\b",
    re.IGNORECASE,
)


def title_missing(article: Article, context: Context) -> str:
    """Tell that an article has no title of its own."""
    del context
    return "" if clean_line(article.title) else "there is none"


def title_under(least: int) -> Check:
    """Return a check for titles with fewer characters than the least there must be."""

    def check(article: Article, context: Context) -> str:
        del context
        length = len(clean_line(article.title))
        return f"it has {length} characters" if 0 < length < least else ""

    return check


def title_over(most: int) -> Check:
    """Return a check for titles with more characters than there may be."""

    def check(article: Article, context: Context) -> str:
        del context
        length = len(clean_line(article.title))
        return f"it has {length} characters" if length > most else ""

    return check


def text_missing(article: Article, context: Context) -> str:
    """Tell that an article has no text, beside its lead and its pictures."""
    if not article.body_html.strip():
        return "it is empty"
    return "" if context.body.lines else "it holds no text"


def text_under(least: int) -> Check:
    """Return a check for texts with fewer characters than the least, but with some."""

    def check(article: Article, context: Context) -> str:
        if text_missing(article, context):
            return ""
        length = len(context.body.text)
        return f"it has {length} characters" if length < least else ""

    return check


def content_over(most: int) -> Check:
    """Return a check for articles whose content takes more bytes than there may be."""

    def check(article: Article, context: Context) -> str:
        del article
        size = len(context.entry.content_html.encode())
        return f"it takes {size:,} bytes" if size > most else ""

    return check


def address_in_text(article: Article, context: Context) -> str:
    """Tell of a bare address in the text, such as that of a video."""
    del article
    return _quoted(_ADDRESS.search(context.body.text))


def contacts_in_text(article: Article, context: Context) -> str:
    """Tell of a mailbox or telephone number in the text."""
    del article
    text = context.body.text
    return _quoted(_MAILBOX.search(text) or _TELEPHONE.search(text))


def source_in_text(article: Article, context: Context) -> str:
    """Tell of a paragraph that names the source, author or photographer."""
    del article
    return _quoted(_first_match(_SOURCE, context))


def links_in_text(article: Article, context: Context) -> str:
    """Tell of a paragraph that leads to other articles."""
    del article
    return _quoted(_first_match(_ELSEWHERE, context))


def _first_match(pattern: re.Pattern[str], context: Context) -> re.Match[str] | None:
    return next(filter(None, map(pattern.match, context.body.lines)), None)


def _quoted(match: re.Match[str] | None) -> str:
    return f'"{match[0][:60]}" stands in it' if match is not None else ""


def tags_beyond(kept: frozenset[str]) -> Check:
    """Return a check for elements of a body that a dialect would lose."""

    def check(article: Article, context: Context) -> str:
        del article
        lost = sorted(context.body.tags - kept)
        return f"<{'>, <'.join(lost)}> cannot be shown" if lost else ""

    return check


def byline_missing(article: Article, context: Context) -> str:
    """Tell that nobody is named as the author."""
    del context
    named = any(clean_line(byline.name) for byline in article.bylines)
    return "" if named else "nobody is named; the newspaper will be"
