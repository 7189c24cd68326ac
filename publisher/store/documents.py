"""Kept fragments and published documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from publisher.model.feed import FeedFormat
from publisher.store.engine import Transaction
from publisher.store.feeds import FeedJob
from publisher.store.schema.feeds import document, feed, feed_work
from publisher.store.upsert import insert_into, last_number, take_number

__all__ = [
    "Document",
    "Present",
    "documents_since",
    "find_change",
    "find_present",
    "find_unpacked",
    "load_document",
    "pack",
    "publish",
]

_DOCUMENTS = "document"
"""The counter that numbers changes of documents."""

_MOST_AT_ONCE = 500
"""Values in one IN list; databases have limits of their own."""


@dataclass(frozen=True, slots=True)
class Present:
    """What is up of a feed in one format."""

    etag: str
    path: str
    last_modified: datetime
    derived_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The bytes of a feed with their validators; bodies are empty where not loaded."""

    feed_id: int
    format: FeedFormat
    path: str
    etag: str
    last_modified: datetime
    body: bytes = b""
    gzip_body: bytes = b""
    brotli_body: bytes = b""
    change_no: int = 0
    is_packed: bool = False
    """Whether gzip and brotli were made with care: a little after it was published."""
    is_final: bool = False
    """Whether it is of an archive that no edit changes any more."""
    derived_no: int = 0
    """The change that dialects of it follow; it may have left the bytes alone."""

    @property
    def is_gone(self) -> bool:
        """Whether it says only that there is no document here any more."""
        return not self.etag

    def is_up(self, present: Mapping[FeedFormat, Present]) -> bool:
        """Tell whether the very same document is up already."""
        old = present.get(self.format)
        return old is not None and (old.etag, old.path) == (self.etag, self.path)


def find_present(tx: Transaction, feed_id: int) -> dict[FeedFormat, Present]:
    """Return what is up of a feed."""
    rows = tx.execute(
        select(
            document.c.format,
            document.c.etag,
            document.c.path,
            document.c.last_modified,
            document.c.derived_at,
        ).where(document.c.feed_id == feed_id)
    )
    return {FeedFormat(fmt): Present(*rest) for fmt, *rest in rows}


def publish(
    tx: Transaction,
    job: FeedJob,
    documents: Sequence[Document],
    now: datetime,
    *,
    is_final: bool = False,
) -> list[Document] | None:
    """Put a feed's new documents up, and take its work away.

    Return the documents that really changed, with their change numbers; or None when
    somebody published this feed since the job was read, so that an older state can
    never replace a newer one. Equal documents are not written again (law 3); but what
    is made of this one is, for it may show the article that the work is about.
    """
    moved_on = tx.execute(
        update(feed)
        .where(feed.c.id == job.feed.id, feed.c.version == job.version)
        .values(version=job.version + 1, is_final=is_final)
    )
    if moved_on.rowcount == 0:
        return None
    present = find_present(tx, job.feed.id)
    written = [
        _write(tx, new, present.get(new.format), now)
        for new in documents
        if not new.is_up(present)
    ]
    main = present.get(FeedFormat.RSS)
    is_left = all(new.format is not FeedFormat.RSS for new in written)
    if job.work and job.feed.is_main and main is not None and main.etag and is_left:
        _derive(tx, job.feed.id, main, now)
    for start in range(0, len(job.work), _MOST_AT_ONCE):
        part = job.work[start : start + _MOST_AT_ONCE]
        tx.execute(delete(feed_work).where(feed_work.c.id.in_(part)))
    return written


def _later(new: Document, old: Present | None, now: datetime) -> Document:
    """Let Last-Modified move with every change, also one that is no news (law 6).

    Who asks by date only would otherwise never see it (RFC 9110 section 13.1.3), not
    even within the same second or after the clock was set back.
    """
    if old is None or new.last_modified > old.last_modified:
        return new
    later = old.last_modified + timedelta(seconds=1)
    return replace(new, last_modified=max(now.replace(microsecond=0), later))


def _derive(tx: Transaction, feed_id: int, main: Present, now: datetime) -> None:
    """Let what is made of a feed's RSS be made again, though that stays as it is."""
    change_no = take_number(tx, _DOCUMENTS)
    later = main.derived_at + timedelta(seconds=1)
    tx.execute(
        update(document)
        .where(document.c.feed_id == feed_id, document.c.format == FeedFormat.RSS.value)
        .values(
            change_no=change_no,
            derived_no=change_no,
            derived_at=max(now.replace(microsecond=0), later),
        )
    )


