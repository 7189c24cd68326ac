"""Addresses of feeds, and addresses from outside made safe to print in any format."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from publisher.feeds.characters import clean
from publisher.model.feed import (
    SITE_KEY,
    SITE_PATH,
    Feed,
    FeedFormat,
    FeedKind,
    Variant,
)
from publisher.model.rubric import RubricTree

__all__ = ["PREFIX", "FeedAddress", "FeedAddresses", "ascii_url", "read_address"]

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
    """What an address below `/feeds/` asks for; every value as in Feed."""

    rubric_key: str
    language: str
    format: FeedFormat
    kind: FeedKind = FeedKind.RUBRIC
    subject: str = ""
    variant: Variant = Variant.FULL
    month: str = ""

    @property
    def feed(self) -> Feed:
        """The feed that is asked for."""
        return Feed(
            id=0,
            rubric_key=self.rubric_key,
            language=self.language,
            kind=self.kind,
            subject=self.subject,
            variant=self.variant,
            month=self.month,
        )


_ENDINGS = frozenset(FeedFormat)
_STEM = re.compile(
    r"(.+?)(/only)?(/short)?(?:/archive/([0-9]{4}-(?:0[1-9]|1[0-2])))?", re.DOTALL
)
_NAMED = re.compile(
    r"(?:(authors)|(tags))/([a-z0-9]+(?:-[a-z0-9]+)*)|comments/([1-9][0-9]{0,17}|latest)"
)
_LONGEST_SUBJECT = 80


def read_address(path: str, languages: Collection[str]) -> FeedAddress | None:
    """Return what a path asks for, whether there is such a feed or not.

    The path of a rubric stands in place of its key. None is what no feed ever had.
    """
    if not path.startswith(PREFIX):
        return None
    stem, dot, ending = unquote(path.removeprefix(PREFIX)).rpartition(".")
    if not dot or ending not in _ENDINGS:
        return None
    before, dot, language = stem.rpartition(".")
    if dot and language in languages:
        stem = before
    else:
        language = ""
    parts = _STEM.fullmatch(stem)
    if parts is None:
        return None
    base, only, short, month = parts.groups()
    named = _NAMED.fullmatch(base)
    found = FeedAddress(
        rubric_key="" if named else base,
        language=language,
        format=FeedFormat(ending),
        kind=FeedKind.ONLY if only else FeedKind.RUBRIC,
        variant=Variant.SHORT if short else Variant.FULL,
        month=month or "",
    )
    if named is not None:
        return _of_subject(found, named)
    if base == SITE_PATH:
        return None if only else replace(found, rubric_key=SITE_KEY)
    return found


def _of_subject(found: FeedAddress, named: re.Match[str]) -> FeedAddress | None:
    """Return the address of an author, a tag or comments, unless there is no such."""
    author, _, slug, number = named.groups()
    subject = slug or number
    if found.kind is FeedKind.ONLY or len(subject) > _LONGEST_SUBJECT:
        return None
    if number is not None:
        is_plain = not found.language and not found.month
        if not is_plain or found.variant is not Variant.FULL:
            return None
        subject = "" if number == SITE_PATH else number
        return replace(found, kind=FeedKind.COMMENTS, subject=subject)
    kind = FeedKind.AUTHOR if author else FeedKind.TAG
    return replace(found, kind=kind, subject=subject)


@dataclass(frozen=True)
class FeedAddresses:
    """The addresses of every feed there can be, and the way back from address to feed.

    `base_url` has no slash at its end.
    """

    base_url: str
    tree: RubricTree
    languages: tuple[str, ...]
    _keys: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keys: dict[str, str] = {}
        for rubric in self.tree:
            keys.setdefault(self.tree.path(rubric.key), rubric.key)
        object.__setattr__(self, "_keys", keys)

    def is_open(self, feed: Feed) -> bool:
        """Tell whether a feed can be subscribed to.

        Its rubric is neither gone nor closed, its language still the newspaper's.
        """
        key = feed.rubric_key
        if key != SITE_KEY and (key not in self.tree or self.tree.get(key).is_closed):
            return False
        return feed.language in ("", *self.languages)

    def path_of(self, feed: Feed, form: FeedFormat) -> str:
        """Return `/feeds/novosti/politika/short.kk.rss`, percent-encoded."""
        key = feed.rubric_key
        stem = quote(feed.path(self.tree.path(key) if key else ""), safe="/")
        return f"{PREFIX}{stem}.{form.value}"

    def urls_of(self, feed: Feed) -> dict[FeedFormat, str]:
        """Return the absolute address of a feed in every format."""
        return {form: self.base_url + self.path_of(feed, form) for form in FeedFormat}

    def path(self, rubric_key: str, language: str, form: FeedFormat) -> str:
        """Return the path of a rubric's feed in full: `/feeds/novosti.kk.rss`."""
        return self.path_of(Feed(id=0, rubric_key=rubric_key, language=language), form)

    def url(self, rubric_key: str, language: str, form: FeedFormat) -> str:
        """Return the absolute address of a rubric's feed in full."""
        return self.base_url + self.path(rubric_key, language, form)

    def urls(self, rubric_key: str, language: str) -> dict[FeedFormat, str]:
        """Return the absolute address of a rubric's feed in full, in every format."""
        return self.urls_of(Feed(id=0, rubric_key=rubric_key, language=language))

    def find(self, path: str) -> FeedAddress | None:
        """Return what a path asks for, or None when there can be no such feed.

        The path may be percent-encoded or not; it has no query. Whether an author, a
        tag or an article has this slug or number is known to the store alone.
        """
        found = read_address(path, self.languages)
        if found is None or found.rubric_key == SITE_KEY:
            return found
        key = self._keys.get(found.rubric_key)
        return None if key is None else replace(found, rubric_key=key)
