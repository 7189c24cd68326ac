"""The pictures that lie in a source's folder: their public address, size and kind."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

from PIL import Image

__all__ = ["LocalPicture", "LocalPictures"]

MOST_KEPT = 10_000
MAX_NAME = 1000
_LYING_ORIENTATIONS = range(5, 9)
_ORIENTATION = 0x0112
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|/|#|\?|\\", re.IGNORECASE)
_QUERY = re.compile(r"[?#]")
_IMAGE_SOURCE = re.compile(
    r"""(<img\b[^<>]*?\ssrc\s*=\s*)("[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)""", re.IGNORECASE
)
_WITHOUT_SIZE = {".avif": "image/avif", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class LocalPicture:
    """A picture in the folder; sizes in pixels, 0 when unknown; length in bytes."""

    url: str
    width: int
    height: int
    length: int
    media_type: str


class LocalPictures:
    """Finds pictures; what was read of a file is kept until the file changes.

    `missing` collects the names that were asked for in vain; whoever asks clears it.
    """

    def __init__(self, folder: Path, pictures_url: str) -> None:
        self._folder = folder
        self._pictures_url = pictures_url.rstrip("/")
        self._kept: dict[Path, tuple[tuple[int, int], LocalPicture | None]] = {}
        self.missing: set[str] = set()

    @staticmethod
    def is_relative(address: str) -> bool:
        """Whether an address names a file beside or below the text that holds it."""
        return bool(address) and _ELSEWHERE.match(address) is None

    def find(self, written: str, beside: str) -> LocalPicture | None:
        """Return the picture that a relative address names, or None.

        It is looked for beside the file at the path `beside`, then from the top of the
        folder. Files outside of the folder are never looked at.
        """
        for path in self._candidates(written, beside):
            picture = self._read(path)
            if picture is not None:
                return picture
        self.missing.add(written)
        return None

    def address(self, written: str) -> str:
        """Return the public address of a relative one, be there a file or not."""
        parts = [p for p in PurePosixPath(_name(written)).parts if p not in {"..", "."}]
        address = quote("/".join(parts), errors="surrogateescape")
        return f"{self._pictures_url}/{address}"

    def placed_in(self, html: str, beside: str) -> str:
        """Return HTML in which pictures of the folder have their public address."""

        def replaced(found: re.Match[str]) -> str:
            written = found[2].strip("\"'")
            if not self.is_relative(written):
                return found[0]
            for path in self._candidates(written, beside):
                picture = self._read(path)
                if picture is not None:
                    return f'{found[1]}"{escape(picture.url)}"'
            return found[0]

        return _IMAGE_SOURCE.sub(replaced, html)

    def _candidates(self, written: str, beside: str) -> Iterator[Path]:
        root = self._folder.resolve()
        starts = dict.fromkeys([(root / beside).parent, root])
        # A name may hold what begins a query in an address: people write names.
        for text in dict.fromkeys([written, _QUERY.split(written, maxsplit=1)[0]]):
            name = _name(text)
            if "\0" in name or len(name) > MAX_NAME:
                continue
            for start in starts:
                try:
                    path = (start / name).resolve()
                except (OSError, RuntimeError, UnicodeError):
                    continue  # Links in a circle; a name that no file can have.
                if path.is_relative_to(root):
                    yield path

    def _read(self, path: Path) -> LocalPicture | None:
        try:
            stat = path.stat()
            if not path.is_file():
                return None
        except OSError:
            return None
        version = (stat.st_size, stat.st_mtime_ns)
        kept = self._kept.get(path)
        if kept is not None and kept[0] == version:
            return kept[1]
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        relative = path.relative_to(self._folder.resolve()).as_posix()
        url = f"{self._pictures_url}/{quote(os.fsencode(relative))}"
        try:
            picture = _read_picture(path, url, stat.st_size)
        except OSError:
            return None  # Not the picture's fault, and perhaps over at the next look.
        self._kept[path] = (version, picture)
        return picture


def _name(written: str) -> str:
    """Return the name of a file as an address has it; it need not be UTF-8."""
    return unquote(written, errors="surrogateescape")


def _read_picture(path: Path, url: str, length: int) -> LocalPicture | None:
    """Read what the head of a picture's file says; None when it is no picture."""
    known = _WITHOUT_SIZE.get(path.suffix.lower())
    if known is not None:
        return LocalPicture(url, 0, 0, length, known)
    try:
        with Image.open(path) as image:
            width, height = image.size
            if image.getexif().get(_ORIENTATION) in _LYING_ORIENTATIONS:
                width, height = height, width
            media_type = Image.MIME.get(image.format or "", "")
    except OSError as error:
        # Pillow's own have no number: what is in the file is no picture.
        if error.errno is not None:
            raise
        return None
    except (Image.DecompressionBombError, ValueError):
        return None
    except (SyntaxError, Image.DecompressionBombWarning):
        return None
    if not media_type.startswith("image/"):
        return None
    return LocalPicture(url, width, height, length, media_type)
