"""What one digest holds: articles grouped by rubric, trimmed, with a strip beside."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256
from typing import Protocol, TypeVar

from publisher.model.article import Article
from publisher.model.rubric import RubricTree

__all__ = ["DigestContent", "Piece", "Section", "group_by_rubric", "trim"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The articles of one rubric, in the order they are printed."""

    rubric_key: str
    name: str
    url: str
    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestContent:
    """Everything the template of a digest shows that is the same for a whole segment.

    `dated` is the slot's local date. `latest` is the strip of headlines from outside
    the reader's rubrics; it never counts as delivered. `more_count` articles did not
    fit and wait behind `more_url`. `is_instant` tells that it comes with every article,
    `is_compact` that it has headlines and a line of each article, and no pictures.
    """

    digest_key: str
    title: str
    language: str
    dated: date
    sections: tuple[Section, ...]
    latest: tuple[Article, ...] = ()
    more_count: int = 0
    more_url: str = ""
    is_instant: bool = False
    is_compact: bool = False

    @property
    def articles(self) -> tuple[Article, ...]:
        """All articles in the order they are printed, without the strip."""
        return tuple(a for section in self.sections for a in section.articles)

    def without(self, article_ids: Collection[int]) -> "DigestContent":
        """Return the digest with some articles left for what is behind `more_url`."""
        sections = tuple(
            replace(section, articles=left)
            for section in self.sections
            if (left := tuple(a for a in section.articles if a.id not in article_ids))
        )
        count = len(self.articles) - sum(len(s.articles) for s in sections)
        return replace(self, sections=sections, more_count=self.more_count + count)


@dataclass(frozen=True)
class Piece:
    """A part of a digest as rendered, in both forms: digests are joins of pieces.

    Equal pieces have equal keys, so each is kept and encoded once, however many
    readers get it.
    """

    text: str
    html: str
    article_id: int = field(default=0, compare=False)
    """The article it shows; 0 for what belongs to none."""

    @cached_property
    def key(self) -> str:
        """The name of the piece, made of its content."""
        content = f"{self.text}\0{self.html}".encode("utf-8", "replace")
        return sha256(content).hexdigest()


class Dated(Protocol):
    """An article, or what is known of it, with its id and time."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def published_at(self) -> datetime:
        """When it came out."""
        ...


D = TypeVar("D", bound=Dated)


def trim(articles: Sequence[D], limit: int) -> tuple[tuple[D, ...], int]:
    """Return the newest `limit` articles and how many are left out."""
    newest = sorted(articles, key=lambda a: (a.published_at, a.id), reverse=True)
    return tuple(newest[:limit]), max(0, len(newest) - limit)


def group_by_rubric(
    articles: Iterable[Article],
    tree: RubricTree,
    chosen: frozenset[str],
    language: str,
    site_url: str,
) -> tuple[Section, ...]:
    """Put each article under one rubric: its first that the reader chose.

    Sections follow the tree; articles are newest first. An article filed under several
    chosen rubrics is printed once.
    """
    placed: dict[str, list[Article]] = {}
    for article in articles:
        key = next((k for k in article.rubric_keys if k in chosen), None)
        if key is not None:
            placed.setdefault(key, []).append(article)
    return tuple(
        Section(
            rubric_key=rubric.key,
            name=rubric.name(language),
            url=f"{site_url}/rubrics/{tree.path(rubric.key)}",
            articles=tuple(
                sorted(
                    placed[rubric.key],
                    key=lambda a: (a.published_at, a.id),
                    reverse=True,
                )
            ),
        )
        for _, rubric in tree.walk()
        if rubric.key in placed
    )
