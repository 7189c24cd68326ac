"""What aggregators say in User-Agent: their name, and for how many readers.

There is no standard. What they write has a number before "subscribers" or "readers",
often a number of the feed in their own books, and a name at the start or in brackets:

    Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher)
    Feedbin feed-id:1373711 - 142 subscribers
    Mozilla/5.0 (compatible; inoreader.com; 37 subscribers)
    Feedfetcher-Google; (+http://www.google.com/feedfetcher.html; 10 subscribers;
        feed-id=1794595805790851116)
"""

import re
from dataclasses import dataclass

__all__ = ["MAX_SUBSCRIBERS", "Aggregator", "aggregator_in"]

MAX_SUBSCRIBERS = 100_000_000
"""More than any newspaper has; larger numbers are nonsense or an attack."""

_MAX_LENGTH = 500
_MAX_NAME = 60
_SUBSCRIBERS = re.compile(
    r"(?<![\w.,-])([0-9]{1,12})\s+(?:subscribers?|readers?)\b"
    r"|\b(?:subscribers?|readers?|users)\s*[:=]?\s*([0-9]{1,12})(?![\w.,])",
    re.IGNORECASE,
)
_FEED = re.compile(r"\bfeed[-_ ]?id\s*[:=]?\s*([\w.-]{1,40})", re.IGNORECASE)
# Words that every browser and robot writes, before the name or instead of it.
_EMPTY_NAMES = {"mozilla", "compatible", "robot", "bot", "like", "linux", "x11"}
_NAME = re.compile(r"[a-z0-9][a-z0-9 ._!-]*", re.IGNORECASE)
_HOST = re.compile(r"(?:www\.)?((?:[a-z0-9-]+\.)+[a-z]{2,})")


@dataclass(frozen=True, slots=True)
class Aggregator:
    """One aggregator's own count of who reads a feed through it.

    `name` is in small letters without a version, so that all its machines and versions
    have the same one. `feed` is the number it gives to what it reads, empty for none:
    two of them at one address are two lists of readers.
    """

    name: str
    feed: str
    subscribers: int


def aggregator_in(user_agent: str) -> Aggregator | None:
    """Return what a User-Agent says of an aggregator; None for a reader of its own.

    Never raises, and takes no longer than the first 500 characters allow.
    """
    text = user_agent[:_MAX_LENGTH]
    found = _SUBSCRIBERS.search(text)
    if found is None:
        return None
    count = int(found[1] or found[2])
    name = _name_in(text)
    if not name or count > MAX_SUBSCRIBERS:
        return None
    feed = _FEED.search(text)
    return Aggregator(name, feed[1].lower() if feed else "", count)


def _name_in(text: str) -> str:
    for part in re.split(r"[/;()+,]|\s-\s|\s(?=feed[-_ ]?id)", text):
        word = part.strip().lower()
        host = _HOST.fullmatch(word)
        if host is not None:
            return host[1][:_MAX_NAME]
        if word in _EMPTY_NAMES or not re.search("[a-z]", word):
            continue
        if _SUBSCRIBERS.search(word) or _FEED.search(word) or "://" in part:
            continue
        name = _NAME.match(word)
        if name is not None:
            return name[0].strip(" .-")[:_MAX_NAME]
    return ""
