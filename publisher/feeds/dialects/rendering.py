"""Write the document of a dialect; the same arguments always give the same bytes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml.etree import Element, SubElement, _Element, tostring

from publisher.feeds.addresses import ascii_url
from publisher.feeds.characters import clean_line, unmarked
from publisher.feeds.dialects.dialect import (
    Context,
    Dialect,
    Finding,
    Severity,
    Withdrawn,
)
from publisher.feeds.dialects.namespaces import MEDIA, markup, text
from publisher.feeds.dialects.sifting import finding_of_failure, sift
from publisher.feeds.markup import rss_date
from publisher.model.article import Article
from publisher.model.feed import FeedFormat, FeedHead, SiteFacts
from publisher.model.rubric import RubricTree

__all__ = ["Composition", "compose", "document_address", "render_dialect"]


@dataclass(frozen=True, slots=True)
class Composition:
    """A document, the articles it shows, and why it shows no more."""

    body: bytes
    shown: tuple[int, ...]
    findings: tuple[Finding, ...]


def render_dialect(
    dialect: Dialect,
    head: FeedHead,
    articles: Iterable[Article | Withdrawn],
    tree: RubricTree,
    facts: SiteFacts,
    *,
    now: datetime | None = None,
) -> bytes:
    """Return the feed in an aggregator's form, without the articles it would refuse."""
    return compose(dialect, head, articles, tree, facts, now=now).body


def compose(
    dialect: Dialect,
    head: FeedHead,
    articles: Iterable[Article | Withdrawn],
    tree: RubricTree,
    facts: SiteFacts,
    *,
    now: datetime | None = None,
) -> Composition:
    """Return the feed in an aggregator's form, with every finding.

    The newest articles come first, as many as the limits of the dialect let in. Ages
    are counted back from `now`, from the newest article where it is not given. What was
    withdrawn is told to those who listen, and left out for everybody else.
    """
    given = list(articles)
    public = [one for one in given if isinstance(one, Article)]
    sifted = sift(dialect, public, tree, facts, now=now, language=head.language)
    found = list(sifted.findings)
    items: list[tuple[int, _Element]] = []
    for article, context in sifted.accepted[: dialect.limits.items]:
        try:
            items.append((article.id, _item(dialect, context)))
        except Exception as error:  # noqa: BLE001 (law 5: it is this article alone)
            found.append(finding_of_failure(dialect, article, error))
    gone = [one for one in given if isinstance(one, Withdrawn)]
    retracted = [_retracted(one) for one in _ordered(gone) if dialect.tells_withdrawn]
    body, count = _document(dialect, head, [i for _, i in items], retracted)
    found += _about_document(dialect, len(items), count)
    return Composition(body, tuple(key for key, _ in items[:count]), tuple(found))


def document_address(dialect: Dialect, head: FeedHead) -> str:
    """Return the absolute address of a feed in a dialect: `/feeds/PATH.KEY.xml`."""
    plain = head.urls[FeedFormat.RSS].removesuffix(f".{FeedFormat.RSS.value}")
    return f"{plain}.{dialect.key}.xml"


def _item(dialect: Dialect, context: Context) -> _Element:
    item = Element("item")
    for part in dialect.item:
        part(item, context)
    return item


def _ordered(withdrawn: Iterable[Withdrawn]) -> list[Withdrawn]:
    return sorted(withdrawn, key=lambda one: (one.withdrawn_at, one.uid), reverse=True)


def _retracted(gone: Withdrawn) -> _Element:
    """Return an item that takes an article back: a status, and a newer date."""
    item = Element("item")
    text(item, "title", clean_line(gone.title))
    markup(item, "link", ascii_url(gone.url) or "")
    text(item, "guid", clean_line(gone.uid), isPermaLink="false")
    text(item, "pubDate", rss_date(gone.withdrawn_at.astimezone(UTC)))
    SubElement(item, f"{{{MEDIA}}}status", {"state": "deleted"})
    return item


def _document(
    dialect: Dialect,
    head: FeedHead,
    items: Sequence[_Element],
    retracted: Sequence[_Element],
) -> tuple[bytes, int]:
    """Return the bytes, and how many items fit into them."""
    root = Element("rss", {"version": "2.0"}, nsmap=dict(dialect.namespaces))
    channel = SubElement(root, "channel")
    for part in dialect.channel:
        part(channel, head, document_address(dialect, head))
    # Retractions first: what was taken back must be told, whatever else fits.
    channel.extend(retracted)
    count, room = 0, dialect.limits.size - len(_bytes(root))
    for item in items:
        channel.append(item)
        room -= len(tostring(item, encoding="UTF-8")) if dialect.limits.size else 0
        if dialect.limits.size and room < 0:
            channel.remove(item)
            break
        count += 1
    return _bytes(root), count


def _bytes(root: _Element) -> bytes:
    return unmarked(tostring(root, encoding="UTF-8", xml_declaration=True))


def _about_document(dialect: Dialect, offered: int, count: int) -> list[Finding]:
    limits = dialect.limits
    found = []
    if count < offered:
        reason = f"{count} of {offered} articles fill {limits.size:,} bytes"
        remedy = "nothing to do: the older ones are left out"
        found.append(_of_document(dialect, "document-size", reason, remedy))
    if count < limits.least_items:
        reason = (
            f"it shows {count} articles; {dialect.name} takes {limits.least_items}"
            " or more"
        )
        remedy = "offer the feed of a larger rubric, or of the whole site"
        found.append(_of_document(dialect, "document-short", reason, remedy))
    return found


def _of_document(dialect: Dialect, rule: str, reason: str, remedy: str) -> Finding:
    return Finding(
        dialect=dialect.key,
        rule=rule,
        severity=Severity.WARN,
        where="document",
        reason=reason,
        remedy=remedy,
        source=f"limits of {dialect.name}",
    )
