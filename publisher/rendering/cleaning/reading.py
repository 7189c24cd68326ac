"""Read a parsed body from beginning to end and tell the flow what it says."""

import re
from collections.abc import Callable
from functools import partial

from lxml import etree
from lxml.etree import _Element

from publisher.rendering.cleaning.addresses import absolute_link
from publisher.rendering.cleaning.attributes import kept_attributes, written
from publisher.rendering.cleaning.characters import legal
from publisher.rendering.cleaning.elements import DROPPED, KINDS, RENAMED, Kind
from publisher.rendering.cleaning.embeds import (
    EMBEDDING,
    Embed,
    find_embed,
    find_notice,
)
from publisher.rendering.cleaning.flow import Flow
from publisher.rendering.cleaning.showing import Showing

__all__ = ["Reader"]

_HIDDEN = re.compile(r"(?:^|;)\s*display\s*:\s*none", re.IGNORECASE)
_WEB_ADDRESS = re.compile(r"\s*https?://\S+\s*")
_PICTURES = frozenset(("img", "amp-img", "image"))
_SHOWN_WITHOUT_SCRIPTS = (*_PICTURES, *EMBEDDING)

_End = Callable[[], None]


class Reader:
    """Reads one body; `showing` has its pictures and notes afterwards."""

    def __init__(self, base_url: str, language: str) -> None:
        self._flow = Flow()
        self._base_url = base_url
        self._language = language
        self.showing = Showing(self._flow, base_url)

    def read(self, root: _Element) -> tuple[str, str]:
        """Return the body as canonical HTML and as plain text."""
        ends: list[_End] = []
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            if event == "end":
                ends.pop()()
                self._text(element.tail)
                continue
            end = self._start(element)
            ends.append(end or _nothing)
            if end is None:
                walk.skip_subtree()
            else:
                self._text(element.text)
        return self._flow.finish()

    def _text(self, text: str | None) -> None:
        if text:
            self._flow.text(legal(text))
            if not text.isspace():
                self.showing.words_follow()

    def _start(self, element: _Element) -> _End | None:
        """Begin an element; return what ends it, None when all of it is skipped."""
        written_tag = str(element.tag)
        tag = RENAMED.get(written_tag, written_tag)
        if element.attrib:
            if self._is_hidden(element, tag):
                self.showing.notes["hidden element removed"] += 1
                return None
            if "class" in element.attrib or "data-telegram-post" in element.attrib:
                embed = find_notice(element, self._base_url, self._language)
                if embed is not None:
                    return self._notice(element, embed)
        if tag in DROPPED:
            self.showing.notes[f"<{tag}> removed"] += 1
            return None
        if tag in KINDS:
            return self._open(element, tag, KINDS[tag])
        return self._special(element, tag)

    def _special(self, element: _Element, tag: str) -> _End | None:
        """Begin an element that is not written as an element with content."""
        if tag == "br":
            self._flow.line_break()
        elif tag == "hr":
            self._flow.rule()
        elif tag == "img":
            self.showing.picture(element)
        elif tag in EMBEDDING:
            return self._embed(element, tag)
        elif tag == "noscript" and not self._is_fallback(element):
            return None
        return _nothing

    def _open(self, element: _Element, tag: str, kind: Kind) -> _End | None:
        attributes = kept_attributes(tag, element) if element.attrib else ""
        if tag == "a":
            address = self._link(element)
            if address is None:
                return _nothing
            attributes = written("href", address) + attributes
        elif tag == "span" and not attributes:
            return _nothing
        elif tag == "div":
            if self._is_bare_embed(element):
                return None
            if not attributes:
                kind = Kind.WRAPPER
                tag = "section"
        if self._flow.open(tag, attributes):
            return self._flow.close
        return _nothing if kind is Kind.INLINE else self._flow.part

    def _link(self, element: _Element) -> str | None:
        address = element.get("href")
        if address is None:
            return None
        link = absolute_link(address, self._base_url)
        if link is None and address.strip() not in {"", "#"}:
            self.showing.notes["link with an unusable address removed"] += 1
        return link

    def _embed(self, element: _Element, tag: str) -> _End | None:
        embed = find_embed(element, self._base_url, self._language)
        if embed is not None:
            self.showing.embed(element, embed)
            return None
        if tag == "object" and len(element):
            return _nothing
        self.showing.notes[f"<{tag}> removed"] += 1
        return None

    def _notice(self, element: _Element, embed: Embed) -> _End | None:
        is_worded = any(not str(text).isspace() for text in element.itertext())
        # What stands in Instagram's element is for the time until its script has run.
        is_kept = is_worded and embed.played.place != "Instagram"
        if element.tag == "script" or not is_kept:
            self.showing.embed(element, embed)
            return None
        is_figure = self._flow.open("figure")
        is_quote = element.tag == "blockquote" and self._flow.open("blockquote")
        return partial(self._end_notice, embed, is_figure=is_figure, is_quote=is_quote)

    def _end_notice(self, embed: Embed, *, is_figure: bool, is_quote: bool) -> None:
        if is_quote:
            self._flow.close()
        is_caption = self._flow.open("figcaption")
        self.showing.link(embed)
        if is_caption:
            self._flow.close()
        if is_figure:
            self._flow.close()
        self.showing.notes[f"{embed.played.place}: replaced by a link"] += 1

    def _is_bare_embed(self, element: _Element) -> bool:
        """Show the address that WordPress writes where its editor shows a player."""
        if "wp-block-embed__wrapper" not in element.get("class", "") or len(element):
            return False
        if not _WEB_ADDRESS.fullmatch(element.text or ""):
            return False
        frame = etree.Element("iframe", src=(element.text or "").strip())
        embed = find_embed(frame, self._base_url, self._language)
        if embed is not None:
            self.showing.embed(element, embed)
        return embed is not None

    def _is_fallback(self, element: _Element) -> bool:
        """Whether a noscript element holds what a script has not shown already."""
        if next(element.iter(*_SHOWN_WITHOUT_SCRIPTS), None) is None:
            return False
        return self.showing.is_fallback_needed()

    @staticmethod
    def _is_hidden(element: _Element, tag: str) -> bool:
        if tag in _PICTURES or tag in EMBEDDING:
            return False
        style = element.get("style", "")
        return "hidden" in element.attrib or bool(style and _HIDDEN.search(style))


def _nothing() -> None:
    """Do nothing where an element ends that was not begun."""
