"""Google News: RSS with full texts; `sitemap` writes the news sitemap beside it."""

from publisher.feeds.dialects import channel_parts as channel
from publisher.feeds.dialects import checks_of_texts as texts
from publisher.feeds.dialects import item_parts as item
from publisher.feeds.dialects.dialect import Dialect, Limits, Rule
from publisher.feeds.dialects.namespaces import ATOM, CONTENT, DC, DCTERMS, MEDIA
from publisher.feeds.dialects.shared_rules import (
    CODED_LANGUAGE,
    NOT_IN_FUTURE,
    TITLED,
    one_page_each,
    own_page,
    with_text,
)

__all__ = ["GOOGLE_NEWS"]

HELP = "Google Publisher Center, RSS and Atom feeds"
SITEMAP = "Google Search Central, news sitemaps"
MEGABYTE = 1_000_000

GOOGLE_NEWS = Dialect(
    key="google-news",
    name="Google News",
    limits=Limits(items=60, size=2 * MEGABYTE),
    namespaces={
        "atom": ATOM,
        "content": CONTENT,
        "dc": DC,
        "dcterms": DCTERMS,
        "media": MEDIA,
    },
    channel=(
        channel.title,
        channel.page,
        channel.description,
        channel.language,
        channel.built_date,
        channel.own_address,
        channel.hubs,
    ),
    item=(
        item.title,
        item.page,
        item.guid,
        item.description,
        item.content,
        item.published,
        item.modified,
        item.bylines,
        item.rubrics,
        item.rights,
        item.lead_media,
    ),
    rules=(
        TITLED,
        with_text(HELP),
        NOT_IN_FUTURE,
        CODED_LANGUAGE,
        own_page(SITEMAP),
        one_page_each(HELP),
        Rule(
            id="content-heavy",
            where="body",
            demands="articles of at most 1 MB",
            check=texts.content_over(MEGABYTE),
            remedy="divide the article, or take embedded pictures out of its text",
            source=HELP,
        ),
    ),
)
