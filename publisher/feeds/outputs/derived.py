"""Copies of what the store does not keep: dialects of feeds and the news sitemap.

Each is copied again with every change of what its feed's RSS is of, and recorded under
the number of that change: it may show articles that the RSS shows no more. It is made
when it is copied, of what is public then, which is that state or a newer one.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from publisher.errors import PublisherError, RubricError
from publisher.feeds.compression import compress, compress_with_brotli
from publisher.feeds.dialects.offered import Make, Offered
from publisher.feeds.outputs.output import Copy, cache_control
from publisher.store import Store, mirrors

__all__ = ["Derivation", "DerivedCopy", "NotMadeError"]

_log = logging.getLogger("publisher.feeds.outputs")


class NotMadeError(PublisherError):
    """A document could not be made; that is not the output's failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedCopy:
    """What an output does not have in its present state; as WaitingCopy."""

    path: str
    change_no: int
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """Tells what is made of documents, and makes it."""

    offered: Offered
    make: Make

    def wanted(self, store: Store, languages: Sequence[str]) -> dict[str, int]:
        """Return the paths that an output should hold, and as of which change."""
        feeds = store.query(mirrors.open_feeds, languages)
        return {
            path: change_no
            for feed_path, change_no in feeds.items()
            for path in self.offered.made_of(feed_path)
        }

    def waiting(
        self, store: Store, output: str, wanted: dict[str, int]
    ) -> list[DerivedCopy]:
        """Return what an output waits for, oldest change first."""
        if not wanted:
            return []
        held = store.query(mirrors.held_copies, output)
        found = [
            DerivedCopy(path=path, change_no=change_no, is_new=path not in held)
            for path, change_no in wanted.items()
            if held.get(path, -1) < change_no
        ]
        return sorted(found, key=lambda copy: (copy.change_no, copy.path))

    def copy_of(self, path: str, max_age: timedelta) -> Copy | None:
        """Return the document at a path, None where its rubric closed meanwhile.

        Raises NotMadeError when it cannot be made; the reason is in the log.
        """
        try:
            made = self.make(path)
        except RubricError:
            return None
        except Exception as error:
            _log.exception("dialect.failed path=%s", path)
            msg = f"{path} cannot be made; the log tells why"
            raise NotMadeError(msg) from error
        if made is None:
            return None
        return Copy(
            path=path.removeprefix("/"),
            body=made.body,
            gzip_body=compress(made.body),
            brotli_body=compress_with_brotli(made.body),
            media_type=made.media_type,
            last_modified=made.validators.modified_at,
            cache_control=cache_control(max_age),
        )
