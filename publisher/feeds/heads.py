"""What a feed says about itself, from the tree of rubrics and the facts of the site."""

from dataclasses import dataclass, replace
from datetime import datetime

from publisher.feeds.addresses import FeedAddresses, ascii_url
from publisher.model.feed import (
    SITE_KEY,
    VARIANTS,
    Feed,
    FeedFormat,
    FeedHead,
    FeedKind,
    SiteFacts,
    Tombstone,
)
from publisher.model.identity import feed_uid

__all__ = ["History", "head_of", "home_url"]

FEED_STYLE = "/static/feed.css"
"""Shows a feed in a browser as a page; feed readers pass it over."""


def home_url(
    addresses: FeedAddresses, rubric_key: str, facts: SiteFacts, language: str = ""
) -> str:
    """Return the page that shows people what a feed shows.

    For the whole site it is the newspaper's own, for a rubric our page of it: how the
    newspaper's site addresses its sections is not known here.
    """
    if rubric_key == SITE_KEY:
        page = f"{facts.url}/"
    else:
        path = addresses.tree.path(rubric_key)
        page = f"{facts.base_url}/{language or facts.languages[0]}/rubrics/{path}"
    return ascii_url(page) or page


@dataclass(frozen=True, slots=True)
class History:
    """Where a feed's history goes on, and what was withdrawn from it lately.

    `before` and `after` are months (RFC 5005), empty for none.
    """

    before: str = ""
    after: str = ""
    tombstones: tuple[Tombstone, ...] = ()


def head_of(
    feed: Feed,
    addresses: FeedAddresses,
    facts: SiteFacts,
    updated_at: datetime,
    *,
    subject: str = "",
    history: History | None = None,
) -> FeedHead:
    """Return the head of a feed; `updated_at` comes from `latest_moment`.

    `subject` is the name of an author or tag.
    """
    key, language = feed.rubric_key, feed.language
    site_title = facts.title(language)
    label = addresses.tree.label(key, language) if key else subject
    title = f"{label} — {site_title}" if label else site_title
    history = history or History()
    return FeedHead(
        uid=feed_uid(facts.authority, facts.since, replace(feed, month="").key),
        title=title,
        description=facts.description(language) or title,
        language=language,
        home_url=home_url(addresses, key, facts, language),
        urls=addresses.urls_of(feed),
        style_url=facts.base_url + FEED_STYLE,
        updated_at=updated_at,
        site_title=site_title,
        site_url=ascii_url(facts.url) or facts.url,
        rights=facts.rights_line(language),
        icon_url=ascii_url(facts.icon_url) or "",
        logo_url=ascii_url(facts.logo_url) or "",
        ttl=facts.ttl,
        hub_urls=() if feed.month else facts.hub_urls,
        alternates=_in_other_languages(feed, addresses, facts),
        variants={
            other: addresses.urls_of(replace(feed, variant=other))
            for other in VARIANTS
            if other is not feed.variant
        },
        prev_archives=_archive(feed, addresses, history.before),
        next_archives=_archive(feed, addresses, history.after),
        currents=addresses.urls_of(replace(feed, month="")) if feed.month else {},
        tombstones=history.tombstones,
    )


def _archive(feed: Feed, addresses: FeedAddresses, month: str) -> dict[FeedFormat, str]:
    return addresses.urls_of(replace(feed, month=month)) if month else {}


def _in_other_languages(
    feed: Feed, addresses: FeedAddresses, facts: SiteFacts
) -> dict[str, dict[FeedFormat, str]]:
    """Return the same feed in other languages, where it is sure to be.

    An author or a tag may have nothing in another language, and so may a month.
    """
    if feed.month or feed.kind not in {FeedKind.RUBRIC, FeedKind.ONLY}:
        return {}
    return {
        other: addresses.urls_of(replace(feed, language=other))
        for other in facts.languages
        if other != feed.language
    }
