"""What only Yandex reads in an item."""

from lxml.etree import SubElement, _Element

from publisher.feeds.dialects.dialect import Context
from publisher.feeds.dialects.namespaces import YANDEX, markup, text

__all__ = ["full_text", "genre", "genre_of", "related"]

LONG = 1500
"""From so many characters on a message is an article."""

_INTERVIEW = ("интервью", "сұхбат")


def full_text(item: _Element, context: Context) -> None:
    """Print the text of the page, a line for each paragraph, without any markup."""
    markup(item, f"{{{YANDEX}}}full-text", context.body.text)


def genre(item: _Element, context: Context) -> None:
    """Name the genre."""
    text(item, f"{{{YANDEX}}}genre", genre_of(context))


def genre_of(context: Context) -> str:
    """Return `interview` by the tags or rubrics, else `article` or `message`."""
    entry = context.entry
    words = " ".join([*entry.tags, *(r.label for r in entry.rubrics)]).casefold()
    if any(word in words for word in _INTERVIEW):
        return "interview"
    return "article" if len(context.body.text) >= LONG else "message"


def related(item: _Element, context: Context) -> None:
    """Name related articles, where there are some."""
    if not context.entry.related:
        return
    parent = SubElement(item, f"{{{YANDEX}}}related")
    for other in context.entry.related:
        text(parent, "link", other.title or other.url, url=other.url)
