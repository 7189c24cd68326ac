"""What a feed is: its scope, its window, its formats; no bytes here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from publisher.model.rubric import RubricTree

__all__ = [
    "FORMATS",
    "SITE_KEY",
    "SITE_PATH",
    "Feed",
    "FeedFormat",
    "FeedHead",
    "SiteFacts",
    "Window",
    "feeds_showing",
    "latest_moment",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed: a rubric's subtree or the whole site, in one language or in all.

    `rubric_key` is empty for the whole site, `language` is empty for all languages.
    """

    id: int
    rubric_key: str
    language: str

    @property
    def key(self) -> str:
        """A name that survives moves: `politika.ru`, `politika`, `.ru`, or empty."""
        return (
            f"{self.rubric_key}.{self.language}" if self.language else self.rubric_key
        )

    def path(self, rubric_path: str) -> str:
        """Return the address below `/feeds/` without format: `novosti/politika.kk`."""
        stem = rubric_path or SITE_PATH
        return f"{stem}.{self.language}" if self.language else stem


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHead:
    """Everything a document says about the feed itself.

    `urls` maps each format to the feed's own absolute address; `alternates` maps a
    language to the addresses of the same feed in that language; `prev_archives` maps
    a format to the archive before this document (RFC 5005). `updated_at` comes from
    articles and removals, never from the clock (law 2).
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
    ttl: timedelta = timedelta(minutes=5)
    hub_urls: tuple[str, ...] = ()
    alternates: Mapping[str, Mapping[FeedFormat, str]] = field(default_factory=dict)
    prev_archives: Mapping[FeedFormat, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Window:
    """At least `items` articles and at least `span`, but never more than `limit`."""

    items: int = 50
    span: timedelta = timedelta(hours=48)
    limit: int = 200

    def count(self, published: Sequence[datetime]) -> int:
        """Return how many of the articles, given newest first, are in the window.

        The span is measured from the newest article, not from the clock, so the same
        articles always give the same document (law 2).
        """
        if not published:
            return 0
        recent = sum(1 for at in published if at >= published[0] - self.span)
        return min(max(self.items, recent), self.limit, len(published))


def latest_moment(updates: Sequence[datetime], touched_at: datetime) -> datetime:
    """Return a feed's `updated`: newest article update, removal or change of name."""
    return max([*updates, touched_at])


def feeds_showing(
    tree: RubricTree, rubric_keys: Iterable[str], language: str
) -> set[str]:
    """Return the keys of every feed that an article filed so may appear in (law 3)."""
    rubrics = {r.key for key in rubric_keys for r in tree.lineage(key)}
    return {
        key + ending for key in [SITE_KEY, *rubrics] for ending in ("", f".{language}")
    }
