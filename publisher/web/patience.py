"""Remember, for a while and in memory only, who was given what.

A process that starts again has forgotten everything, in favour of the readers; so has
one in which more readers ask than it remembers.
"""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from publisher.model.politeness import Allowance, Given, judge
from publisher.web.documents import IndexedDocument
from publisher.web.visitors import Visitor

__all__ = ["MAX_REMEMBERED", "Patience"]

MAX_REMEMBERED = 100_000
"""Readers times feeds; some 20 MB."""


class Patience:
    """Says how long a visitor has to wait for a document.

    Visitors are remembered by Python's keyed hash of what they sent, not by what they
    sent. `now` is in seconds and never goes back.
    """

    def __init__(
        self,
        allowance: Allowance,
        *,
        now: Callable[[], float] = monotonic,
        max_remembered: int = MAX_REMEMBERED,
    ) -> None:
        self._allowance = allowance
        self._now = now
        self._max_remembered = max_remembered
        self._given: dict[int, Given] = {}

    def __len__(self) -> int:
        return len(self._given)

    def wait(self, visitor: Visitor, document: IndexedDocument) -> timedelta:
        """Return the time a visitor has to wait; none: the document is sent now."""
        if visitor.is_many:
            return timedelta()
        key = hash((visitor, document.path))
        # Taken out and put in again: the one asked by longest ago stands first.
        before = self._given.pop(key, None)
        digest = document.validators.digest
        given, wait = judge(before, digest, self._now(), self._allowance)
        if before is None and len(self._given) >= self._max_remembered:
            del self._given[next(iter(self._given))]
        self._given[key] = given
        return wait
