"""Dialects of what is public now: the newest articles of a feed, read and written.

Nothing is kept: a document is made when it is asked for, and the same state of the
store gives the same bytes and validators.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from publisher.errors import RubricError
from publisher.feeds.addresses import PREFIX, FeedAddresses
from publisher.feeds.dialects.dialect import Dialect, Finding, Withdrawn
from publisher.feeds.dialects.registry import DIALECTS
from publisher.feeds.dialects.rendering import compose
from publisher.feeds.dialects.sitemap import MEDIA_TYPE, MOST, REACH, news_sitemap
from publisher.feeds.heads import head_of
from publisher.feeds.validators import Validators, validators_of
from publisher.model.article import Article
from publisher.model.feed import SITE_KEY, Feed, FeedFormat, SiteFacts
from publisher.model.rubric import RubricTree
from publisher.store import Store, Transaction
from publisher.store.documents import find_change
from publisher.store.listings import Listed, newest_of_rubrics, newest_of_site
from publisher.store.reading import load_articles
from publisher.store.tombstones import find_departed

__all__ = [
    "SITEMAP_PATH",
    "DialectAddress",
    "DialectDocument",
    "dialect_document",
    "document_at",
    "find_dialect",
    "newest_articles",
    "sitemap_document",
]

SITEMAP_PATH = f"{PREFIX}news-sitemap.xml"
"""Where the news sitemap is served."""

_MOST_READ = 500
"""Articles read for one document."""


@dataclass(frozen=True, slots=True)
class DialectAddress:
    """What an address asks for; empty key and language as in Feed."""

    rubric_key: str
    language: str
    dialect: Dialect


@dataclass(frozen=True, slots=True, kw_only=True)
class DialectDocument:
    """A document as it is served, the articles it shows, and why it shows no more."""

    body: bytes
    media_type: str
    validators: Validators
    shown: tuple[int, ...]
    findings: tuple[Finding, ...]


def find_dialect(path: str, addresses: FeedAddresses) -> DialectAddress | None:
    """Return what `/feeds/novosti/politika.ru.yandex.xml` asks for, or None.

    The path may be percent-encoded or not; it has no query.
    """
    for dialect in DIALECTS:
        stem = path.removesuffix(f".{dialect.key}.xml")
        if stem != path:
            found = addresses.find(f"{stem}.{FeedFormat.RSS.value}")
            # Dialects are of what a rubric and everything below it show.
            if found is not None and found.feed.is_main:
                return DialectAddress(found.rubric_key, found.language, dialect)
    return None


def document_at(
    store: Store,
    addresses: FeedAddresses,
    facts: SiteFacts,
    path: str,
    *,
    now: datetime | None = None,
) -> DialectDocument | None:
    """Return the dialect or the news sitemap at a path, or None when there is neither.

    Raises RubricError as `dialect_document` does.
    """
    if path == SITEMAP_PATH:
        made = sitemap_document(store, addresses.tree, facts, now=now)
        return _dated(made, store, addresses.path(SITE_KEY, "", FeedFormat.RSS))
    wanted = find_dialect(path, addresses)
    if wanted is None:
        return None
    gone = _withdrawn(store, wanted)
    made = dialect_document(store, addresses, facts, wanted, now=now, withdrawn=gone)
    feed = addresses.path(wanted.rubric_key, wanted.language, FeedFormat.RSS)
    return _dated(made, store, feed)


def _dated(made: DialectDocument, store: Store, feed: str) -> DialectDocument:
    """Return a document with the date of its feed, which moves with every change.

    Its own is that of the newest article, which may be withdrawn.
    """
    own = made.validators
    changed_at = store.query(find_change, feed) or own.modified_at
    dated = replace(own, modified_at=max(own.modified_at, changed_at))
    return replace(made, validators=dated)


def dialect_document(
    store: Store,
    addresses: FeedAddresses,
    facts: SiteFacts,
    wanted: DialectAddress,
    *,
    now: datetime | None = None,
    withdrawn: Sequence[Withdrawn] = (),
) -> DialectDocument:
    """Return a feed in a dialect, made of the newest public articles.

    Ages are counted back from `now`, from the newest article where it is not given. A
    dialect of one language is in the newspaper's main one where none is asked for.
    Raises RubricError when the rubric is not there or closed.
    """
    dialect, key = wanted.dialect, wanted.rubric_key
    language = wanted.language
    if dialect.has_one_language and not language:
        language = facts.languages[0]
    feed = Feed(id=0, rubric_key=key, language=language)
    count = min(2 * dialect.limits.items, _MOST_READ)
    articles = newest_articles(store, addresses.tree, key, language, count)
    touched = [article.updated_at for article in articles]
    touched += [gone.withdrawn_at for gone in withdrawn]
    updated_at = _latest(touched, facts)
    head = head_of(feed, addresses, facts, updated_at)
    made = compose(
        dialect, head, [*articles, *withdrawn], addresses.tree, facts, now=now
    )
    return DialectDocument(
        body=made.body,
        media_type=dialect.media_type,
        validators=validators_of(made.body, updated_at),
        shown=made.shown,
        findings=made.findings,
    )


def _withdrawn(store: Store, wanted: DialectAddress) -> list[Withdrawn]:
    """Return what the aggregator must be told to take out, where it listens."""
    if not wanted.dialect.tells_withdrawn:
        return []
    key = Feed(id=0, rubric_key=wanted.rubric_key, language=wanted.language).key
    return [
        Withdrawn(uid=one.uid, url=one.url, title=one.title, withdrawn_at=one.at)
        for one in store.query(find_departed, key, _MOST_READ)
    ]


def sitemap_document(
    store: Store,
    tree: RubricTree,
    facts: SiteFacts,
    *,
    language: str = "",
    now: datetime | None = None,
) -> DialectDocument:
    """Return the news sitemap of the whole site; it has no findings of its own.

    Days are counted back from `now`, from the newest article where it is not given.
    """

    def read(tx: Transaction) -> list[Article]:
        listed = newest_of_site(tx, language, MOST)
        since = (now or listed[0][0]) - REACH if listed else None
        ids = [key for at, key in listed if since is not None and at >= since]
        return list(load_articles(tx, ids, tree).values())

    articles = store.query(read)
    body = news_sitemap(articles, tree, facts, now=now)
    updated_at = _latest([article.updated_at for article in articles], facts)
    return DialectDocument(
        body=body,
        media_type=MEDIA_TYPE,
        validators=validators_of(body, updated_at),
        shown=tuple(article.id for article in articles),
        findings=(),
    )


def newest_articles(
    store: Store, tree: RubricTree, rubric_key: str, language: str, limit: int
) -> list[Article]:
    """Return the newest public articles of a feed, newest first.

    An empty key stands for the whole site, an empty language for all. Raises
    RubricError when the rubric is not there or closed.
    """
    if rubric_key and tree.get(rubric_key).is_closed:
        msg = f'rubric "{rubric_key}" is closed; it has no feed any more'
        raise RubricError(msg)

    def read(tx: Transaction) -> list[Article]:
        listed = _listed(tx, tree, rubric_key, language, limit)
        return list(load_articles(tx, [key for _, key in listed], tree).values())

    return store.query(read)


def _listed(
    tx: Transaction, tree: RubricTree, rubric_key: str, language: str, limit: int
) -> list[Listed]:
    if not rubric_key:
        return newest_of_site(tx, language, limit)
    subtree = tree.subtree(rubric_key)
    ids = [rubric.id for rubric in subtree if not rubric.is_closed]
    return newest_of_rubrics(tx, ids, language, limit)


def _latest(moments: Sequence[datetime], facts: SiteFacts) -> datetime:
    """Return the newest moment; a feed without any is as old as the newspaper."""
    founded = datetime.combine(facts.since, time(), UTC)
    return max([founded, *moments])
