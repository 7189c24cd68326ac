"""What a channel says, one function for each thing."""

from urllib.parse import urlsplit

from lxml.etree import SubElement, _Element

from publisher.feeds.addresses import ascii_url
from publisher.feeds.characters import clean_line
from publisher.feeds.dialects.namespaces import ATOM, SNF, YANDEX, markup, text
from publisher.feeds.feedgen_door import GENERATOR
from publisher.feeds.markup import rss_date
from publisher.model.feed import FeedFormat, FeedHead

__all__ = [
    "built_date",
    "copyright_line",
    "description",
    "generator",
    "hubs",
    "language",
    "own_address",
    "page",
    "published_date",
    "short_description",
    "smartnews_logo",
    "time_to_live",
    "title",
    "yandex_logos",
]

SHORT = 30
"""Most characters of a channel's description for SmartNews."""

_RASTER = (".png", ".jpg", ".jpeg", ".gif")


def title(channel: _Element, head: FeedHead, address: str) -> None:
    """Name the feed."""
    del address
    text(channel, "title", clean_line(head.title))


def page(channel: _Element, head: FeedHead, address: str) -> None:
    """Link to the page for people."""
    del address
    markup(channel, "link", head.home_url)


def description(channel: _Element, head: FeedHead, address: str) -> None:
    """Describe the feed in a sentence."""
    del address
    text(channel, "description", clean_line(head.description or head.title))


def short_description(channel: _Element, head: FeedHead, address: str) -> None:
    """Describe the feed in at most 30 characters, cut at a word."""
    del address
    line = clean_line(head.description or head.title)
    if len(line) > SHORT:
        at_word, _, _ = line[:SHORT].rpartition(" ")
        line = (at_word or line[: SHORT - 1]).rstrip(" ,;:–—-") + "…"
    text(channel, "description", line)


def language(channel: _Element, head: FeedHead, address: str) -> None:
    """Name the language, where the feed has one."""
    del address
    if head.language:
        text(channel, "language", head.language)


def copyright_line(channel: _Element, head: FeedHead, address: str) -> None:
    """Print the rights line, where there is one."""
    del address
    if head.rights:
        text(channel, "copyright", clean_line(head.rights))


def published_date(channel: _Element, head: FeedHead, address: str) -> None:
    """Date the feed by its newest change."""
    del address
    text(channel, "pubDate", rss_date(head.updated_at))


def built_date(channel: _Element, head: FeedHead, address: str) -> None:
    """Date the last change; it never comes from the clock."""
    del address
    text(channel, "lastBuildDate", rss_date(head.updated_at))


def generator(channel: _Element, head: FeedHead, address: str) -> None:
    """Name the program."""
    del head, address
    text(channel, "generator", GENERATOR)


def time_to_live(channel: _Element, head: FeedHead, address: str) -> None:
    """Tell the minutes until the next look."""
    del address
    text(channel, "ttl", str(max(1, int(head.ttl.total_seconds() // 60))))


def own_address(channel: _Element, head: FeedHead, address: str) -> None:
    """Link to this very document."""
    del head
    SubElement(
        channel,
        f"{{{ATOM}}}link",
        {"rel": "self", "type": FeedFormat.RSS.link_type, "href": address},
    )


def hubs(channel: _Element, head: FeedHead, address: str) -> None:
    """Name the hubs that push the feed (WebSub)."""
    del address
    for hub in head.hub_urls:
        SubElement(channel, f"{{{ATOM}}}link", {"rel": "hub", "href": hub})


def smartnews_logo(channel: _Element, head: FeedHead, address: str) -> None:
    """Show the logo that stands above articles."""
    del address
    url = _raster(head.logo_url)
    if url:
        logo = SubElement(channel, f"{{{SNF}}}logo")
        markup(logo, "url", url)


def yandex_logos(channel: _Element, head: FeedHead, address: str) -> None:
    """Show the logo, and the icon as the square one."""
    del address
    logo, icon = _raster(head.logo_url), _raster(head.icon_url)
    if logo:
        markup(channel, f"{{{YANDEX}}}logo", logo)
    if icon:
        markup(channel, f"{{{YANDEX}}}logo", icon, type="square")


def _raster(url: str) -> str:
    found = ascii_url(url) or ""
    return found if urlsplit(found).path.lower().endswith(_RASTER) else ""
