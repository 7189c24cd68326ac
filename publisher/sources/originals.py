"""Where the pictures of articles come from: a folder of ours, or the open web."""

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

from publisher.errors import PictureError

__all__ = ["Fetch", "Originals", "PictureFolder"]

MAX_BYTES = 30 * 2**20

Fetch = Callable[[str, int], bytes]
"""Return at most so many bytes from a public address; raises PublisherError."""


@dataclass(frozen=True, slots=True)
class PictureFolder:
    """A folder on this machine whose pictures are public below an address."""

    url: str
    folder: Path

    def find(self, url: str) -> Path | None:
        """Return the file at a public address, or None when it is not below ours.

        Raises PictureError for an address that can be no file's.
        """
        start = self.url.rstrip("/") + "/"
        if not url.startswith(start):
            return None
        quoted = url.removeprefix(start).partition("?")[0].partition("#")[0]
        try:
            # The bytes of the name, which need not be UTF-8.
            name = os.fsdecode(unquote_to_bytes(quoted))
            file = (self.folder / name).resolve()
        except (OSError, RuntimeError, ValueError) as error:
            # Links in a circle; a name that no file can have.
            msg = f"{quoted!r} cannot be read: {error}"
            raise PictureError(msg) from error
        return file if file.is_relative_to(self.folder.resolve()) else None


@dataclass(frozen=True, slots=True)
class Originals:
    """Reads originals: of our own folders from disk, all others through `fetch`."""

    folders: Sequence[PictureFolder]
    fetch: Fetch

    def read(self, url: str) -> bytes:
        """Return the bytes of a picture; blocks; raises PublisherError."""
        for folder in self.folders:
            file = folder.find(url)
            if file is not None:
                return _read(file)
        return self.fetch(url, MAX_BYTES)


def _read(file: Path) -> bytes:
    # As it can be logged, also where it is not UTF-8.
    name = os.fsencode(file.name).decode(errors="backslashreplace")
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            # To open a pipe waits for who writes into it, perhaps for ever.
            msg = f"{name} cannot be read: it is no file"
            raise PictureError(msg)
        if found.st_size > MAX_BYTES:
            msg = f"{name} has more than {MAX_BYTES} bytes"
            raise PictureError(msg)
        return file.read_bytes()
    except OSError as error:
        msg = f"{name} cannot be read: {error.strerror}"
        raise PictureError(msg) from error
