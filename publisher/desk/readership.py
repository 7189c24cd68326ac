"""Who reads which feed: the numbers of a day or of a feed's days, for operators."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches

from publisher.errors import PublisherError
from publisher.feeds.addresses import PREFIX
from publisher.model.feed import FeedFormat
from publisher.store import Store, Transaction
from publisher.store.documents import documents_since, load_document
from publisher.store.readerships import Readership, last_day, readerships

__all__ = ["FeedReaders", "readers_of_feeds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReaders:
    """How many read one feed on one day, and how fresh it is now.

    `feed` is its address without `/feeds/` and format. `newest_at` is when its newest
    article was published, None for a feed without articles.
    """

    feed: str
    counted: Readership
    newest_at: datetime | None

    @property
    def not_modified_share(self) -> float:
        """The share of requests that were answered with 304, from 0 to 1."""
        asked = self.counted.requests - self.counted.slowed
        return self.counted.not_modified / asked if asked else 0.0


def readers_of_feeds(
    store: Store, *, day: date | None, feed: str, days: int
) -> list[FeedReaders]:
    """Return the readers of all feeds on a day, or of one feed on so many days.

    The newest day that was counted stands for `day` where none is given. Days come
    newest first, and on each the feeds with most readers. Raises PublisherError for a
    feed that is not there.
    """
    last = day or store.query(last_day)
    if last is None:
        return []
    first = last - timedelta(days=days - 1)
    paths = store.query(_paths)
    wanted = _named(feed, paths) if feed else None
    found = [
        FeedReaders(
            feed=paths.get(row.feed_id, row.feed_key),
            counted=row,
            newest_at=store.query(_newest_at, row.feed_id),
        )
        for row in store.query(readerships, first, last)
        if wanted is None or row.feed_id == wanted
    ]
    return sorted(found, key=_importance)


def _importance(row: FeedReaders) -> tuple[int, int, int, str]:
    counted = row.counted
    readers = counted.subscribers + counted.direct
    return -counted.day.toordinal(), -readers, -counted.requests, row.feed


def _paths(tx: Transaction) -> dict[int, str]:
    """Return the address of every feed without prefix and format."""
    return {
        row.feed_id: row.path.removeprefix(PREFIX).rpartition(".")[0]
        for row in documents_since(tx, 0)
    }


def _named(feed: str, paths: dict[int, str]) -> int:
    """Return the feed that somebody named by its address, in any format or in none."""
    name = feed.removeprefix("/").removeprefix(PREFIX.lstrip("/"))
    stem, _, ending = name.rpartition(".")
    names = [name, stem] if ending in set(FeedFormat) else [name]
    for feed_id, path in paths.items():
        if path in names:
            return feed_id
    near = get_close_matches(names[-1], paths.values(), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    msg = f"feed {feed}: there is none; `publisher feeds list` lists them{hint}"
    raise PublisherError(msg)


def _newest_at(tx: Transaction, feed_id: int) -> datetime | None:
    """Return when the newest article of a feed was published, as its document says."""
    document = load_document(tx, feed_id, FeedFormat.JSON)
    if document is None:
        return None
    items: Sequence[dict[str, str]] = json.loads(document.body)["items"]
    moments = [item["date_published"] for item in items if "date_published" in item]
    return max(map(datetime.fromisoformat, moments), default=None)
