"""Which feeds a page points to, so that readers find them: the most relevant first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from publisher.feeds.addresses import FeedAddresses
from publisher.model.feed import SITE_KEY, FeedFormat, SiteFacts, comments_feed

__all__ = ["FeedLink", "comments_links", "discover", "feed_links", "link_header"]

_FORMAT_NAMES = {
    FeedFormat.RSS: "RSS",
    FeedFormat.ATOM: "Atom",
    FeedFormat.JSON: "JSON",
}


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed in one format; `title` tells it from every other feed of the site."""

    url: str
    type: str
    name: str
    title: str


def feed_links(
    addresses: FeedAddresses, facts: SiteFacts, rubric_key: str, language: str
) -> tuple[FeedLink, ...]:
    """Return one feed in every format, RSS first: many programs take the first."""
    title = facts.title(language)
    if rubric_key != SITE_KEY:
        title = f"{addresses.tree.label(rubric_key, language)} — {title}"
    return _in_formats(addresses.urls(rubric_key, language), title)


def comments_links(addresses: FeedAddresses, title: str) -> tuple[FeedLink, ...]:
    """Return the feed of all comments in every format."""
    return _in_formats(addresses.urls_of(comments_feed()), title)


def _in_formats(urls: Mapping[FeedFormat, str], title: str) -> tuple[FeedLink, ...]:
    return tuple(
        FeedLink(
            url=url,
            type=form.link_type,
            name=_FORMAT_NAMES[form],
            title=f"{title} ({_FORMAT_NAMES[form]})",
        )
        for form, url in urls.items()
    )


def discover(
    addresses: FeedAddresses, facts: SiteFacts, rubric_key: str, language: str
) -> tuple[FeedLink, ...]:
    """Return a page's feeds: its rubric, the rubrics above it, the whole site."""
    lineage = addresses.tree.lineage(rubric_key) if rubric_key else ()
    open_keys = [rubric.key for rubric in reversed(lineage) if not rubric.is_closed]
    return tuple(
        link
        for key in (*open_keys, SITE_KEY)
        for link in feed_links(addresses, facts, key, language)
    )


def link_header(links: Sequence[FeedLink]) -> str:
    """Return the same for who reads headers only (RFC 8288).

    Without titles: in Cyrillic they would outgrow the header buffers of proxies.
    """
    return ", ".join(
        f'<{link.url}>; rel="alternate"; type="{link.type}"' for link in links
    )
