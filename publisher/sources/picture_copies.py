"""Copies of lead pictures in the sizes that mail needs, kept on disk.

A copy is made when it is first asked for and is never changed afterwards. The folder
may be emptied at any time: what is asked for again is made again.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from publisher.rendering.resizing import resize
from publisher.sources.originals import Originals

__all__ = ["PictureCopies"]

SWEEP_EVERY = 100
KEEP_SHARE = 0.8
"""Of the bound, after the oldest were removed, so that not every copy sweeps."""


class PictureCopies:
    """Makes and keeps copies below `folder`, at most about `max_bytes` of them."""

    def __init__(self, folder: Path, originals: Originals, *, max_bytes: int) -> None:
        self._folder = folder
        self._originals = originals
        self._max_bytes = max_bytes
        self._made = 0

    def find(self, key: str, width: int) -> bytes | None:
        """Return a copy that was made before; blocks."""
        try:
            return self._path(key, width).read_bytes()
        except OSError:
            return None  # What cannot be read is made again.

    def make(self, key: str, width: int, url: str) -> bytes:
        """Fetch an original, keep a copy of it and return that.

        Blocks; raises PublisherError. A disk that takes no more does not matter: the
        copy is returned all the same.
        """
        copy = resize(self._originals.read(url), width)
        with suppress(OSError):
            self._keep(self._path(key, width), copy)
        self._made += 1
        if self._made % SWEEP_EVERY == 0:
            with suppress(OSError):
                self.sweep()
        return copy

    def sweep(self) -> int:
        """Remove the oldest copies when all together are too many; return how many."""
        files = [
            (found.st_mtime, found.st_size, path)
            for end in ("jpg", "part")  # What a killed process left counts as well.
            for path in self._folder.glob(f"*/*.{end}")
            if (found := _stat(path)) is not None
        ]
        total = sum(size for _, size, _ in files)
        if total <= self._max_bytes:
            return 0
        removed = 0
        for _, size, path in sorted(files):
            if total <= self._max_bytes * KEEP_SHARE:
                break
            try:
                path.unlink(missing_ok=True)
            except OSError:
                continue  # What cannot be removed keeps no other.
            with suppress(OSError):
                path.parent.rmdir()
            total -= size
            removed += 1
        return removed

    def _path(self, key: str, width: int) -> Path:
        return self._folder / key / f"{width}.jpg"

    def _keep(self, path: Path, copy: bytes) -> None:
        """Write a file whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(number, "wb") as file:
                file.write(copy)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
