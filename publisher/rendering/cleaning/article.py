"""The HTML of an article made harmless, portable and canonical, once per revision."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import islice
from typing import Any

from lxml import etree
from lxml.etree import _Element

from publisher.errors import ArticleError
from publisher.model.article import Picture
from publisher.rendering.cleaning.characters import legal, single_blanks
from publisher.rendering.cleaning.elements import last_word
from publisher.rendering.cleaning.reading import Reader

__all__ = ["MAX_LENGTH", "CleanHtml", "clean_article_html"]

MAX_LENGTH = 2_000_000
"""Characters of a body; longer ones are refused."""
MAX_ATTRIBUTES = 64
MAX_DEPTH = 255
MANY_ATTRIBUTES_FIT = 30_000
MAX_PASSES = 6

_EMBEDDED_DATA = re.compile(r"data:[a-z]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=%]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_EMPTY_LINE = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class CleanHtml:
    """A clean body; `plain_text` has a line per paragraph and no picture captions.

    `pictures` are those in the body, in order; `notes` say what was taken out.
    """

    html: str
    plain_text: str
    pictures: tuple[Picture, ...]
    notes: tuple[str, ...]


def clean_article_html(html: str, base_url: str, *, language: str = "") -> CleanHtml:
    """Return the body of an article with nothing in it but words, pictures and links.

    Addresses become absolute against `base_url`; `language` chooses the words of links
    that replace players (ru, kk, otherwise English). Cleaning what is clean changes
    nothing. Raises ArticleError when the body is longer than MAX_LENGTH.
    """
    text = _within_length(html)
    notes: dict[str, int] = {}
    plain = ""
    for _ in range(MAX_PASSES):
        reader = Reader(base_url, language)
        canonical, plain = reader.read(_parse(text))
        notes = {**reader.showing.notes, **notes}
        _refuse_longer(canonical)
        clean = last_word(canonical)
        _refuse_longer(clean)
        if clean == text:
            return CleanHtml(clean, plain, tuple(reader.showing.pictures), _told(notes))
        text = clean
    # Markup that reads differently every time says nothing that could be relied on.
    notes["markup that cannot be read reliably removed"] = 1
    return CleanHtml(_paragraphs(plain), plain, (), _told(notes))


def _within_length(html: str) -> str:
    if len(html) > MAX_LENGTH:
        html = _EMBEDDED_DATA.sub("", html)
    _refuse_longer(html)
    return legal(html)


def _refuse_longer(html: str) -> None:
    if len(html) > MAX_LENGTH:
        msg = (
            f"the body has {len(html)} characters, more than the {MAX_LENGTH} that are "
            "taken in; shorten it or put its data behind links"
        )
        raise ArticleError(msg)


def _parse(html: str) -> _Element:
    """Parse a body as browsers would, leniently and within bounds."""
    # The parser's own tree takes quadratic time for very many attributes.
    if len(html) <= MANY_ATTRIBUTES_FIT:
        parser = etree.HTMLParser(remove_comments=True, remove_pis=True)
        root = etree.fromstring(f"<div>{html}</div>", parser)
        limit = etree.ErrorTypes.ERR_RESOURCE_LIMIT
        if all(error.type != limit for error in parser.error_log):
            return root
    # The parser asks a target which methods it has; its type demands all of them.
    target: Any = _BoundedTree()
    bounded = etree.HTMLParser(target=target, huge_tree=True)
    tree: _Element = etree.fromstring(f"<div>{html}</div>", bounded)
    return tree


class _BoundedTree:
    """Builds the usual tree, with at most MAX_DEPTH levels and MAX_ATTRIBUTES each.

    Elements beyond are left out, not what is inside them. Unlike the parser's own,
    lxml's builder accepts no odd names and no control characters.
    """

    def __init__(self) -> None:
        self._builder = etree.TreeBuilder()
        self._depth = 0
        self._open: list[str] = []

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth <= MAX_DEPTH:
            few = islice(attrs.items(), MAX_ATTRIBUTES)
            kept = {name: legal(value) for name, value in few if _NAME.fullmatch(name)}
            self._open.append(tag if _NAME.fullmatch(tag) else "span")
            self._builder.start(self._open[-1], kept)

    def data(self, data: str) -> None:
        self._builder.data(legal(data))

    def end(self, tag: str) -> None:  # noqa: ARG002 (the parser's own order holds)
        self._depth -= 1
        if self._depth < MAX_DEPTH:
            self._builder.end(self._open.pop())

    def close(self) -> _Element:
        # Where the parser gives up, it leaves elements open.
        while self._open:
            self._builder.end(self._open.pop())
        return self._builder.close()


def _paragraphs(plain: str) -> str:
    parts = (single_blanks(part).strip() for part in _EMPTY_LINE.split(plain))
    return "\n".join(f"<p>{escape(part, quote=False)}</p>" for part in parts if part)


def _told(notes: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(
        note if count == 1 else f"{note} ({count} times)"
        for note, count in notes.items()
    )
