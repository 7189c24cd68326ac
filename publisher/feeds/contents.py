"""What a feed holds, read in one transaction: articles, removals, its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

from publisher.feeds.comments import comment_states
from publisher.feeds.heads import History
from publisher.model.feed import Feed, FeedKind
from publisher.model.month import month_after, month_of, start_of
from publisher.model.rubric import RubricTree
from publisher.model.window import Window
from publisher.store import Transaction
from publisher.store.comments import Discussion, find_discussion, newest_comments
from publisher.store.feeds import FeedJob
from publisher.store.reading import EntryState, entry_states
from publisher.store.scopes import (
    Scope,
    last_shown,
    newest,
    shown_before,
    shown_between,
)
from publisher.store.subjects import find_subject
from publisher.store.tombstones import find_tombstones

__all__ = ["Contents", "exists", "read_contents"]

_MOST_TOMBSTONES = 200
_ALWAYS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The articles of a feed, last shown first, with their states, and its history.

    `is_final` tells that it is an archive of a month that is over. With a `discussion`
    the states are those of comments; `is_gone` tells that its article was
    withdrawn, or the rubric closed.
    """

    states: Mapping[int, EntryState]
    history: History
    is_final: bool = False
    discussion: Discussion | None = None
    is_gone: bool = False


def read_contents(
    tx: Transaction,
    job: FeedJob,
    tree: RubricTree,
    languages: Sequence[str],
    window: Window,
    now: datetime,
) -> Contents:
    """Return what a feed holds; nothing when its rubric or subject is no more.

    `now` decides whether a month is over, and nothing else.
    """
    if job.feed.kind is FeedKind.COMMENTS:
        return _comments(tx, job.feed.subject, tree, window)
    scope = _scope(job, tree, languages)
    if scope is None:
        return _nobodys(job.feed, now)
    if job.feed.month:
        return _archive(tx, scope, job.feed.month, now)
    shown = last_shown(tx, scope, window.returning)
    chosen = window.choose(newest(tx, scope, window.limit), shown)
    return Contents(
        states=entry_states(tx, chosen),
        history=History(
            before=month_of(shown[0][0]) if shown else "",
            tombstones=tuple(find_tombstones(tx, job.feed.id, _MOST_TOMBSTONES)),
        ),
    )


def _nobodys(feed: Feed, now: datetime) -> Contents:
    """Return what is in the feed of a closed rubric, or of who wrote nothing public.

    The former is gone: another rubric may have its address by now.
    """
    return Contents(
        states={},
        history=History(),
        is_final=bool(feed.month) and feed.month < month_of(now),
        is_gone=feed.kind in {FeedKind.RUBRIC, FeedKind.ONLY},
    )


def _comments(
    tx: Transaction, subject: str, tree: RubricTree, window: Window
) -> Contents:
    discussion = _discussion(tx, subject, tree, window.limit)
    if discussion is None:
        return Contents(states={}, history=History(), is_gone=True)
    states = comment_states(discussion)
    count = window.count([one.published_at for one in states.values()])
    return Contents(
        states=dict(islice(states.items(), count)),
        history=History(),
        discussion=replace(discussion, comments=discussion.comments[:count]),
    )


def _discussion(
    tx: Transaction, subject: str, tree: RubricTree, limit: int
) -> Discussion | None:
    """Return the comments about an article, or all; None when it is not public."""
    if not subject:
        return newest_comments(tx, tree, limit)
    return find_discussion(tx, int(subject), tree, limit)


def _archive(tx: Transaction, scope: Scope, month: str, now: datetime) -> Contents:
    since, after = start_of(month), month_after(month)
    listed = shown_between(tx, scope, since, start_of(after))
    earlier = shown_before(tx, scope, since)
    is_over = month < month_of(now)
    return Contents(
        states=entry_states(tx, [number for _, number in listed]),
        history=History(
            before=month_of(earlier) if earlier is not None else "",
            # The month that follows has begun: there is an archive of it, or will be.
            after=after if is_over else "",
        ),
        is_final=is_over,
    )


def _scope(job: FeedJob, tree: RubricTree, languages: Sequence[str]) -> Scope | None:
    """Return whose articles a feed shows, None for nobody's."""
    feed = job.feed
    if feed.kind in {FeedKind.AUTHOR, FeedKind.TAG}:
        if job.subject is None:
            return None
        return Scope(
            languages=languages, language=feed.language, subject_id=job.subject.id
        )
    if not feed.rubric_key:
        return Scope(languages=languages, language=feed.language)
    if feed.rubric_key not in tree or tree.get(feed.rubric_key).is_closed:
        return None
    below = tree.subtree(feed.rubric_key)
    if feed.kind is FeedKind.ONLY:
        below = below[:1]
    ids = [rubric.id for rubric in below if not rubric.is_closed]
    return Scope(languages=languages, language=feed.language, rubric_ids=ids)


def exists(
    tx: Transaction,
    feed: Feed,
    tree: RubricTree,
    languages: Sequence[str],
    now: datetime,
) -> bool:
    """Tell whether there is something to show in a feed that nobody asked for before.

    An author or tag with a public article, in the language of the feed; a month from
    the first with an article up to the present one; comments of a public article.
    """
    if feed.kind is FeedKind.COMMENTS:
        discussion = _discussion(tx, feed.subject, tree, 1)
        return discussion is not None and bool(discussion.comments)
    subject = None
    if feed.kind in {FeedKind.AUTHOR, FeedKind.TAG}:
        subject = find_subject(tx, feed.kind, feed.subject)
    job = FeedJob(feed=feed, touched_at=now, version=0, work=(), subject=subject)
    scope = _scope(job, tree, languages)
    if scope is None or feed.month > month_of(now):
        return False
    if feed.kind in {FeedKind.RUBRIC, FeedKind.ONLY} and not feed.month:
        return True
    until = start_of(month_after(feed.month)) if feed.month else _ALWAYS
    return shown_before(tx, scope, until) is not None