def _write(
    tx: Transaction, new: Document, old: Present | None, now: datetime
) -> Document:
    new = _later(new, old, now)
    derived_at = new.last_modified
    if old is not None:
        derived_at = max(derived_at, old.derived_at + timedelta(seconds=1))
    change_no = take_number(tx, _DOCUMENTS)
    values = {
        "path": new.path,
        "etag": new.etag,
        "last_modified": new.last_modified,
        "body": new.body,
        "gzip_body": new.gzip_body,
        # What is gone has nothing to pack.
        "brotli_body": b"" if new.is_gone else None,
        "built_at": now,
        "change_no": change_no,
        "published_no": change_no,
        "derived_no": change_no,
        "derived_at": derived_at,
    }
    statement = insert_into(tx, document).values(
        feed_id=new.feed_id, format=new.format.value, **values
    )
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["feed_id", "format"], set_=values
        )
    )
    return Document(
        feed_id=new.feed_id,
        format=new.format,
        path=new.path,
        etag=new.etag,
        last_modified=new.last_modified,
        change_no=change_no,
    )


def documents_since(tx: Transaction, change_no: int) -> list[Document]:
    """Return what changed after a number, without bodies, oldest change first."""
    if last_number(tx, _DOCUMENTS) == change_no:
        return []
    rows = tx.execute(
        select(
            document.c.feed_id,
            document.c.format,
            document.c.path,
            document.c.etag,
            document.c.last_modified,
            document.c.change_no,
            document.c.derived_no,
            document.c.brotli_body.is_not(None).label("is_packed"),
            feed.c.is_final,
        )
        .join(feed, feed.c.id == document.c.feed_id)
        .where(document.c.change_no > change_no)
        .order_by(document.c.change_no)
    )
    return [
        Document(
            feed_id=row.feed_id,
            format=FeedFormat(row.format),
            path=row.path,
            etag=row.etag,
            last_modified=row.last_modified,
            change_no=row.change_no,
            is_packed=row.is_packed,
            is_final=row.is_final,
            derived_no=row.derived_no,
        )
        for row in rows
    ]


def find_unpacked(tx: Transaction) -> tuple[int, FeedFormat] | None:
    """Return a document whose compressed twins are still to be made, None for none."""
    row = tx.execute(
        select(document.c.feed_id, document.c.format)
        .where(document.c.brotli_body.is_(None))
        .order_by(document.c.change_no)
        .limit(1)
    ).first()
    return None if row is None else (row.feed_id, FeedFormat(row.format))


def pack(
    tx: Transaction, packed: Document, *, gzip_body: bytes, brotli_body: bytes
) -> bool:
    """Put better compressed twins beside a document's bytes, unless it has changed.

    That is a change of its own, so that everything which copies documents sees it;
    `brotli_body` is never empty.
    """
    # Before the document's row, as when publishing: neither waits for the other in a
    # ring.
    change_no = take_number(tx, _DOCUMENTS)
    done = tx.execute(
        update(document)
        .where(
            document.c.feed_id == packed.feed_id,
            document.c.format == packed.format.value,
            document.c.change_no == packed.change_no,
        )
        .values(gzip_body=gzip_body, brotli_body=brotli_body, change_no=change_no)
    )
    return done.rowcount > 0


def find_change(tx: Transaction, path: str) -> datetime | None:
    """Return when what is made of a document changed last, None where there is none."""
    return tx.execute(
        select(func.max(document.c.derived_at)).where(
            document.c.path == path, document.c.etag != ""
        )
    ).scalar()


def load_document(tx: Transaction, feed_id: int, fmt: FeedFormat) -> Document | None:
    """Return a document: its path, validators and bytes belong together.

    None for one that is gone, as for one that never was.
    """
    row = tx.execute(
        select(document, feed.c.is_final)
        .join(feed, feed.c.id == document.c.feed_id)
        .where(document.c.feed_id == feed_id, document.c.format == fmt.value)
    ).first()
    if row is None or not row.etag:
        return None
    return Document(
        is_final=row.is_final,
        feed_id=feed_id,
        format=fmt,
        path=row.path,
        etag=row.etag,
        last_modified=row.last_modified,
        body=row.body,
        gzip_body=row.gzip_body,
        brotli_body=row.brotli_body or b"",
        change_no=row.change_no,
        is_packed=row.brotli_body is not None,
        derived_no=row.derived_no,
    )
