"""The few things that a folder is asked to do; tests break them one at a time."""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["Disk"]

FILE_MODE = 0o644
FOLDER_MODE = 0o755
"""A static server runs as somebody else, whatever our umask is."""

_DRAFT = re.compile(r"\..+\.[0-9a-f]{8}\.part")


class Disk:
    """A file system; everything raises OSError."""

    def read(self, file: Path) -> bytes | None:
        """Return a file's bytes, or None where there is none."""
        try:
            return file.read_bytes()
        except FileNotFoundError:
            return None

    def date(self, file: Path) -> datetime | None:
        """Return when a file changed, in whole seconds, or None where there is none."""
        try:
            seconds = int(file.lstat().st_mtime)
        except FileNotFoundError:
            return None
        return datetime.fromtimestamp(seconds, UTC)

    def make_folder(self, folder: Path) -> None:
        """Make a folder and those above it, as names that survive a power cut."""
        if folder.is_dir():
            return
        self.make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(FOLDER_MODE)
        self.sync(folder.parent)

    def draft(self, file: Path, body: bytes, date: datetime) -> Path:
        """Write a file's next state beside it, wholly and durably; return the draft."""
        draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        handle = os.open(draft, flags, FILE_MODE)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(body)
                out.flush()
                os.fchmod(out.fileno(), FILE_MODE)
                seconds = int(date.timestamp())
                os.utime(out.fileno(), (seconds, seconds))
                os.fsync(out.fileno())
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            raise
        return draft

    def rename(self, draft: Path, file: Path) -> None:
        """Put a draft in place of a file, in one step."""
        draft.replace(file)

    def remove(self, file: Path) -> None:
        """Remove a file if it is there."""
        file.unlink(missing_ok=True)

    def remove_empty(self, folder: Path) -> bool:
        """Remove a folder if it is empty; tell whether it is gone."""
        try:
            folder.rmdir()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def sync(self, folder: Path) -> None:
        """Make the names in a folder survive a power cut."""
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def drafts(self, folder: Path) -> Iterator[Path]:
        """Yield what drafts were left below a folder."""
        for file in folder.rglob(".*.part"):
            if _DRAFT.fullmatch(file.name):
                yield file
