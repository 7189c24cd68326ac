"""What an output must do, and what it is given."""

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from publisher.errors import PublisherError

__all__ = [
    "ARCHIVED",
    "Copy",
    "Output",
    "OutputError",
    "cache_control",
    "checked_path",
]

STALE_IF_ERROR = timedelta(days=1)
"""How long a cache may show the last document while we cannot be reached (RFC 5861)."""

MAX_NAME = 200
"""Bytes of one part of a path: file systems take 255, and drafts need some more."""

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class OutputError(PublisherError):
    """An output cannot be written to; what it held before is still there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A document as an output shows it.

    `path` is relative, such as `feeds/novosti.rss`; `last_modified` is aware, in whole
    seconds. `brotli_body` is empty while there is none. What a kind of output cannot
    keep, its server must be told otherwise.
    """

    path: str
    body: bytes
    gzip_body: bytes
    media_type: str
    last_modified: datetime
    cache_control: str
    brotli_body: bytes = b""


class Output(Protocol):
    """A place that documents are copied to; every method may raise OutputError."""

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        ...

    def key(self) -> str:
        """Return what tells this place from all others, kept in the place itself.

        A place that was emptied or replaced has another key.
        """
        ...

    def claim(self) -> AbstractContextManager[bool]:
        """Have the place to oneself while the context lasts.

        The context's value is False when somebody else has it, in any process. A claim
        ends with the process that holds it, never before, and at most minutes after.
        """
        ...

    def put(self, copy: Copy) -> None:
        """Show a document in place of the one at its path; needs a claim.

        Readers get the old or the new bytes, never a part of either. When this raises,
        they get the old ones. Durable on return.
        """
        ...

    def remove(self, path: str) -> None:
        """Show nothing at a path any more; needs a claim. Durable on return."""
        ...


def checked_path(path: str) -> tuple[str, ...]:
    """Return the parts of a path; raises OutputError for all but plain names.

    No empty part, none that begins with a dot or holds a slash, backslash, control
    character or `%`: nothing leads out of the output or hides in it. `.gz` and
    `.br` are the endings of compressed twins.
    """
    parts = tuple(path.split("/"))
    if path.endswith((".gz", ".br")) or not all(
        _PART.fullmatch(part) and len(part) <= MAX_NAME for part in parts
    ):
        msg = (
            f"{path!r} is no path for an output: names of at most {MAX_NAME} letters,"
            " digits, '.', '_' and '-' are, beginning with none of '.' and '-' and not"
            " ending in .gz or .br; shorten the slug of the rubric"
        )
        raise OutputError(msg)
    return parts


ARCHIVED = "public, max-age=31536000, immutable"
"""How long caches may keep an archive of a month that is over (RFC 8246)."""


def cache_control(max_age: timedelta) -> str:
    """Return how long caches may keep a document (RFC 9111, RFC 5861)."""
    seconds = int(max_age.total_seconds())
    return (
        f"public, max-age={seconds}, stale-while-revalidate={seconds}, "
        f"stale-if-error={int(STALE_IF_ERROR.total_seconds())}"
    )
