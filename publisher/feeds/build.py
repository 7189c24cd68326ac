"""Rebuild the feeds that wait for it: kept fragments, new heads, changed documents."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from publisher.clock import Clock
from publisher.errors import ArticleError
from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.compression import compress_in_haste
from publisher.feeds.documents import assemble
from publisher.feeds.fragments import fragment_context, render_fragments
from publisher.feeds.heads import head_of
from publisher.feeds.validators import validators_of
from publisher.model.feed import (
    FORMATS,
    FeedFormat,
    FeedKind,
    SiteFacts,
    Window,
    latest_moment,
)
from publisher.model.rubric import RubricTree
from publisher.store import Store, Transaction, documents, feeds, sources
from publisher.store.documents import Document, Fragment, Present
from publisher.store.feeds import FeedJob
from publisher.store.listings import newest_of_rubrics, newest_of_site
from publisher.store.reading import EntryState, entry_states, load_articles

__all__ = ["FeedBuilder"]

_log = logging.getLogger("publisher.feeds")

Fragments = dict[FeedFormat, dict[int, bytes]]


@dataclass(frozen=True, slots=True)
class Pause:
    """How long a feed that cannot be built is left alone, so that others get by."""

    until: datetime
    span: timedelta


NO_PAUSE = Pause(datetime.min.replace(tzinfo=UTC), timedelta(seconds=1))
LONGEST_PAUSE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a feed holds, read in one transaction."""

    job: FeedJob
    states: Mapping[int, EntryState]
    kept: Fragments
    present: Mapping[FeedFormat, Present]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedBuilder:
    """Builds documents; any number of builders may run."""

    store: Store
    clock: Clock
    tree: RubricTree
    addresses: FeedAddresses
    facts: SiteFacts
    window: Window
    _pauses: dict[int, Pause] = field(default_factory=dict)

    def build_waiting(self, limit: int = 50) -> list[Document]:
        """Rebuild up to `limit` waiting feeds; return the documents that changed."""
        context = fragment_context(self.tree, self.facts)
        changed: list[Document] = []
        now = self.clock.now()
        resting = [key for key, pause in self._pauses.items() if pause.until > now]
        for feed_id in self.store.query(feeds.waiting_feeds, limit, resting):
            try:
                changed += self.build(feed_id, context)
            except Exception:  # noqa: BLE001 (law 5: the last good document stays up)
                _log.exception("feed.failed feed=%d", feed_id)
                span = self._pauses.get(feed_id, NO_PAUSE).span * 2
                span = min(span, LONGEST_PAUSE)
                self._pauses[feed_id] = Pause(now + span, span)
            else:
                self._pauses.pop(feed_id, None)
        if changed:
            _log.info("feeds.published documents=%d", len(changed))
        return changed

    def build(self, feed_id: int, context: str) -> list[Document]:
        """Rebuild one feed; return the documents that changed."""
        snapshot = self.store.query(self._read, feed_id, context)
        fragments = self._complete(snapshot, context)
        made = [self._document(snapshot, form, fragments[form]) for form in FORMATS]
        now = self.clock.now()
        written = self.store.transact(documents.publish, snapshot.job, made, now)
        if written is None:
            return []  # Somebody else was faster; what is left to do is still recorded.
        for document in written:
            _log.debug("feed.published path=%s etag=%s", document.path, document.etag)
        return written

    def _read(self, tx: Transaction, feed_id: int, context: str) -> Snapshot:
        job = feeds.next_job(tx, feed_id)
        states = entry_states(tx, self._window(tx, job))
        versions = {key: state.entry_version for key, state in states.items()}
        return Snapshot(
            job=job,
            states=states,
            kept={
                form: documents.find_fragments(
                    tx, versions, form, job.feed.variant, context
                )
                for form in FORMATS
            },
            present=documents.find_present(tx, feed_id),
        )

    def _window(self, tx: Transaction, job: FeedJob) -> list[int]:
        feed, limit = job.feed, self.window.limit
        if not feed.rubric_key:
            listed = newest_of_site(tx, feed.language, limit)
        elif self.tree.get(feed.rubric_key).is_closed:
            return []
        else:
            below = self.tree.subtree(feed.rubric_key)
            if feed.kind is FeedKind.ONLY:
                below = below[:1]
            ids = [rubric.id for rubric in below if not rubric.is_closed]
            listed = newest_of_rubrics(tx, ids, feed.language, limit)
        count = self.window.count([published_at for published_at, _ in listed])
        return [article_id for _, article_id in listed[:count]]

    def _complete(self, snapshot: Snapshot, context: str) -> Fragments:
        """Render the fragments that are not kept, and keep them."""
        kept, variant = snapshot.kept, snapshot.job.feed.variant
        missing = [
            article_id
            for article_id in snapshot.states
            if any(article_id not in kept[form] for form in FORMATS)
        ]
        if not missing:
            return kept
        loaded = self.store.query(load_articles, missing, self.tree)
        new: list[Fragment] = []
        for article in loaded.values():
            try:
                rendered = render_fragments(
                    article, FORMATS, self.tree, self.facts, variant
                )
            except ArticleError as error:
                self._set_aside(article.id, error)
                continue
            for form, body in rendered.items():
                kept[form][article.id] = body
                new.append(
                    Fragment(
                        article_id=article.id,
                        format=form,
                        variant=variant,
                        entry_version=article.entry_version,
                        context=context,
                        body=body,
                    )
                )
        self.store.transact(documents.keep_fragments, new)
        return kept

    def _set_aside(self, article_id: int, error: ArticleError) -> None:
        """Leave one article out with its reason; the others go out (law 5)."""
        _log.error("article.not_in_feeds article=%d reason=%s", article_id, error)
        self.store.transact(
            sources.set_article_aside, article_id, str(error), self.clock.now()
        )

    def _document(
        self, snapshot: Snapshot, form: FeedFormat, fragments: Mapping[int, bytes]
    ) -> Document:
        feed = snapshot.job.feed
        shown = [key for key in snapshot.states if key in fragments]
        updated_at = self._updated_at(snapshot, shown)
        head = head_of(feed, self.addresses, self.facts, updated_at)
        body = assemble(head, form, [fragments[key] for key in shown])
        validators = validators_of(body, updated_at)
        new = Document(
            feed_id=feed.id,
            format=form,
            path=self.addresses.path_of(feed, form),
            etag=validators.digest,
            last_modified=validators.modified_at,
        )
        if new.is_up(snapshot.present):
            return new
        # Compressing costs far more than building: only for what will be written.
        return replace(new, body=body, gzip_body=compress_in_haste(body))

    @staticmethod
    def _updated_at(snapshot: Snapshot, shown: Sequence[int]) -> datetime:
        updates = [snapshot.states[key].updated_at for key in shown]
        return latest_moment(updates, snapshot.job.touched_at)
