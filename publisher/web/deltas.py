"""Remember what documents held that were sent, and send what is new since (RFC 3229).

Only in memory: who comes with a tag that this process has not sent gets the whole.
"""

import asyncio
import gzip
import re
from collections import OrderedDict
from typing import NamedTuple

from publisher.feeds.deltas import State, delta, state_of
from publisher.model.feed import FeedFormat
from publisher.web.documents import Identity, IndexedDocument

__all__ = ["Delta", "Deltas", "asks_for_delta"]

MAX_STATES = 2000
"""Of 50 entries each: some 3 MB."""
MAX_MADE = 64

_DIGEST = re.compile(rb"[0-9a-f]{32}")
_FEED = re.compile(rb"(?:^|[\s,])feed(?:$|[\s,;])", re.IGNORECASE)


def asks_for_delta(a_im: bytes | None) -> bool:
    """Tell whether a client takes deltas of the kind that we make (A-IM)."""
    return a_im is not None and _FEED.search(a_im) is not None


class Delta(NamedTuple):
    """What is new since the state with a digest, plain and compressed."""

    base: str
    body: bytes
    packed: bytes


class Deltas:
    """The states that were sent, the newest kept longest, and deltas just made.

    Reading a large document takes milliseconds, so it is done in threads, and once for
    all readers who come from the same state.
    """

    def __init__(self, max_states: int = MAX_STATES) -> None:
        self._max_states = max_states
        self._states: OrderedDict[tuple[Identity, str], State] = OrderedDict()
        self._made: OrderedDict[tuple[Identity, str, str], Delta | None] = OrderedDict()

    async def learn(self, document: IndexedDocument, body: bytes) -> None:
        """Remember what a document holds; `body` is not compressed."""
        key = document.identity, document.validators.digest
        if key in self._states:
            return
        self._states[key] = await asyncio.to_thread(state_of, body, document.format)
        while len(self._states) > self._max_states:
            self._states.popitem(last=False)

    async def find(
        self, document: IndexedDocument, body: bytes, tags: bytes
    ) -> Delta | None:
        """Return what is new for who holds one of these tags.

        None where we sent none of them, or the whole document is better.
        """
        for found in _DIGEST.findall(tags):
            base = found.decode("ascii")
            held = self._states.get((document.identity, base))
            if held is None:
                continue
            key = document.identity, base, document.validators.digest
            if key not in self._made:
                made = await asyncio.to_thread(_make, body, document.format, held, base)
                self._made[key] = made
                while len(self._made) > MAX_MADE:
                    self._made.popitem(last=False)
            return self._made.get(key)
        return None


def _make(body: bytes, form: FeedFormat, held: State, base: str) -> Delta | None:
    new = delta(body, form, held)
    return None if new is None else Delta(base, new, gzip.compress(new, 4, mtime=0))
