"""A log with what it was rotated into: read on from a place, or from a time.

A place is a file, known by its first line, and an offset in its text. So it stays the
same when the file is renamed, compressed, or copied and truncated.
"""

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from publisher.errors import PublisherError

__all__ = ["LogFile", "Place", "find_files", "offset_at", "read_lines"]

MAX_LINE = 64 * 1024
"""Bytes; what is longer is passed over."""
_ROTATED = re.compile(r"[.-][0-9][0-9T._-]*(\.gz)?|\.old(\.gz)?")
_BROKEN = (OSError, EOFError, zlib.error)

TimeOf = Callable[[str], datetime | None]


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of a log; `mark` is made of its first line."""

    path: Path
    mark: str
    written_at: datetime

    @property
    def is_packed(self) -> bool:
        """Whether it is compressed."""
        return self.path.suffix == ".gz"

    def open(self) -> BinaryIO:
        """Open its text for reading; raises OSError."""
        if self.is_packed:
            return cast("BinaryIO", gzip.open(self.path, "rb"))
        return self.path.open("rb")


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading goes on: a file's mark, and an offset in bytes of its text."""

    mark: str
    offset: int


def find_files(path: Path) -> list[LogFile]:
    """Return a log and its rotated files, oldest first; files without a line are none.

    Raises PublisherError when the log itself cannot be read.
    """
    try:
        with path.open("rb"):
            others = sorted(path.parent.iterdir())
    except OSError as error:
        msg = (
            f"log {path} cannot be read: {error.strerror}; let the service read it"
            " (often the group adm), or correct the path of [[mail.evidence]]"
        )
        raise PublisherError(msg) from error
    size = len(path.name)
    named = [
        other
        for other in others
        if other.name.startswith(path.name) and _ROTATED.fullmatch(other.name[size:])
    ]
    found = [file for other in (*named, path) if (file := _log_file(other))]
    unique = {file.mark: file for file in found}  # Being compressed, both are there.
    return sorted(unique.values(), key=lambda file: file.written_at)


def _log_file(path: Path) -> LogFile | None:
    file = LogFile(path, "", datetime.min.replace(tzinfo=UTC))
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        with file.open() as text:
            first = text.readline(MAX_LINE)
    except _BROKEN:
        return None
    if not first.endswith(b"\n"):
        return None
    return LogFile(path, hashlib.sha256(first).hexdigest()[:32], written)


def offset_at(file: LogFile, moment: datetime, time_of: TimeOf) -> int:
    """Return where the lines of a file begin that were written at a time or later.

    By halving, so that it costs a few lines however large the file is. A compressed
    file, and one whose lines tell no time, is read from its start.
    """
    if file.is_packed:
        return 0
    with file.open() as text:
        low, high = 0, text.seek(0, 2)
        while high - low > MAX_LINE:
            middle = (low + high) // 2
            found = _time_after(text, middle, high, time_of)
            if found is None:
                break
            if found < moment:
                low = middle
            else:
                high = middle
        if low:
            text.seek(low)
            text.readline(MAX_LINE)
            low = text.tell()
    return low


def _time_after(
    text: BinaryIO, offset: int, end: int, time_of: TimeOf
) -> datetime | None:
    """Return the time of the first whole line after an offset that tells one."""
    text.seek(offset)
    text.readline(MAX_LINE)
    while text.tell() < end:
        line = text.readline(MAX_LINE)
        found = time_of(line.decode("utf-8", "replace"))
        if found is not None:
            return found
    return None


def read_lines(
    files: Sequence[LogFile], start: Place
) -> Iterator[tuple[str | None, Place]]:
    """Yield the lines from a place on, each with the place after it.

    The line is None where a file could not be read to its end. A last line that is not
    finished yet is left for the next time.
    """
    marks = [file.mark for file in files]
    for file in files[marks.index(start.mark) :]:
        offset = start.offset if file.mark == start.mark else 0
        try:
            with file.open() as text:
                text.seek(offset)
                yield from _lines_of(text, file.mark, offset)
        except _BROKEN:
            yield None, Place(file.mark, offset)


def _lines_of(
    text: BinaryIO, mark: str, offset: int
) -> Iterator[tuple[str | None, Place]]:
    is_rest = False
    while piece := text.readline(MAX_LINE):
        is_end = piece.endswith(b"\n")
        if not is_end and len(piece) < MAX_LINE:
            return
        offset += len(piece)
        if is_end and not is_rest:
            yield piece.decode("utf-8", "replace").rstrip("\r\n"), Place(mark, offset)
        is_rest = not is_end
