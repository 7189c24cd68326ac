"""Rebuild the feeds that wait for it: kept fragments, new heads, changed documents."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from publisher.clock import Clock
from publisher.errors import ArticleError
from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.comments import comments_head, render_comments
from publisher.feeds.compression import compress_in_haste
from publisher.feeds.contents import Contents, exists, read_contents
from publisher.feeds.documents import assemble
from publisher.feeds.fragments import fragment_context, render_fragments
from publisher.feeds.heads import head_of
from publisher.feeds.validators import validators_of
from publisher.model.clocks_apart import is_ahead
from publisher.model.feed import (
    FORMATS,
    Feed,
    FeedFormat,
    SiteFacts,
    Variant,
    latest_moment,
)
from publisher.model.rubric import RubricTree
from publisher.model.window import Window
from publisher.rendering.language import Languages
from publisher.store import OUT_OF_ORDER, Store, Transaction, documents, feeds, sources
from publisher.store.documents import Document, Present
from publisher.store.feeds import FeedJob
from publisher.store.fragments import Fragment, find_fragments, keep_fragments
from publisher.store.reading import load_articles

__all__ = ["FeedBuilder"]

_log = logging.getLogger("publisher.feeds")

Fragments = dict[FeedFormat, dict[int, bytes]]


@dataclass(frozen=True, slots=True)
class Pause:
    """How long a feed that cannot be built is left alone, so that others get by."""

    until: datetime
    span: timedelta

    def lasts(self, now: datetime) -> bool:
        """Tell whether the feed is still left alone."""
        return is_ahead(self.until, now, self.span)


NO_PAUSE = Pause(datetime.min.replace(tzinfo=UTC), timedelta(seconds=1))
LONGEST_PAUSE = timedelta(minutes=10)
ARCHIVE_REST = timedelta(minutes=10)
"""How long the archive of the present month stays as it is: it can be large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a feed holds, read in one transaction."""

    job: FeedJob
    contents: Contents
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
    speech: Languages = field(default_factory=Languages)
    _pauses: dict[int, Pause] = field(default_factory=dict)
    _resting: dict[int, datetime] = field(default_factory=dict)

    def build_waiting(self, limit: int = 50) -> list[Document]:
        """Rebuild up to `limit` waiting feeds; return the documents that changed."""
        context = fragment_context(self.tree, self.facts)
        changed: list[Document] = []
        now = self.clock.now()
        paused = [key for key, pause in self._pauses.items() if pause.lasts(now)]
        resting = [
            key
            for key, until in self._resting.items()
            if is_ahead(until, now, ARCHIVE_REST)
        ]
        waiting = self.store.query(feeds.waiting_feeds, limit, paused, resting)
        for feed_id in waiting:
            try:
                changed += self.build(feed_id, context)
            except OUT_OF_ORDER as error:
                # The others would fail alike; should it be this feed, they come next.
                self._pause(feed_id, now)
                why = str(getattr(error, "orig", error)).partition("\n")[0]
                _log.error("feeds.not_built feed=%d reason=%s", feed_id, why)
                break
            except Exception:  # noqa: BLE001 (law 5: the last good document stays up)
                _log.exception("feed.failed feed=%d", feed_id)
                self._pause(feed_id, now)
            else:
                self._pauses.pop(feed_id, None)
        if changed:
            _log.info("feeds.published documents=%d", len(changed))
        return changed

    def _pause(self, feed_id: int, now: datetime) -> None:
        """Leave a feed alone for a while, twice as long each time."""
        span = min(self._pauses.get(feed_id, NO_PAUSE).span * 2, LONGEST_PAUSE)
        self._pauses[feed_id] = Pause(now + span, span)

    def make(self, feed: Feed) -> bool:
        """Build a feed that somebody asks for; tell whether there is such a feed.

        Feeds of authors and tags, and archives, come into being so: what nobody asks
        for costs nothing.
        """
        now = self.clock.now()
        languages = self.addresses.languages
        if not self.store.query(exists, feed, self.tree, languages, now):
            return False
        founded = datetime.combine(self.facts.since, time(), UTC)
        feed_id = self.store.transact(feeds.open_feed, feed, self.tree, founded)
        if feed_id is not None:
            self.build(feed_id, fragment_context(self.tree, self.facts))
        return True

    def build(self, feed_id: int, context: str) -> list[Document]:
        """Rebuild one feed; return the documents that changed."""
        snapshot = self.store.query(self._read, feed_id, context)
        contents, variant = snapshot.contents, snapshot.job.feed.variant
        if contents.discussion is not None:
            fragments = render_comments(contents.discussion)
            variant = Variant.SHORT  # None has a lead to be shown by instead.
        else:
            fragments = self._complete(snapshot.kept, list(contents.states), variant)
        if not snapshot.job.feed.month:
            self._fit(fragments, list(contents.states), variant)
        made = [self._document(snapshot, form, fragments[form]) for form in FORMATS]
        now = self.clock.now()
        written = self.store.transact(
            documents.publish, snapshot.job, made, now, is_final=contents.is_final
        )
        if written is None:
            return []  # Somebody else was faster; what is left to do is still recorded.
        if snapshot.job.feed.month:
            self._resting[feed_id] = now + ARCHIVE_REST
        for document in written:
            _log.debug("feed.published path=%s etag=%s", document.path, document.etag)
        return written

    def _read(self, tx: Transaction, feed_id: int, context: str) -> Snapshot:
        job = feeds.next_job(tx, feed_id)
        languages = self.addresses.languages
        now = self.clock.now()
        contents = read_contents(tx, job, self.tree, languages, self.window, now)
        states = contents.states.items()
        versions = {key: state.entry_version for key, state in states}
        return Snapshot(
            job=job,
            contents=contents,
            kept={
                form: {}
                if contents.discussion
                else find_fragments(tx, versions, form, job.feed.variant, context)
                for form in FORMATS
            },
            present=documents.find_present(tx, feed_id),
        )

    def _complete(
        self, kept: Fragments, wanted: Sequence[int], variant: Variant
    ) -> Fragments:
        """Render the fragments that are not kept, and keep them."""
        missing = [
            article_id
            for article_id in wanted
            if any(article_id not in kept[form] for form in FORMATS)
        ]
        for start in range(0, len(missing), RENDERED_AT_ONCE):
            self._render(kept, missing[start : start + RENDERED_AT_ONCE], variant)
        return kept

    def _render(
        self, kept: Fragments, missing: Sequence[int], variant: Variant
    ) -> None:
        context = fragment_context(self.tree, self.facts)
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
        self.store.transact(keep_fragments, new)

    def _fit(
        self, fragments: Fragments, wanted: Sequence[int], variant: Variant
    ) -> None:
        """Show what is too long by its lead, and leave out what does not fit.

        All formats show the same: the largest decides.
        """
        shown = [key for key in wanted if key in fragments[FORMATS[0]]]
        sizes = {key: max(len(fragments[f][key]) for f in FORMATS) for key in shown}
        long = [key for key in shown if sizes[key] > self.window.most_of_one]
        if long and variant is Variant.FULL:
            short: Fragments = {form: {} for form in FORMATS}
            self._complete(short, long, Variant.SHORT)
            for form in FORMATS:
                fragments[form].update(short[form])
            for key in long:
                sizes[key] = max(len(fragments[form][key]) for form in FORMATS)
        for key in shown[self.window.fit(sizes[key] for key in shown) :]:
            for form in FORMATS:
                del fragments[form][key]

    def _set_aside(self, article_id: int, error: ArticleError) -> None:
        """Leave one article out with its reason; the others go out (law 5)."""
        _log.error("article.not_in_feeds article=%d reason=%s", article_id, error)
        self.store.transact(
            sources.set_article_aside, article_id, str(error), self.clock.now()
        )

    def _document(
        self, snapshot: Snapshot, form: FeedFormat, fragments: Mapping[int, bytes]
    ) -> Document:
        feed, contents = snapshot.job.feed, snapshot.contents
        path = self.addresses.path_of(feed, form)
        if contents.is_gone:
            at = snapshot.job.touched_at.replace(microsecond=0)
            return Document(
                feed_id=feed.id, format=form, path=path, etag="", last_modified=at
            )
        states = contents.states
        shown = sorted(
            (key for key in states if key in fragments),
            key=lambda number: (states[number].published_at, number),
            reverse=True,
        )
        updates = [states[key].updated_at for key in shown]
        updated_at = latest_moment(updates, snapshot.job.touched_at)
        subject = snapshot.job.subject
        head = head_of(
            feed,
            self.addresses,
            self.facts,
            updated_at,
            subject=subject.name if subject is not None else "",
            history=contents.history,
        )
        if contents.discussion is not None:
            about = contents.discussion.articles.get(int(feed.subject or 0))
            head = comments_head(head, about, self.facts, self.speech)
        body = assemble(head, form, [fragments[key] for key in shown])
        validators = validators_of(body, updated_at)
        new = Document(
            feed_id=feed.id,
            format=form,
            path=path,
            etag=validators.digest,
            last_modified=validators.modified_at,
        )
        if new.is_up(snapshot.present):
            return new
        if len(body) > self.window.warn_bytes and not feed.month:
            _log.warning("feed.large path=%s bytes=%d", new.path, len(body))
        # Compressing costs far more than building: only for what will be written.
        return replace(new, body=body, gzip_body=compress_in_haste(body))


RENDERED_AT_ONCE = 200
"""Articles whose texts are in memory together."""
