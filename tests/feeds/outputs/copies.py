"""Copies for outputs, what a folder shows of them, and disks that break."""

import errno
import gzip
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import brotli
from typing_extensions import override

from publisher.feeds.compression import compress, compress_with_brotli
from publisher.feeds.outputs.disk import Disk
from publisher.feeds.outputs.folder import MARK
from publisher.feeds.outputs.output import Copy

__all__ = [
    "NOON",
    "PATH",
    "BreakingDisk",
    "a_copy",
    "dates",
    "hidden",
    "shown",
    "shown_in_brotli",
]

NOON = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
PATH = "feeds/novosti.rss"


def a_copy(
    text: str = "Мост открыт",
    *,
    path: str = PATH,
    at: datetime = NOON,
    is_packed: bool = True,
) -> Copy:
    """Return a document as an output takes it, in haste without brotli."""
    body = f"<rss>{text}</rss>".encode()
    return Copy(
        path=path,
        body=body,
        gzip_body=compress(body),
        brotli_body=compress_with_brotli(body) if is_packed else b"",
        media_type="application/rss+xml; charset=utf-8",
        last_modified=at,
        cache_control="public, max-age=300",
    )


def shown(folder: Path) -> dict[str, tuple[str, str]]:
    """Return what a static server shows: by path, the plain and the unpacked text.

    An empty text stands for a file that is not there. Fails when a file cannot be read
    whole.
    """
    found: dict[str, tuple[str, str]] = {}
    for file in sorted(folder.rglob("*")):
        is_shown = file.is_file() and not file.name.startswith(".")
        if is_shown and file.suffix != ".br":
            path = file.relative_to(folder).as_posix()
            plain, twin = found.get(path.removesuffix(".gz"), ("", ""))
            if path.endswith(".gz"):
                twin = _text(gzip.decompress(file.read_bytes()))
            else:
                plain = _text(file.read_bytes())
            found[path.removesuffix(".gz")] = plain, twin
    return found


def shown_in_brotli(folder: Path) -> dict[str, str]:
    """Return what clients that take brotli are shown, where there is such a twin."""
    return {
        file.relative_to(folder).as_posix().removesuffix(".br"): _text(
            brotli.decompress(file.read_bytes())
        )
        for file in folder.rglob("*.br")
    }


def _text(body: bytes) -> str:
    text = body.decode()
    assert text.startswith("<rss>")
    assert text.endswith("</rss>")
    return text.removeprefix("<rss>").removesuffix("</rss>")


def dates(folder: Path, path: str = PATH) -> list[datetime]:
    """Return the dates of a plain file and its twins, to the nanosecond."""
    names = [path, f"{path}.gz", f"{path}.br"]
    stats = [(folder / name).stat() for name in names if (folder / name).exists()]
    assert all(stat.st_mtime_ns % 10**9 == 0 for stat in stats)
    return [datetime.fromtimestamp(stat.st_mtime, UTC) for stat in stats]


def hidden(folder: Path) -> list[str]:
    """Return the names of what lies there and is not shown, but for the mark."""
    found = (file.name for file in folder.rglob(".*"))
    return sorted(name for name in found if name != MARK)


def fill_up() -> None:
    """Do what a full disk does."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class BreakingDisk(Disk):
    """A disk on which one step does not happen; `steps` are those that began."""

    def __init__(
        self, at: int | None = None, happens: Callable[[], None] = fill_up
    ) -> None:
        self.at = at
        self.steps: list[str] = []
        self._happens = happens

    def _step(self, name: str) -> None:
        self.steps.append(name)
        if self.at is not None and len(self.steps) - 1 >= self.at:
            self._happens()

    @override
    def draft(self, file: Path, body: bytes, date: datetime) -> Path:
        self._step("open")
        half = file.with_name(f".{file.name}.00000000.part")
        half.write_bytes(body[: len(body) // 2])
        try:
            self._step("write")
        except OSError:
            half.unlink()
            raise
        half.unlink()
        return super().draft(file, body, date)

    @override
    def make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            self._step("make folder")
        super().make_folder(folder)

    @override
    def rename(self, draft: Path, file: Path) -> None:
        self._step("rename")
        super().rename(draft, file)

    @override
    def remove(self, file: Path) -> None:
        self._step("remove")
        super().remove(file)

    @override
    def remove_empty(self, folder: Path) -> bool:
        self._step("remove folder")
        return super().remove_empty(folder)

    @override
    def sync(self, folder: Path) -> None:
        self._step("sync")
        super().sync(folder)
