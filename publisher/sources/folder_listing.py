"""Which files of a folder may hold articles, and which of its places cannot be read."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import category

from publisher.errors import ArticleError
from publisher.sources.article_file import JSON, JSON_LINES, MARKDOWN

__all__ = ["FolderListing", "FoundFile", "list_folder"]

MAX_DEPTH = 40
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
        if not entry.name.startswith(".") and not entry.name.endswith("~"):
            _add_entry(root, entry, prefix, listing)


def _add_entry(
    root: Path, entry: os.DirEntry[str], prefix: str, listing: FolderListing
) -> None:
    path = prefix + entry.name
    is_folder = entry.is_dir()
    if not is_folder and not _may_hold_articles(entry.name):
        return
    if any(category(letter) in {"Cc", "Cs"} for letter in entry.name):
        shown = prefix + entry.name.encode("unicode_escape").decode("ascii")
        listing.refused[shown] = "the name cannot be printed; rename it"
        return
    if entry.is_symlink() and not _is_followed(root, Path(entry.path), path, listing):
        return
    try:
        if not is_folder:
            stat = entry.stat()
            listing.files[path] = FoundFile(
                path, Path(entry.path), stat.st_size, stat.st_mtime_ns, stat.st_ino
            )
        elif path.count("/") >= MAX_DEPTH:
            listing.refused[path] = f"folders are nested deeper than {MAX_DEPTH}"
        else:
            _add_folder(root, Path(entry.path), f"{path}/", listing)
    except FileNotFoundError:
        return
    except OSError as error:
        listing.refused[path] = f"it cannot be read ({error.strerror}); allow us to"


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
