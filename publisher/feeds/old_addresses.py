"""Feed addresses of a site that was here before, and where those feeds are now."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from publisher.feeds.addresses import FeedAddresses
from publisher.model.feed import SITE_KEY, FeedFormat
from publisher.model.rubric import RubricTree

__all__ = ["OldAddresses", "OldFeed", "Target"]

PLACEHOLDER = "{rubric}"
_LONGEST = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class OldFeed:
    """An address as it was, with or without a query, and the feed that follows it.

    `{rubric}` in the path stands for a rubric's key, slug or alias, with or without
    the rubrics above it; `rubric_key` is not looked at then.
    """

    path: str
    rubric_key: str = SITE_KEY
    language: str = ""
    format: FeedFormat = FeedFormat.RSS
    is_redirect: bool = True


@dataclass(frozen=True, slots=True)
class Target:
    """The path of a feed of ours, and whether to send clients there."""

    path: str
    is_redirect: bool


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    query: frozenset[tuple[str, str]]
    feed: OldFeed


class OldAddresses:
    """Finds what an old address means; exact addresses win over placeholders.

    Of several with a query that with the most in it wins. A target is the present
    address of a feed, so redirects never form a chain.
    """

    def __init__(self, feeds: Sequence[OldFeed], addresses: FeedAddresses) -> None:
        self._addresses = addresses
        self._names = _names_of(addresses.tree)
        rules = [_rule(feed) for feed in feeds]
        rules.sort(key=lambda rule: (PLACEHOLDER in rule.feed.path, -len(rule.query)))
        self._rules = rules

    def find(self, path: str, query: str) -> Target | None:
        """Return where a request for an old feed leads, or None when it is none."""
        if not self._rules or len(path) > _LONGEST:
            return None
        asked = frozenset(parse_qsl(query[:_LONGEST], keep_blank_values=True))
        for rule in self._rules:
            found = rule.pattern.fullmatch(path) if rule.query <= asked else None
            if found is None:
                continue
            key: str | None = rule.feed.rubric_key
            if PLACEHOLDER in rule.feed.path:
                key = self._names.get(_last(found[1]))
            if key is not None:
                feed = rule.feed
                to = self._addresses.path(key, feed.language, feed.format)
                return Target(to, feed.is_redirect)
        return None


def _rule(feed: OldFeed) -> _Rule:
    path, _, query = feed.path.partition("?")
    before, placeholder, after = path.rstrip("/").partition(PLACEHOLDER)
    pattern = re.escape(before)
    if placeholder:
        pattern += "(.+?)" + re.escape(after)
    return _Rule(
        re.compile(pattern + "/?"),
        frozenset(parse_qsl(query, keep_blank_values=True)),
        feed,
    )


def _last(part: str) -> str:
    return unquote(part).rstrip("/").rpartition("/")[2].casefold()


def _names_of(tree: RubricTree) -> dict[str, str]:
    """Return the key for every name of a rubric; keys win over slugs over aliases."""
    names: dict[str, str] = {}
    for rubric in tree:
        names.setdefault(rubric.key.casefold(), rubric.key)
    for rubric in tree:
        names.setdefault(rubric.slug.casefold(), rubric.key)
    for rubric in tree:
        for alias in rubric.aliases:
            names.setdefault(alias.casefold(), rubric.key)
    return names
