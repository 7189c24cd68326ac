"""A folder as a source: whoever writes a file of articles into it hands them over."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path

from publisher.clock import Clock, SystemClock
from publisher.model.article import IncomingArticle
from publisher.sources.article_file import ArticleFiles
from publisher.sources.folder_listing import FoundFile, list_folder
from publisher.sources.local_pictures import LocalPictures
from publisher.sources.source import FileGone, FileReading, Refusal, SourceDefaults

__all__ = ["FolderSource"]

SETTLED_AFTER = 2.0
"""Seconds after which a file that nobody has written is complete."""
WAIT_FOR_PICTURES = 24 * 3600.0
"""Seconds for which a file is read again until the pictures it names are there."""
ENTRIES_PER_READING = 5000
BYTES_PER_READING = 64 * 1024 * 1024

_WAITING = "-waiting"
_REFUSED = "refused"


class FolderSource:
    """Watches a folder and what is below it by looking, so it works on every disk.

    A fingerprint is the file's size, time, inode and content: what was only touched is
    read but not yielded again. A file is read when it was the same at the look before,
    or has not been written for SETTLED_AFTER seconds, so none is read half-written.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        defaults: SourceDefaults,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self._folder = folder
        self._clock = clock or SystemClock()
        self._pictures = LocalPictures(
            folder, defaults.pictures_url or defaults.site_url
        )
        self._files = ArticleFiles(defaults, self._pictures)
        self._versions: dict[str, str] = {}
        self._touched: dict[str, tuple[str, str]] = {}

    def scan(self, known: Mapping[str, str]) -> Iterator[FileReading | FileGone]:
        """Yield new versions of files by path, then the files that are gone.

        Raises ArticleError when the folder cannot be read.
        """
        listing = list_folder(self._folder)
        before = self._versions
        self._versions = {path: file.version for path, file in listing.files.items()}
        for path, file in listing.files.items():
            fingerprint = known.get(path, "")
            is_settled = before.get(path) == file.version or (
                self._age(file) >= SETTLED_AFTER
            )
            if is_settled and self._may_be_new(file, fingerprint):
                yield from self._read(file, fingerprint)
        for path, reason in listing.refused.items():
            if known.get(path) != _REFUSED:
                refusal = Refusal(f"{path}:1", reason, "")
                yield FileReading(path, _REFUSED, (), (refusal,))
        for path in sorted(known):
            if not listing.is_there(path):
                self._touched.pop(path, None)
                yield FileGone(path)

    def _age(self, file: FoundFile) -> float:
        return self._clock.now().timestamp() - file.modified_ns / 1e9

    def _may_be_new(self, file: FoundFile, fingerprint: str) -> bool:
        """Whether a file may hold something that was not taken in."""
        if self._touched.get(file.path) == (file.version, fingerprint):
            return False
        if not fingerprint.startswith(f"{file.version}-"):
            return True
        if fingerprint.endswith(_WAITING):
            return self._age(file) < WAIT_FOR_PICTURES
        return fingerprint.endswith(_REFUSED)

    def _read(self, found: FoundFile, fingerprint: str) -> Iterator[FileReading]:
        try:
            with found.full_path.open("rb") as file:
                if _version(file) == found.version:
                    yield from self._read_open(found, file, fingerprint)
        except FileNotFoundError:
            return
        except OSError as error:
            refused = f"{found.version}-{_REFUSED}"
            if fingerprint != refused:
                reason = f"the file cannot be read ({error.strerror}); allow us to"
                refusal = Refusal(f"{found.path}:1", reason, "")
                yield FileReading(found.path, refused, (), (refusal,))

    def _read_open(
        self, found: FoundFile, file: BufferedReader, fingerprint: str
    ) -> Iterator[FileReading]:
        content = hashlib.file_digest(file, "sha256").hexdigest()[:32]
        if fingerprint.endswith(f"-{content}"):
            self._touched[found.path] = (found.version, fingerprint)
            return
        file.seek(0)
        self._pictures.missing.clear()
        part = _Part(found.path)
        written_at = datetime.fromtimestamp(found.modified_ns // 10**9, UTC)
        for entry in self._files.read(found.path, file, written_at):
            part.add(entry)
            if part.is_full(file.tell()):
                yield part.reading("", is_last=False)
                part = _Part(found.path, file.tell())
        waiting = _WAITING if self._pictures.missing and not part.start else ""
        whole = f"{found.version}-{content}{waiting}"
        # Was it written while we read, then the next look brings all of it.
        if whole != fingerprint and _version(file) == found.version:
            yield part.reading(whole, is_last=True)


class _Part:
    """What was read of a file since the part before, which ended at byte `start`."""

    def __init__(self, path: str, start: int = 0) -> None:
        self.start = start
        self._path = path
        self._articles: list[IncomingArticle] = []
        self._refusals: list[Refusal] = []

    def add(self, entry: IncomingArticle | Refusal) -> None:
        if isinstance(entry, Refusal):
            self._refusals.append(entry)
        else:
            self._articles.append(entry)

    def is_full(self, place: int) -> bool:
        entries = len(self._articles) + len(self._refusals)
        return entries >= ENTRIES_PER_READING or place - self.start >= BYTES_PER_READING

    def reading(self, fingerprint: str, *, is_last: bool) -> FileReading:
        return FileReading(
            self._path,
            fingerprint,
            tuple(self._articles),
            tuple(self._refusals),
            is_last=is_last,
        )


def _version(file: BufferedReader) -> str:
    """Return the version of an open file, as a listing gives it."""
    stat = os.fstat(file.fileno())
    return f"{stat.st_size}-{stat.st_mtime_ns}-{stat.st_ino}"
