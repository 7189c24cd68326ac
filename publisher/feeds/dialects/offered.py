"""Which dialects are switched on, and the feed that stands behind each of them."""

from collections.abc import Callable
from dataclasses import dataclass

from publisher.feeds.addresses import PREFIX, FeedAddresses
from publisher.feeds.dialects.publishing import (
    SITEMAP_PATH,
    DialectDocument,
    find_dialect,
)
from publisher.model.feed import SITE_KEY, FeedFormat

__all__ = ["Make", "Offered"]

ENDING = ".xml"
_RSS = f".{FeedFormat.RSS.value}"

Make = Callable[[str], DialectDocument | None]
"""Return the document at a path; blocks; raises RubricError where it is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The dialects of the newspaper; `switched_on` are their keys.

    A dialect follows the RSS of its feed, the sitemap that of the site.
    """

    addresses: FeedAddresses
    switched_on: frozenset[str] = frozenset()
    has_sitemap: bool = False

    def feed_behind(self, path: str) -> str | None:
        """Return the path of the RSS behind a dialect's; None where there is none."""
        if not (path.startswith(PREFIX) and path.endswith(ENDING)):
            return None
        if path == SITEMAP_PATH:
            return self._site if self.has_sitemap else None
        found = find_dialect(path, self.addresses)
        if found is None or found.dialect.key not in self.switched_on:
            return None
        return self.addresses.path(found.rubric_key, found.language, FeedFormat.RSS)

    def made_of(self, path: str) -> list[str]:
        """Return the paths of all dialects of the RSS at a path, in a fixed order."""
        found = self.addresses.find(path)
        if found is None or not found.feed.is_main or found.format != FeedFormat.RSS:
            return []
        stem = path.removesuffix(_RSS)
        paths = [f"{stem}.{key}{ENDING}" for key in sorted(self.switched_on)]
        if self.has_sitemap and path == self._site:
            paths.append(SITEMAP_PATH)
        return paths

    @property
    def _site(self) -> str:
        return self.addresses.path(SITE_KEY, "", FeedFormat.RSS)
