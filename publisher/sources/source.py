"""What a source of articles is: it shows what changed since the last look."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from publisher.errors import ConfigError
from publisher.model.article import IncomingArticle

__all__ = ["FileGone", "FileReading", "Refusal", "Source", "SourceDefaults"]

MAX_RAW = 64 * 1024
_PLACEHOLDERS = ("site", "language", "slug", "id", "year", "month", "day")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that is no article we can take in; `raw` is what stood there.

    `where` is a path within the source and a line, `articles/most.md:3`; `reason` says
    what is wrong and what to do. `raw` holds at most 64 KB.
    """

    where: str
    reason: str
    raw: str

    def __post_init__(self) -> None:
        whole = self.raw.encode("utf-8", "replace")
        bounded = whole[:MAX_RAW].decode("utf-8", "ignore")
        object.__setattr__(self, "raw", bounded)


@dataclass(frozen=True, slots=True)
class FileReading:
    """A new version of a file. `path` is relative to the source, with slashes.

    A very large file comes in several parts, so that it never stands in memory as a
    whole: all but the last have no fingerprint and `is_last` is false. Only then is it
    known which articles the file holds.
    """

    path: str
    fingerprint: str
    articles: tuple[IncomingArticle, ...]
    refusals: tuple[Refusal, ...]
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class FileGone:
    """A file that was read before is no longer there."""

    path: str


class Source(Protocol):
    """Where articles come from."""

    @property
    def name(self) -> str:
        """The permanent name, which is part of the articles' identity."""
        ...

    def scan(self, known: Mapping[str, str]) -> Iterator[FileReading | FileGone]:
        """Yield what changed, given the fingerprint of every file taken in before.

        What is unchanged is not read. Raises ArticleError when the source as a whole
        cannot be looked at; then nothing is gone.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDefaults:
    """What articles are given that they do not say themselves.

    `zone` holds for times without an offset. `article_url` is the pattern of addresses,
    with {site}, {language}, {slug}, {id}, {year}, {month} and {day}. `pictures_url` is
    the public address of the source's folder. Raises ConfigError for another pattern.
    """

    site_url: str
    zone: ZoneInfo
    language: str
    article_url: str = "{site}/{language}/{slug}"
    pictures_url: str = ""

    def __post_init__(self) -> None:
        try:
            self.article_url.format_map(dict.fromkeys(_PLACEHOLDERS, "1"))
        except (KeyError, ValueError, IndexError, AttributeError) as error:
            names = ", ".join(f"{{{name}}}" for name in _PLACEHOLDERS)
            msg = f'article_url "{self.article_url}" is no pattern; it may hold {names}'
            raise ConfigError([msg]) from error
