"""Which documents are up: their validators in memory, their bytes on demand.

The index is the same for every request of a process. It is refreshed in threads of the
store and read on the event loop, where it never waits.
"""

import asyncio
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from publisher.feeds.validators import Encoding, Validators
from publisher.model.feed import FeedFormat
from publisher.store import Store
from publisher.store.documents import Document, documents_since, load_document

__all__ = ["DocumentIndex", "IndexedDocument", "Served"]

MAX_BODY_BYTES = 64 * 2**20
"""Of bodies kept in memory; the documents of some hundred feeds in gzip."""

Identity = tuple[int, FeedFormat]
"""What stays when a document moves: its feed and its format."""


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document that is up; a change of it makes a new one of these."""

    feed_id: int
    format: FeedFormat
    path: str
    validators: Validators
    is_final: bool = False
    derived_no: int = 0
    """Grows when what is made of it must be made again."""

    @property
    def identity(self) -> Identity:
        """Its feed and format."""
        return self.feed_id, self.format


class Served(NamedTuple):
    """A document, an encoding it is to be had in, and its bytes in that encoding."""

    document: IndexedDocument
    encoding: Encoding
    body: bytes


class DocumentIndex:
    """From path to document, in step with the store to the second.

    `max_body_bytes` bounds the bodies kept, never which documents can be served.
    """

    def __init__(self, store: Store, *, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        self._store = store
        self._by_path: dict[str, IndexedDocument] = {}
        self._by_identity: dict[Identity, IndexedDocument] = {}
        self._change_no = 0
        self._refreshing = threading.Lock()
        self._bodies = _Bodies(max_body_bytes)
        self._loading: dict[Identity, asyncio.Task[Document | None]] = {}

    def __len__(self) -> int:
        return len(self._by_path)

    @property
    def change_no(self) -> int:
        """The number of the newest change it knows; 0 before the first document."""
        return self._change_no

    def find(self, path: str) -> IndexedDocument | None:
        """Return the document at a path such as `/feeds/novosti.rss`, or None."""
        return self._by_path.get(path)

    async def find_fresh(self, path: str) -> IndexedDocument | None:
        """Return the document at a path after reading what changed, or None."""
        await self._store.run(self.refresh)
        return self.find(path)

    def refresh(self) -> None:
        """Read what changed since the last time; blocks, safe to call from anywhere."""
        with self._refreshing:
            for row in self._store.query(documents_since, self._change_no):
                self._put(row)
                self._change_no = row.change_no

    def _put(self, row: Document) -> None:
        new = _indexed(row)
        old = self._by_identity.get(new.identity)
        if row.is_gone:
            self._forget(old)
            return
        self._by_identity[new.identity] = self._by_path[new.path] = new
        if old is not None and old.path != new.path:
            # Unless another document has taken its place meanwhile.
            holder = self._by_path.get(old.path)
            if holder is not None and holder.identity == new.identity:
                del self._by_path[old.path]

    def _forget(self, old: IndexedDocument | None) -> None:
        if old is not None:
            del self._by_identity[old.identity]
            if self._by_path.get(old.path) is old:
                del self._by_path[old.path]

    def find_body(self, document: IndexedDocument, encoding: Encoding) -> bytes | None:
        """Return a document's bytes where they are in memory, or None."""
        etag = document.validators.etag(encoding)
        return self._bodies.find(document.identity, encoding, etag)

    async def body(
        self, document: IndexedDocument, encoding: Encoding
    ) -> "Served | None":
        """Return a document's bytes together with the validators they belong to.

        When the document has changed since it was indexed, that is the new one; None
        when it is no longer at its path.
        """
        kept = self.find_body(document, encoding)
        if kept is not None:
            return Served(document, encoding, kept)
        loaded = await self._load(document.identity)
        if loaded is None or loaded.path != document.path:
            return None
        present = _indexed(loaded)
        if present == document:
            present = document
        bodies = {
            Encoding.IDENTITY: loaded.body,
            Encoding.GZIP: loaded.gzip_body,
            Encoding.BROTLI: loaded.brotli_body,
        }
        if encoding not in present.validators.encodings:
            encoding = Encoding.IDENTITY  # Changed since, and its twin is not made yet.
        body = bodies[encoding]
        etag = present.validators.etag(encoding)
        self._bodies.keep(document.identity, encoding, etag, body)
        return Served(present, encoding, body)

    async def _load(self, identity: Identity) -> Document | None:
        """Read a body from the store, once for all requests that wait for it."""
        task = self._loading.get(identity)
        if task is None:
            task = asyncio.create_task(self._read(identity))
            self._loading[identity] = task
            task.add_done_callback(partial(self._loaded, identity))
        # One client that goes away must not end it for the others.
        return await asyncio.shield(task)

    async def _read(self, identity: Identity) -> Document | None:
        feed_id, form = identity
        return await self._store.run(self._store.query, load_document, feed_id, form)

    def _loaded(
        self, identity: Identity, task: "asyncio.Task[Document | None]"
    ) -> None:
        del self._loading[identity]
        if not task.cancelled():
            task.exception()  # Told to whoever waits; nobody may be left to.


def _indexed(row: Document) -> IndexedDocument:
    validators = Validators(row.etag, row.last_modified, row.is_packed)
    return IndexedDocument(
        row.feed_id, row.format, row.path, validators, row.is_final, row.derived_no
    )


class _Bodies:
    """The bodies asked for last, one per document and encoding, within a bound."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[Identity, Encoding], tuple[str, bytes]]
        self._kept = OrderedDict()

    def find(self, identity: Identity, encoding: Encoding, etag: str) -> bytes | None:
        """Return the body with these validators, or None."""
        kept = self._kept.get((identity, encoding))
        if kept is None or kept[0] != etag:
            return None
        self._kept.move_to_end((identity, encoding))
        return kept[1]

    def keep(
        self, identity: Identity, encoding: Encoding, etag: str, body: bytes
    ) -> None:
        """Keep a body in place of the one before, and let go of the oldest."""
        _, before = self._kept.pop((identity, encoding), ("", b""))
        self._kept[identity, encoding] = (etag, body)
        self._bytes += len(body) - len(before)
        while self._bytes > self._max_bytes:
            _, (_, oldest) = self._kept.popitem(last=False)
            self._bytes -= len(oldest)
