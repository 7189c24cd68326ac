"""What a feed is: its scope, its window, its formats; no bytes here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import product

from publisher.model.rubric import RubricTree

__all__ = [
    "FORMATS",
    "SITE_KEY",
    "SITE_PATH",
    "VARIANTS",
    "Feed",
    "FeedFormat",
    "FeedHead",
    "FeedKind",
    "SiteFacts",
    "Tombstone",
    "Variant",
    "archives_of",
    "comments_feed",
    "feeds_showing",
    "latest_moment",
    "standing_feeds",
]

SITE_KEY = ""
SITE_PATH = "latest"


class FeedFormat(StrEnum):
    """A format a feed is published in; the value is also the file name's ending."""

    RSS = "rss"
    ATOM = "atom"
    JSON = "json"

    @property
    def media_type(self) -> str:
        """The Content-Type a document of this format is served with."""
        return {
            FeedFormat.RSS: "application/rss+xml; charset=utf-8",
            FeedFormat.ATOM: "application/atom+xml; charset=utf-8",
            FeedFormat.JSON: "application/feed+json",
        }[self]

    @property
    def link_type(self) -> str:
        """The media type that links to a document of this format name."""
        return self.media_type.partition(";")[0]


FORMATS = tuple(FeedFormat)


class FeedKind(StrEnum):
    """What a feed is of; the value is a part of the feed's key."""

    RUBRIC = "rubric"
    """A rubric and everything below it, or the whole site."""
    ONLY = "only"
    """A rubric alone, without what is below it."""
    AUTHOR = "author"
    TAG = "tag"
    COMMENTS = "comments"
    """What readers said about one article, or about all of them."""


class Variant(StrEnum):
    """How much of each article a feed carries."""

    FULL = "full"
    SHORT = "short"
    """The lead and the picture, without the text."""


VARIANTS = tuple(Variant)

