"""What only Dzen reads in an item."""

from lxml.etree import _Element

from publisher.feeds.dialects.dialect import Context
from publisher.feeds.dialects.namespaces import CONTENT, MEDIA, markup, text
from publisher.feeds.dialects.small_html import small_html

__all__ = ["adult_rating", "content", "markers"]

MARKERS = ("format-article", "index", "comment-all")
"""How it is shown, whether search engines may have it, who may comment."""


def content(item: _Element, context: Context) -> None:
    """Print the content with the few elements that Dzen shows."""
    html = small_html(context.entry.content_html)
    markup(item, f"{{{CONTENT}}}encoded", html)


def markers(item: _Element, context: Context) -> None:
    """Say how to publish; the mode (at once or as a draft) is set in the studio."""
    del context
    for marker in MARKERS:
        text(item, "category", marker)


def adult_rating(item: _Element, context: Context) -> None:
    """Say that the article is for readers of all ages."""
    del context
    text(item, f"{{{MEDIA}}}rating", "nonadult", scheme="urn:simple")
