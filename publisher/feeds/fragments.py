"""One article in one format, as bytes that any document can take in."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace

from publisher.errors import ArticleError
from publisher.feeds.entries import Entry, entry_of
from publisher.feeds.feedgen_door import WRITER
from publisher.feeds.json_feed import item_bytes
from publisher.feeds.moulds import cast_entry
from publisher.model.article import Article
from publisher.model.feed import FeedFormat, SiteFacts, Variant
from publisher.model.rubric import RubricTree

__all__ = [
    "fragment_context",
    "render_fragment",
    "render_fragments",
    "write_entry",
]

EDITION = 3
"""Raise it with every change of this room that changes the bytes of a fragment."""


def render_fragment(
    article: Article,
    form: FeedFormat,
    tree: RubricTree,
    facts: SiteFacts,
    variant: Variant = Variant.FULL,
) -> bytes:
    """Return an article as `<item>`, `<entry>` or JSON object, in UTF-8.

    Depends on nothing but its arguments. Raises ArticleError, and no other error, when
    the article cannot be shown: the others go out without it (law 5).
    """
    return render_fragments(article, (form,), tree, facts, variant)[form]


def render_fragments(
    article: Article,
    forms: Iterable[FeedFormat],
    tree: RubricTree,
    facts: SiteFacts,
    variant: Variant = Variant.FULL,
) -> dict[FeedFormat, bytes]:
    """Return an article in several formats, with less work than one by one.

    Raises ArticleError as `render_fragment` does.
    """
    try:
        entry = entry_of(article, tree, facts)
        if variant is Variant.SHORT:
            entry = replace(entry, content_html="")
        return {form: write_entry(entry, form) for form in forms}
    except ArticleError:
        raise
    except Exception as error:
        # Whatever it is, it is this article alone.
        msg = (
            f"article {article.id} ({article.uid!r}): cannot be written for feeds:"
            f" {error}; correct it at the source"
        )
        raise ArticleError(msg) from error


def write_entry(entry: Entry, form: FeedFormat) -> bytes:
    """Return an entry as bytes that any document of this format can take in."""
    if form is FeedFormat.JSON:
        return item_bytes(entry)
    return cast_entry(entry, form)


def fragment_context(tree: RubricTree, facts: SiteFacts) -> str:
    """Return a hash of everything but the article that a fragment depends on.

    Fragments kept under another context must be rendered again.
    """
    rubrics = [
        (rubric.key, tree.path(rubric.key), list(rubric.names.items()))
        for rubric in tree
    ]
    site = {fact.name: _plain(getattr(facts, fact.name)) for fact in fields(facts)}
    known = json.dumps([EDITION, WRITER, rubrics, site], ensure_ascii=False)
    return hashlib.sha256(known.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return list(value.items())
    return list(value) if isinstance(value, tuple) else str(value)
