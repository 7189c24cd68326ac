"""What stands in a Maildir, for the page that shows the development outbox.

Files are read within bounds and found by name alone, never by a path. The messages may
be anybody's: whatever cannot be decoded is shown as it is.
"""

import heapq
import os
import re
import stat
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

__all__ = ["MaildirReader", "StoredHead", "StoredMessage"]

PARTS = ("new", "cur")
MAX_LISTED = 500
# In bytes.
MAX_HEAD = 64 * 1024
MAX_REPORT = 256 * 1024
MAX_MESSAGE = 5 * 1024 * 1024

# What we write, and what a mail program makes of it in `cur/` (`d1.eml:2,S`). It starts
# with a letter or digit and has no slash, so it cannot lead out of the folder.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:,=+-]{0,254}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHead:
    """A message in a list; `written_at` is its file's time, `size` in bytes."""

    name: str
    subject: str
    sender: str
    recipient: str
    dated_at: datetime | None
    written_at: datetime
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A whole message; `text` and `html` are empty where it has no such part."""

    head: StoredHead
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    raw: bytes


class MaildirReader:
    """Read a Maildir, changing nothing in it. Blocks: call it in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self, limit: int = 50) -> tuple[StoredHead, ...]:
        """List the messages written last, newest first, at most 500."""
        names = heapq.nlargest(min(limit, MAX_LISTED), self._names())
        heads = (self._read(part, name, MAX_HEAD) for _, name, part in names)
        return tuple(_head_of(*found) for found in heads if found is not None)

    def since(self, moment: datetime) -> Iterator[tuple[datetime, bytes]]:
        """Yield when each message since a time was written, and its bytes, in order.

        No more than the first 256 KB of each: a report stands in less.
        """
        least = int(moment.timestamp() * 1_000_000_000)
        for written, name, part in sorted(self._names()):
            found = self._read(part, name, MAX_REPORT) if written >= least else None
            if found is not None:
                yield datetime.fromtimestamp(written / 1_000_000_000, UTC), found[2]

    def arrivals(self, known: Container[str]) -> Iterator[tuple[str, datetime, bytes]]:
        """Yield name, time and head of the messages whose names are not known yet.

        In the order in which they were written. The name stays the same when a mail
        program moves or flags the message.
        """
        for written, file, part in sorted(self._names()):
            name = file.partition(":")[0]
            found = None if name in known else self._read(part, file, MAX_HEAD)
            if found is not None:
                written_at = datetime.fromtimestamp(written / 1_000_000_000, UTC)
                yield name, written_at, found[2]

    def oldest(self) -> datetime | None:
        """Return when the oldest message was written, None where there is none."""
        first = min((written for written, _, _ in self._names()), default=None)
        if first is None:
            return None
        return datetime.fromtimestamp(first / 1_000_000_000, UTC)

    def find(self, name: str) -> StoredMessage | None:
        """Return the message with this file name; None when there is no such one."""
        if not _NAME.fullmatch(name):
            return None
        for part in PARTS:
            if (found := self._read(part, name, MAX_MESSAGE)) is not None:
                return _message_of(*found)
        return None

    def _names(self) -> Iterator[tuple[int, str, str]]:
        """Yield when each message was written, its name and its part of the folder."""
        for part in PARTS:
            try:
                entries = os.scandir(self._folder / part)
            except FileNotFoundError:
                continue
            with entries:
                for entry in entries:
                    if not _NAME.fullmatch(entry.name):
                        continue
                    try:
                        state = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        # A mail program moved it meanwhile.
                        continue
                    if stat.S_ISREG(state.st_mode):
                        yield state.st_mtime_ns, entry.name, part

    def _read(
        self, part: str, name: str, limit: int
    ) -> tuple[str, os.stat_result, bytes] | None:
        """Return name, state and first bytes of a regular file, no link followed."""
        path = self._folder / part / name
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            os.close(handle)
            return None
        with os.fdopen(handle, "rb") as file:
            return name, state, file.read(limit)


def _head_of(name: str, state: os.stat_result, data: bytes) -> StoredHead:
    message = message_from_bytes(data, policy=policy.compat32)
    return StoredHead(
        name=name,
        subject=_decoded(message, "Subject"),
        sender=_decoded(message, "From"),
        recipient=_decoded(message, "To"),
        dated_at=_date(message),
        written_at=datetime.fromtimestamp(state.st_mtime, UTC),
        size=state.st_size,
    )


def _message_of(name: str, state: os.stat_result, data: bytes) -> StoredMessage:
    message = message_from_bytes(data, policy=policy.compat32)
    return StoredMessage(
        head=_head_of(name, state, data),
        headers=tuple((key, _unfolded(value)) for key, value in message.items()),
        text=_part(message, "text/plain"),
        html=_part(message, "text/html"),
        raw=data,
    )


def _decoded(message: Message, name: str) -> str:
    value = _unfolded(message.get(name, ""))
    try:
        return str(make_header(decode_header(value)))
    except (MessageError, LookupError, ValueError):
        return value


def _unfolded(value: object) -> str:
    return re.sub(r"\r?\n[ \t]", " ", str(value)).strip()


def _date(message: Message) -> datetime | None:
    try:
        dated = parsedate_to_datetime(str(message.get("Date", "")))
    except (ValueError, OverflowError):
        return None
    return dated.replace(tzinfo=UTC) if dated.tzinfo is None else dated.astimezone(UTC)


def _part(message: Message, kind: str) -> str:
    """Return the first part of a kind that is not an attachment."""
    for part in message.walk():
        if part.get_content_type() != kind or part.get_filename():
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            return _text(payload, str(part.get_content_charset("utf-8")))
    return ""


def _text(payload: bytes, charset: str) -> str:
    try:
        return payload.decode(charset, "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")
