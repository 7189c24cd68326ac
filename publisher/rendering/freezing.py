"""A newsroom's own templates, as they were when all of them last worked.

An editor saves a template in the middle of a thought, and the digest goes out at six.
So nothing renders from the editor's folder itself: when it has changed, it is copied,
the copy is tried, and only a copy that works is used from then on. The last one that
worked is kept on disk and outlives restarts.
"""

import fcntl
import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.errors import TemplateError

__all__ = ["FrozenTemplates"]

MAX_FILES = 1000
MAX_BYTES = 1_000_000
"""Of one file; a template has a few thousand."""

_NAME_LENGTH = 20
_CURRENT = "current"
_LOCK = ".lock"
_log = logging.getLogger("publisher.rendering")


class FrozenTemplates:
    """Keeps working copies of `folder` below `kept`.

    `try_out` renders whatever it can from a folder of templates, and raises
    TemplateError where something does not work.
    """

    def __init__(
        self, folder: Path, kept: Path, try_out: Callable[[Path], object]
    ) -> None:
        self._folder = folder
        self._kept = kept
        self._try_out = try_out
        self._seen = ""
        self._told = ""

    def current(self) -> Path | None:
        """Return the copy that worked last; None before the first."""
        try:
            name = (self._kept / _CURRENT).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        copy = self._kept / name
        return copy if copy.is_dir() else None

    def refresh(self) -> Path | None:
        """Look whether the folder has changed; return the copy to render from.

        A change that does not work is told to the log once, and changes nothing.
        """
        try:
            if _fingerprint(self._files()) != self._seen:
                with self._alone():
                    # Whoever waited for another process looks at what is there now.
                    files = self._files()
                    name = _fingerprint(files)
                    self._freeze(name, files)
                    self._seen = name
        except TemplateError as error:
            self._tell(str(error))
        except OSError as error:
            self._tell(f"{error.filename or self._kept}: {error.strerror}")
        return self.current()

    def _tell(self, reason: str) -> None:
        """Write a reason to the log unless it was the last thing written."""
        if reason != self._told:
            self._told = reason
            _log.error("templates.not_taken reason=%s", reason)

    def _files(self) -> dict[str, bytes]:
        """Return the content of every template by its path; raises TemplateError."""
        if not self._folder.is_dir():
            msg = f"{self._folder}: there is no such folder of templates"
            raise TemplateError(msg)
        found: dict[str, bytes] = {}
        for path in sorted(self._visible(self._folder)):
            if path.stat().st_size > MAX_BYTES or len(found) >= MAX_FILES:
                msg = (
                    f"{path}: a folder of templates has at most {MAX_FILES} files of"
                    f" {MAX_BYTES} bytes; keep other things elsewhere"
                )
                raise TemplateError(msg)
            found[path.relative_to(self._folder).as_posix()] = path.read_bytes()
        return found

    def _visible(self, folder: Path) -> Iterator[Path]:
        for path in folder.iterdir():
            if path.name.startswith(".") or path.name.endswith("~"):
                continue  # What editors leave beside a file.
            if path.is_dir() and not path.is_symlink():
                yield from self._visible(path)
            elif path.is_file():
                yield path

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait until no other process changes what is kept; the kernel ends a wait."""
        self._kept.mkdir(parents=True, exist_ok=True)
        with (self._kept / _LOCK).open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _freeze(self, name: str, files: dict[str, bytes]) -> None:
        copy = self._kept / name
        present = self.current()
        if present == copy:
            return
        if not copy.is_dir():
            _write(copy, files)
        try:
            self._try_out(copy)
        except TemplateError as error:
            shutil.rmtree(copy, ignore_errors=True)
            self._seen = name  # It need not be tried again.
            # The editor knows the folder, not our copy of it.
            told = str(error).replace(str(copy), str(self._folder))
            raise TemplateError(told) from error
        _point(self._kept / _CURRENT, name)
        self._told = ""
        _log.info("templates.taken files=%d", len(files))
        # Another process may still render from the one before.
        for old in self._kept.iterdir():
            if old.is_dir() and old not in {copy, present}:
                shutil.rmtree(old, ignore_errors=True)


def _fingerprint(files: dict[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name, content in files.items():
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()[:_NAME_LENGTH]


def _write(copy: Path, files: dict[str, bytes]) -> None:
    """Write a copy whole or not at all."""
    part = Path(tempfile.mkdtemp(dir=copy.parent, prefix="."))
    try:
        for name, content in files.items():
            file = part / name
            file.parent.mkdir(parents=True, exist_ok=True)
            _write_file(file, content)
        part.rename(copy)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _point(current: Path, name: str) -> None:
    new = current.with_name(f".{current.name}.part")
    _write_file(new, name.encode())
    new.replace(current)


def _write_file(file: Path, content: bytes) -> None:
    """Write a file that is there after a power cut too, and not empty."""
    with file.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
