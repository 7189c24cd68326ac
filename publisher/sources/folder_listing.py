"""Which files of a folder may hold articles, and which of its places cannot be read."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import category

from publisher.errors import ArticleError
from publisher.sources.article_file import JSON, JSON_LINES, MARKDOWN

__all__ = ["FolderListing", "FoundFile", "list_folder"]

MAX_DEPTH = 40
MAX_LETTERS = 1000
MAX_BYTES = 2000
"""Of a path: the store has room for no more letters, and no index for more bytes."""
_SUFFIXES = tuple(sorted(MARKDOWN | JSON | JSON_LINES))
_NO_ARTICLES = frozenset(("readme.md", "readme.markdown"))


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that may hold articles. `path` is relative to the folder, with slashes."""

    path: str
    full_path: Path
    size: int
    modified_ns: int
    inode: int

    @property
    def version(self) -> str:
        """What differs as soon as somebody has written the file."""
        return f"{self.size}-{self.modified_ns}-{self.inode}"


@dataclass(frozen=True, slots=True)
class FolderListing:
    """What a folder holds: files by path, and what is refused by path, with the reason.

    The files of a refused folder are neither there nor gone.
    """

    files: dict[str, FoundFile] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def is_there(self, path: str) -> bool:
        """Whether a path is listed, or lies in a folder that could not be read."""
        return (
            path in self.files
            or path in self.refused
            or any(path.startswith(f"{folder}/") for folder in self.refused)
        )


def list_folder(folder: Path) -> FolderListing:
    """Return the files below a folder that may hold articles, in order of their paths.

    Hidden files, READMEs, pictures, unfinished uploads (`.tmp`, `~`) are passed over.
    Raises ArticleError when the folder itself cannot be read.
    """
    root = Path(os.path.realpath(folder))
    listing = FolderListing()
    try:
        _add_folder(root, root, "", listing)
    except OSError as error:
        msg = (
            f"folder {folder} cannot be read ({error.strerror}); create it, or correct"
            " `folder` of this source"
        )
        raise ArticleError(msg) from error
    return listing


def _add_folder(root: Path, folder: Path, prefix: str, listing: FolderListing) -> None:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.name.startswith(".") or entry.name.endswith("~"):
            continue
        try:
            _add_entry(root, entry, prefix, listing)
        except FileNotFoundError:
            continue
        except OSError as error:
            # A link in a circle or into a closed place too: its neighbours are read,
            # and what was there is not gone.
            shown = prefix + _printable(entry.name)
            listing.refused[shown] = (
                f"it cannot be read ({error.strerror}); allow us to"
            )


def _add_entry(
    root: Path, entry: os.DirEntry[str], prefix: str, listing: FolderListing
) -> None:
    path = prefix + entry.name
    is_folder = entry.is_dir()
    if not is_folder and not _may_hold_articles(entry.name):
        return
    if _printable(entry.name) != entry.name:
        shown = prefix + _printable(entry.name)
        listing.refused[shown] = "the name cannot be printed; rename it"
        return
    if len(path) > MAX_LETTERS or len(path.encode()) > MAX_BYTES:
        reason = f"the path is longer than {MAX_LETTERS} letters or {MAX_BYTES} bytes"
        listing.refused[f"{path[: MAX_LETTERS // 2]}…"] = f"{reason}; shorten it"
        return
    if entry.is_symlink() and not _is_followed(root, Path(entry.path), path, listing):
        return
    if not is_folder:
        _add_file(entry, path, listing)
    elif path.count("/") >= MAX_DEPTH:
        listing.refused[path] = f"folders are nested deeper than {MAX_DEPTH}"
    else:
        _add_folder(root, Path(entry.path), f"{path}/", listing)


def _add_file(entry: os.DirEntry[str], path: str, listing: FolderListing) -> None:
    found = entry.stat()
    if not stat.S_ISREG(found.st_mode):
        # To open a pipe waits for who writes into it, perhaps for ever.
        listing.refused[path] = "it is a pipe or a device; put a file in its place"
        return
    listing.files[path] = FoundFile(
        path, Path(entry.path), found.st_size, found.st_mtime_ns, found.st_ino
    )


def _printable(name: str) -> str:
    """Return a name as it is, or escaped where it cannot be printed."""
    if any(category(letter) in {"Cc", "Cs"} for letter in name):
        return name.encode("unicode_escape").decode("ascii")
    return name


def _may_hold_articles(name: str) -> bool:
    lower = name.lower()
    return lower.endswith(_SUFFIXES) and lower not in _NO_ARTICLES


def _is_followed(root: Path, link: Path, path: str, listing: FolderListing) -> bool:
    """Whether a link leads to a place in the folder that is not listed by itself."""
    target = Path(os.path.realpath(link))
    if not target.is_relative_to(root):
        listing.refused[path] = "this link leads out of the folder; copy the file here"
        return False
    return any(part.startswith(".") for part in target.relative_to(root).parts)
