"""The feed of a digest's past editions, in every format, by the machinery of feeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from publisher.feeds.addresses import ascii_url
from publisher.feeds.characters import clean_line
from publisher.feeds.documents import assemble
from publisher.feeds.entries import Entry
from publisher.feeds.fragments import write_entry
from publisher.feeds.heads import FEED_STYLE
from publisher.model.article import Byline
from publisher.model.feed import FeedFormat, FeedHead, SiteFacts
from publisher.model.identity import feed_uid

__all__ = ["EditionEntry", "edition_feed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionEntry:
    """A past edition as its feed shows it; `number` is the edition's own."""

    number: int
    url: str
    title: str
    summary: str
    at: datetime


def edition_feed(  # noqa: PLR0913 (one argument per thing a head says)
    form: FeedFormat,
    editions: Sequence[EditionEntry],
    facts: SiteFacts,
    *,
    digest_key: str,
    title: str,
    language: str,
    home_url: str,
    urls: Mapping[FeedFormat, str],
) -> tuple[bytes, datetime]:
    """Return the document and when what it shows last changed (law 2: no clock)."""
    start = datetime.combine(facts.since, time(), UTC)
    updated_at = max((edition.at for edition in editions), default=start)
    uid = feed_uid(facts.authority, facts.since, f"editions:{digest_key}.{language}")
    head = FeedHead(
        uid=uid,
        title=f"{title} — {facts.title(language)}",
        description=title,
        language=language,
        home_url=home_url,
        urls=urls,
        updated_at=updated_at,
        site_title=facts.title(language),
        site_url=ascii_url(facts.url) or facts.url,
        rights=facts.rights_line(language),
        style_url=facts.base_url + FEED_STYLE,
        ttl=facts.ttl,
    )
    entries = [_entry(edition, uid, facts, language) for edition in editions]
    fragments = [write_entry(entry, form) for entry in entries]
    return assemble(head, form, fragments), updated_at


def _entry(edition: EditionEntry, feed: str, facts: SiteFacts, language: str) -> Entry:
    title = clean_line(edition.title)
    return Entry(
        uid=f"{feed}:{edition.number}",
        url=edition.url,
        title=title,
        lead=clean_line(edition.summary) or title,
        content_html="",
        language=language,
        published_at=edition.at,
        updated_at=edition.at,
        authors=(Byline(clean_line(facts.title(language)), ascii_url(facts.url)),),
        picture=None,
        rubrics=(),
        rubrics_url="",
        tags=(),
        rights=clean_line(facts.rights_line(language)),
        comments_url="",
        comment_count=None,
        related=(),
        translations=(),
    )
