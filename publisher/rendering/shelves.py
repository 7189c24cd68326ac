"""Pieces that were rendered, kept by what they depend on."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from threading import Lock
from typing import TypeAlias

from publisher.model.article import Article
from publisher.model.content import DigestContent, Piece
from publisher.rendering.letterhead import Personal, Site, harmless
from publisher.rendering.mosaic import Measure, Wanted, wanted_pieces

__all__ = ["Kept", "Run", "Setting", "Shelves"]

MOST_KEPT = 4_000
"""Pieces in memory, about 8 KB each."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What all pieces of an edition in one language depend on."""

    folder: str
    is_compact: bool
    digest_key: str
    title: str
    language: str
    dated: date
    more_url: str
    site: Site
    personal: Personal
    version: int


@dataclass(slots=True)
class Kept:
    """A piece, or an article made harmless, with the article it was made of."""

    source: Article | None
    result: Piece | Article


Shelf: TypeAlias = dict[tuple[object, ...], Kept]


class Shelves:
    """The pieces of the last editions; any number of threads may ask at once."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._shelves: OrderedDict[Setting, Shelf] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return sum(map(len, self._shelves.values()))

    def of(self, setting: Setting) -> Shelf:
        """Return the pieces of an edition; those used longest ago make room."""
        with self._lock:
            if len(self) > self._most:
                # All at once: what is left of an edition would be of little use.
                self._shelves.pop(setting, None)
            while len(self) > self._most:
                self._shelves.popitem(last=False)
            shelf = self._shelves.setdefault(setting, {})
            self._shelves.move_to_end(setting)
            return shelf


@dataclass(frozen=True)
class Run:
    """One digest on its way to being assembled."""

    content: DigestContent
    setting: Setting
    measure: Measure
    shelf: Shelf

    @cached_property
    def wanted(self) -> list[Wanted]:
        return wanted_pieces(self.content, self.measure)

    def has(self, want: Wanted) -> bool:
        """Tell whether a piece is there, made of the article as it is now."""
        kept = self.shelf.get(want.key)
        return kept is not None and kept.source == want.article

    def pieces(self) -> tuple[Piece, ...]:
        kept = (self.shelf[want.key].result for want in self.wanted)
        return tuple(piece for piece in kept if isinstance(piece, Piece))

    def harmless(self) -> DigestContent:
        """Return the digest made harmless, its articles taken from the shelf."""
        sections = tuple(
            replace(section, articles=tuple(map(self._article, section.articles)))
            for section in self.content.sections
        )
        bare = harmless(replace(self.content, sections=(), latest=()))
        return replace(bare, sections=sections)

    def _article(self, article: Article) -> Article:
        key = ("article", article.id)
        kept = self.shelf.get(key)
        if kept is not None and kept.source == article:
            result = kept.result
            if isinstance(result, Article):
                return result
        made = harmless(article)
        self.shelf[key] = Kept(article, made)
        return made
