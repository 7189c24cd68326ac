"""Addresses of feeds, and addresses from outside made safe to print in any format."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from publisher.feeds.characters import clean
from publisher.model.feed import SITE_KEY, Feed, FeedFormat
from publisher.model.rubric import RubricTree

__all__ = ["PREFIX", "FeedAddress", "FeedAddresses", "ascii_url"]

PREFIX = "/feeds/"

# The common case, answered without parsing.
_ALREADY_GOOD = re.compile(
    r"https?://[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*(?::[0-9]{1,5})?"
    r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)
_SAFE = "/:@!$&'()*+,;=~%"
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def ascii_url(address: str) -> str | None:
    """Return an absolute http(s) address in ASCII, or None when it is not one.

    Hosts are written in punycode, everything else percent-encoded as UTF-8 (RFC 3987
    section 3.1): RSS takes no other addresses. Names and passwords are left out.
    """
    if _ALREADY_GOOD.fullmatch(address):
        return address
    if not address:
        return None
    try:
        parts = urlsplit(clean(address).strip())
        host = _ascii_host(parts)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    return urlunsplit(
        (
            parts.scheme,
            host,
            _encoded(parts.path),
            _encoded(parts.query, also="?"),
            _encoded(parts.fragment, also="?"),
        )
    )


def _ascii_host(parts: SplitResult) -> str:
    name = parts.hostname or ""
    if ":" in name:
        host = f"[{name}]"
    else:
        host = name.encode("idna").decode("ascii")
        if re.search(r"[^a-z0-9._-]", host):
            return ""
    return host if parts.port is None else f"{host}:{parts.port}"


def _encoded(text: str, also: str = "") -> str:
    return quote(_STRAY_PERCENT.sub("%25", text), safe=_SAFE + also)


@dataclass(frozen=True, slots=True)
class FeedAddress:
    """What an address below `/feeds/` asks for; empty key and language as in Feed."""

    rubric_key: str
    language: str
    format: FeedFormat


@dataclass(frozen=True)
class FeedAddresses:
    """The addresses of every feed there can be, and the way back from address to feed.

    `base_url` has no slash at its end.
    """

    base_url: str
    tree: RubricTree
    languages: tuple[str, ...]
    _feeds: dict[str, tuple[str, str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        feeds: dict[str, tuple[str, str]] = {}
        for stem, feed in self._each():
            # The whole site comes first: a rubric called `latest` cannot hide it.
            feeds.setdefault(stem, feed)
        object.__setattr__(self, "_feeds", feeds)

    def _each(self) -> Iterator[tuple[str, tuple[str, str]]]:
        for key in (SITE_KEY, *(rubric.key for rubric in self.tree)):
            for language in ("", *self.languages):
                yield self._stem(key, language), (key, language)

    def _stem(self, rubric_key: str, language: str) -> str:
        feed = Feed(id=0, rubric_key=rubric_key, language=language)
        return feed.path(self.tree.path(rubric_key) if rubric_key else "")

    def is_open(self, feed: Feed) -> bool:
        """Tell whether a feed can be subscribed to.

        Its rubric is neither gone nor closed, its language still the newspaper's.
        """
        key = feed.rubric_key
        if key != SITE_KEY and (key not in self.tree or self.tree.get(key).is_closed):
            return False
        return feed.language in ("", *self.languages)

    def path(self, rubric_key: str, language: str, form: FeedFormat) -> str:
        """Return `/feeds/novosti/politika.kk.rss`, percent-encoded."""
        stem = quote(self._stem(rubric_key, language), safe="/")
        return f"{PREFIX}{stem}.{form.value}"

    def url(self, rubric_key: str, language: str, form: FeedFormat) -> str:
        """Return the absolute address of a feed's document."""
        return self.base_url + self.path(rubric_key, language, form)

    def urls(self, rubric_key: str, language: str) -> dict[FeedFormat, str]:
        """Return the absolute address of a feed in every format."""
        return {form: self.url(rubric_key, language, form) for form in FeedFormat}

    def find(self, path: str) -> FeedAddress | None:
        """Return what a path asks for, or None when there is no such feed.

        The path may be percent-encoded or not; it has no query.
        """
        if not path.startswith(PREFIX):
            return None
        stem, dot, ending = unquote(path.removeprefix(PREFIX)).rpartition(".")
        if not dot or ending not in set(FeedFormat) or stem not in self._feeds:
            return None
        return FeedAddress(*self._feeds[stem], FeedFormat(ending))
