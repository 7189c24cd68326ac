"""Documents into a folder, for any static server.

A document is a file with its compressed twins: `novosti.rss`, `novosti.rss.gz` and, a
little after it was published, `novosti.rss.br`; a server picks one of them by what the
client can read. No file system renames several names in one step. A link to a folder
per state could be swung over in one, but then a change of one document would copy all
of them, and servers that keep folders open would go on reading the old one. So:

1. All files are written beside the old ones, wholly, with their date, onto the disk.
   Whatever fails until here (no space, no right to write) leaves the old ones alone.
2. An old brotli twin that has no successor yet is removed: its readers take gzip.
3. The twins are renamed, then the plain file: between two of them lies one system call.
   Each file is complete and has validators of its own, so that even then a client gets
   one state or the other. The twins come first because nearly all clients read them,
   and because servers that compare dates take no twin that is older than its file.
4. If a later rename fails, the new twins are removed: nobody gets the new state.
5. The folder's names are brought onto the disk. Only now is the copy told to be there,
   so a crash anywhere before leads to the same copy being made again.

Removing begins with the twins as well: a twin without its file would never be missed.
"""

import fcntl
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from typing_extensions import override

from publisher.feeds.outputs.disk import Disk
from publisher.feeds.outputs.output import Copy, Output, OutputError, checked_path

__all__ = ["MARK", "FolderOutput"]

MARK = ".publisher-output"
"""The file that holds a folder's key, and that whoever writes has locked."""

_KEY = re.compile(r"[0-9a-f]{32}")
_TICK = timedelta(seconds=1)


class FolderOutput(Output):
    """Writes files and their twins below a folder, which should be for this alone."""

    def __init__(self, name: str, folder: Path, disk: Disk | None = None) -> None:
        """Take the folder; it is made when it is first claimed."""
        self._name = name
        self._folder = folder
        self._disk = disk or Disk()
        self._is_swept = False

    @property
    @override
    def name(self) -> str:
        return self._name

    @property
    def folder(self) -> Path:
        """What a static server is given as its root."""
        return self._folder

    @override
    def key(self) -> str:
        """Return what the mark says; there is one since the first claim."""
        mark = self._folder / MARK
        with self._told(mark):
            key = _key_in(self._disk.read(mark) or b"")
        if not key:
            msg = f'output "{self._name}": {mark} holds no key yet; claim it first'
            raise OutputError(msg)
        return key

    @override
    @contextmanager
    def claim(self) -> Iterator[bool]:
        """Lock the mark: the system lets go of it with the process, even a killed one.

        The first claim sweeps what a process left that was killed while writing.
        """
        with self._told(self._folder / MARK):
            handle = self._locked_mark()
        if handle is None:
            yield False
            return
        try:
            with self._told(self._folder):
                self._keep_key(handle)
                self._sweep()
            yield True
        finally:
            os.close(handle)

    @override
    def put(self, copy: Copy) -> None:
        """Write the files; their date is the document's, or later (see `_date`)."""
        brotli, gzip, plain = self._files(copy.path)
        bodies = {gzip: copy.gzip_body, plain: copy.body}
        if copy.brotli_body:
            bodies = {brotli: copy.brotli_body, **bodies}
        with self._told(plain):
            is_outdated = brotli not in bodies and self._disk.date(brotli) is not None
            date = self._date(copy.last_modified, bodies)
            if not is_outdated and self._are_there(bodies, date):
                return
            self._disk.make_folder(plain.parent)
            drafts: dict[Path, Path] = {}
            try:
                for file, body in bodies.items():
                    drafts[file] = self._disk.draft(file, body, date)
                if is_outdated:
                    self._disk.remove(brotli)
                self._replace(drafts)
                self._disk.sync(plain.parent)
            finally:
                for draft in drafts.values():
                    with suppress(OSError):
                        draft.unlink(missing_ok=True)

    @override
    def remove(self, path: str) -> None:
        """Remove the files, and the folders that are empty without them."""
        *twins, plain = self._files(path)
        with self._told(plain):
            folder = plain.parent
            if folder.is_dir():
                for file in (*twins, plain):
                    self._disk.remove(file)
                self._disk.sync(folder)
            while folder != self._folder and self._disk.remove_empty(folder):
                folder = folder.parent

    def _replace(self, drafts: Mapping[Path, Path]) -> None:
        """Rename drafts to their files, the plain one last."""
        renamed: list[Path] = []
        try:
            for file, draft in drafts.items():
                self._disk.rename(draft, file)
                renamed.append(file)
        except OSError:
            for twin in renamed:
                self._disk.remove(twin)
            raise

    def _files(self, path: str) -> tuple[Path, Path, Path]:
        """Return the twins of a document and its plain file, in that order."""
        plain = self._folder.joinpath(*checked_path(path))
        brotli, gzip = (plain.with_name(f"{plain.name}.{end}") for end in ("br", "gz"))
        return brotli, gzip, plain

    def _date(self, last_modified: datetime, bodies: Mapping[Path, bytes]) -> datetime:
        """Return the date of the new files, never that of other bytes at this path.

        Static servers make their validators from date and length. A corrected letter
        changes neither, and no reader would ever see it: one second later then.
        """
        dates = [last_modified]
        for file, body in bodies.items():
            before = self._disk.date(file)
            if before is not None:
                is_same = self._disk.read(file) == body
                dates.append(before if is_same else before + _TICK)
        return max(dates)

    def _are_there(self, bodies: Mapping[Path, bytes], date: datetime) -> bool:
        return all(
            self._disk.date(file) == date and self._disk.read(file) == body
            for file, body in bodies.items()
        )

    def _locked_mark(self) -> int | None:
        """Return the locked mark, open, or None when somebody else has it."""
        self._disk.make_folder(self._folder)
        mark = self._folder / MARK
        while True:
            handle = os.open(mark, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Removed or replaced since: then this is the lock of nothing.
                if _is_at(handle, mark):
                    return handle
            except BlockingIOError:
                os.close(handle)
                return None
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)

    def _keep_key(self, handle: int) -> None:
        """Write a key into a mark that has none, such as a new one."""
        size = os.fstat(handle).st_size
        if _key_in(os.pread(handle, size, 0)):
            return
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{secrets.token_hex(16)}\n".encode(), 0)
        os.fsync(handle)
        self._disk.sync(self._folder)

    def _sweep(self) -> None:
        if not self._is_swept:
            for draft in list(self._disk.drafts(self._folder)):
                self._disk.remove(draft)
            self._is_swept = True

    @contextmanager
    def _told(self, place: Path) -> Iterator[None]:
        """Say which output failed, where and why."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            msg = (
                f'output "{self._name}": {place} cannot be written: {reason}; give'
                " this process room and the right to write there"
            )
            raise OutputError(msg) from error


def _key_in(mark: bytes) -> str:
    text = mark.decode("ascii", "replace").strip()
    return text if _KEY.fullmatch(text) else ""


def _is_at(handle: int, place: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), place.lstat())
    except FileNotFoundError:
        return False
