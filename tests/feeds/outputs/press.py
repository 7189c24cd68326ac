"""A newsroom whose documents are put up by hand, and mirrors that copy them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from typing_extensions import override

from publisher.clock import Clock, SteppedClock
from publisher.feeds.compression import compress
from publisher.feeds.outputs.disk import Disk
from publisher.feeds.outputs.folder import FolderOutput
from publisher.feeds.outputs.mirror import Mirror, Report
from publisher.feeds.outputs.output import Copy, Output
from publisher.model.feed import FeedFormat
from publisher.store import Store
from publisher.store.documents import Document
from publisher.store.schema.feeds import mirrored
from tests.store.newsroom import LANGUAGES, Newsroom

__all__ = ["Press", "Watched", "finish"]


class Press:
    """Puts documents up and opens mirrors of them."""

    def __init__(self, store: Store, clock: SteppedClock) -> None:
        self.newsroom = Newsroom(store, clock)
        self.store = store
        self.clock = clock

    def publish(
        self, text: str, key: str = "novosti", *, path: str | None = None
    ) -> int:
        """Put a feed's RSS document up and return the number of the change."""
        body = f"<rss>{text}</rss>".encode()
        number = self.newsroom.feed_id(key)
        document = Document(
            feed_id=number,
            format=FeedFormat.RSS,
            path=f"/feeds/{path or key}.rss",
            etag=body.hex()[-64:],
            last_modified=self.clock.now().replace(microsecond=0),
            body=body,
            gzip_body=compress(body),
        )
        written = self.newsroom.publish(self.newsroom.job(key), document)
        assert written is not None
        return written[0].change_no if written else 0

    def mirror(self, folder: Path, disk: Disk | None = None) -> Mirror:
        """Return a mirror such as another process would open."""
        return self.mirror_to(FolderOutput("static", folder, disk))

    def mirror_to(self, output: Output) -> Mirror:
        """Return a mirror to any output."""
        return self.mirror_of(self.store, self.clock, output)

    @staticmethod
    def mirror_of(store: Store, clock: Clock, output: Output) -> Mirror:
        """Return a mirror of a store that another process fills."""
        return Mirror(
            output=output,
            store=store,
            clock=clock,
            languages=LANGUAGES,
            max_age=timedelta(minutes=5),
        )

    def held(self) -> dict[str, int]:
        """Return what is recorded of outputs, by path; they share their paths here."""
        return {row.path: row.change_no for row in self.newsroom.rows(mirrored)}


class Watched(Output):
    """An output that remembers what it was asked to do."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self.asked: list[str] = []
        self.copies: list[Copy] = []

    @property
    @override
    def name(self) -> str:
        return self._output.name

    @override
    def key(self) -> str:
        return self._output.key()

    @override
    @contextmanager
    def claim(self) -> Iterator[bool]:
        with self._output.claim() as is_mine:
            yield is_mine

    @override
    def put(self, copy: Copy) -> None:
        self.asked.append(copy.path)
        self.copies.append(copy)
        self._output.put(copy)

    @override
    def remove(self, path: str) -> None:
        self.asked.append(f"no {path}")
        self._output.remove(path)


def finish(mirror: Mirror, limit: int = 50) -> Report:
    """Copy until nothing waits; return the last report that did something."""
    last = report = mirror.copy_some(limit)
    while report.copied or report.removed:
        last, report = report, mirror.copy_some(limit)
    assert not report.failures
    assert not report.is_busy
    return last