_PLACES = {
    FeedKind.AUTHOR: "authors",
    FeedKind.TAG: "tags",
    FeedKind.COMMENTS: "comments",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed: of what, in one language or in all, in full or short.

    `rubric_key` is empty for the whole site and where the kind needs none, `language`
    for all languages. `subject` is the slug of an author or tag, or the number of the
    article that comments are about, empty for all comments. `month` makes it an archive
    (RFC 5005): `2026-03`.
    """

    id: int
    rubric_key: str = SITE_KEY
    language: str = ""
    kind: FeedKind = FeedKind.RUBRIC
    subject: str = ""
    variant: Variant = Variant.FULL
    month: str = ""

    @property
    def key(self) -> str:
        """A name that survives moves: `politika.ru`, `tag:most~short`, or empty."""
        name = self.rubric_key
        if self.kind is not FeedKind.RUBRIC:
            name = f"{self.kind.value}:{self.subject or self.rubric_key}"
        if self.language:
            name += f".{self.language}"
        if self.variant is not Variant.FULL:
            name += f"~{self.variant.value}"
        return f"{name}~{self.month}" if self.month else name

    @property
    def is_main(self) -> bool:
        """Whether it is a rubric's or the whole site's in full, not an archive."""
        is_full = self.variant is Variant.FULL and not self.month
        return is_full and self.kind is FeedKind.RUBRIC

    def path(self, rubric_path: str) -> str:
        """Return the address below `/feeds/` without format: `novosti/politika.kk`."""
        place = _PLACES.get(self.kind)
        named = f"{place}/{self.subject or SITE_PATH}"
        stem = named if place else rubric_path or SITE_PATH
        if self.kind is FeedKind.ONLY:
            stem += "/only"
        if self.variant is not Variant.FULL:
            stem += f"/{self.variant.value}"
        if self.month:
            stem += f"/archive/{self.month}"
        return f"{stem}.{self.language}" if self.language else stem


def comments_feed(article_id: int | None = None) -> Feed:
    """Return the feed of what readers said about an article, or about all of them."""
    subject = "" if article_id is None else str(article_id)
    return Feed(id=0, kind=FeedKind.COMMENTS, subject=subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """What is true of the whole site and shows in its feeds and their articles.

    Texts are given per language, or under the empty language for all of them. `url` is
    the newspaper's own site, `base_url` the public address of this service, both
    without a slash at the end. `authority` and `since` go into permanent ids.
    """

    titles: Mapping[str, str]
    url: str
    base_url: str
    languages: tuple[str, ...]
    authority: str
    since: date
    descriptions: Mapping[str, str] = field(default_factory=dict)
    rights: Mapping[str, str] = field(default_factory=dict)
    icon_url: str = ""
    logo_url: str = ""
    ttl: timedelta = timedelta(minutes=5)
    hub_urls: tuple[str, ...] = ()

    def title(self, language: str) -> str:
        """Return the newspaper's name in a language, or the next best one."""
        return _in_language(self.titles, language)

    def description(self, language: str) -> str:
        """Return the sentence about the newspaper, empty when there is none."""
        return _in_language(self.descriptions, language)

    def rights_line(self, language: str) -> str:
        """Return the rights line of what brings none of its own."""
        return _in_language(self.rights, language)

    @property
    def rubrics_url(self) -> str:
        """The address that names our way of filing articles; rubrics lie below it."""
        return f"{self.url}/rubrics"


def _in_language(texts: Mapping[str, str], language: str) -> str:
    return (
        texts.get(language)
        or texts.get("")
        or next((t for t in texts.values() if t), "")
    )


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The permanent id of an article that was withdrawn, and when (RFC 6721)."""

    uid: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHead:
    """Everything a document says about the feed itself.

    `urls` maps each format to the feed's own absolute address; `alternates` maps a
    language to the addresses of the same feed in that language, `variants` the other
    variant to those of the same feed in it. `prev_archives`, `next_archives` and
    `currents` map a format to the archive before and after this document and to the
    feed it is an archive of (RFC 5005). `updated_at` comes from articles and removals,
    never from the clock (law 2).
    """

    uid: str
    title: str
    description: str
    language: str
    home_url: str
    urls: Mapping[FeedFormat, str]
    updated_at: datetime
    site_title: str
    site_url: str
    rights: str = ""
    icon_url: str = ""
    logo_url: str = ""
    style_url: str = ""
    ttl: timedelta = timedelta(minutes=5)
    hub_urls: tuple[str, ...] = ()
    alternates: Mapping[str, Mapping[FeedFormat, str]] = field(default_factory=dict)
    variants: Mapping[Variant, Mapping[FeedFormat, str]] = field(default_factory=dict)
    prev_archives: Mapping[FeedFormat, str] = field(default_factory=dict)
    next_archives: Mapping[FeedFormat, str] = field(default_factory=dict)
    currents: Mapping[FeedFormat, str] = field(default_factory=dict)
    tombstones: tuple[Tombstone, ...] = ()


def latest_moment(updates: Sequence[datetime], touched_at: datetime) -> datetime:
    """Return a feed's `updated`: newest article update, removal or change of name."""
    return max([*updates, touched_at])


def standing_feeds(tree: RubricTree, languages: Iterable[str]) -> Iterator[Feed]:
    """Yield the feeds that are there from the start; others are made when asked for.

    Of the whole site and every rubric, and of a rubric alone where it has others below,
    each in all languages and in each, in full and short.
    """
    places = [(SITE_KEY, FeedKind.RUBRIC), *((r.key, FeedKind.RUBRIC) for r in tree)]
    places += [(r.key, FeedKind.ONLY) for r in tree if tree.children(r.key)]
    for (key, kind), language in product(places, ("", *languages)):
        for variant in VARIANTS:
            yield Feed(
                id=0, rubric_key=key, language=language, kind=kind, variant=variant
            )


def feeds_showing(
    tree: RubricTree,
    rubric_keys: Iterable[str],
    language: str,
    subjects: Iterable[str] = (),
) -> set[str]:
    """Return the keys of every feed that an article filed so may appear in (law 3).

    `subjects` are its authors and tags as `author:satpaeva`. Archives are left out.
    """
    filed = list(rubric_keys)
    names = {SITE_KEY, *(r.key for key in filed for r in tree.lineage(key)), *subjects}
    names |= {f"{FeedKind.ONLY.value}:{key}" for key in filed}
    endings = [f"{of}{variant}" for of in ("", f".{language}") for variant in _ENDINGS]
    return {name + ending for name in names for ending in endings}


_ENDINGS = ("", f"~{Variant.SHORT.value}")


def archives_of(keys: Iterable[str], months: Iterable[str]) -> set[str]:
    """Return the keys of the archives that feeds have of some months."""
    months = tuple(months)
    return {f"{key}~{month}" for key in keys for month in months}
