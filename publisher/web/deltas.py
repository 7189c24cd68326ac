"""Remember what documents held that were sent, and send what is new since (RFC 3229).

Only in memory: who comes with a tag that this process has not sent gets the whole.
"""

import gzip
import re
from collections import OrderedDict

from publisher.feeds.deltas import State, delta, state_of
from publisher.web.documents import Identity, IndexedDocument

__all__ = ["Deltas", "asks_for_delta", "packed"]

MAX_STATES = 2000
"""Of 50 entries each: some 3 MB."""

_DIGEST = re.compile(rb"[0-9a-f]{32}")
_FEED = re.compile(rb"(?:^|[\s,])feed(?:$|[\s,;])", re.IGNORECASE)


def asks_for_delta(a_im: bytes | None) -> bool:
    """Tell whether a client takes deltas of the kind that we make (A-IM)."""
    return a_im is not None and _FEED.search(a_im) is not None


class Deltas:
    """The states that were sent, the newest kept longest."""

    def __init__(self, max_states: int = MAX_STATES) -> None:
        self._max_states = max_states
        self._states: OrderedDict[tuple[Identity, str], State] = OrderedDict()

    def knows(self, document: IndexedDocument) -> bool:
        """Tell whether what a document holds now is remembered."""
        return (document.identity, document.validators.digest) in self._states

    def learn(self, document: IndexedDocument, body: bytes) -> None:
        """Remember what a document holds; `body` is not compressed."""
        key = document.identity, document.validators.digest
        self._states[key] = state_of(body, document.format)
        self._states.move_to_end(key)
        while len(self._states) > self._max_states:
            self._states.popitem(last=False)

    def find(
        self, document: IndexedDocument, body: bytes, tags: bytes
    ) -> tuple[bytes, str] | None:
        """Return what is new for who holds one of these tags, and that tag's digest.

        None where we sent none of them, or the whole document is better.
        """
        for found in _DIGEST.findall(tags):
            digest = found.decode("ascii")
            held = self._states.get((document.identity, digest))
            if held is not None:
                new = delta(body, document.format, held)
                return None if new is None else (new, digest)
        return None


def packed(body: bytes) -> bytes:
    """Return a delta compressed; it is made for one client, and quickly."""
    return gzip.compress(body, 4, mtime=0)
