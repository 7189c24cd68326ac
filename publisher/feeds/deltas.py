"""What is new in a document for who holds an older state of it (RFC 3229, "feed").

The delta is a whole document of the same format that lacks the entries which the older
state had in the same form. What a state held is remembered as a short hash of each
entry, not as its text.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from publisher.model.feed import FeedFormat

__all__ = ["State", "delta", "state_of"]

State = frozenset[bytes]
"""The hashes of the entries of one state."""

# Texts are escaped, so neither can stand inside an entry.
_ENTRIES = {
    FeedFormat.RSS: re.compile(rb"<item[ >].*?</item>", re.DOTALL),
    FeedFormat.ATOM: re.compile(rb"<entry[ >].*?</entry>", re.DOTALL),
}
_HASH_BYTES = 10


def state_of(body: bytes, form: FeedFormat) -> State:
    """Return what to remember of a document's bytes."""
    return frozenset(_hash(entry) for entry in _entries(body, form))


def delta(body: bytes, form: FeedFormat, held: State) -> bytes | None:
    """Return a document of the entries that are not in an older state.

    None when there is none, or nothing is saved: then the whole document is better.
    """
    entries = _entries(body, form)
    new = [entry for entry in entries if _hash(entry) not in held]
    if not new or len(new) == len(entries):
        return None
    if form is FeedFormat.JSON:
        feed: dict[str, Any] = json.loads(body)
        kept = set(new)
        feed["items"] = [item for item in feed["items"] if _dumped(item) in kept]
        return _dumped(feed)
    kept_xml = set(new)
    return _ENTRIES[form].sub(
        lambda found: found[0] if found[0] in kept_xml else b"", body
    )


def _entries(body: bytes, form: FeedFormat) -> Sequence[bytes]:
    if form is FeedFormat.JSON:
        return [_dumped(item) for item in json.loads(body)["items"]]
    return _ENTRIES[form].findall(body)


def _dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _hash(entry: bytes) -> bytes:
    return hashlib.blake2b(entry, digest_size=_HASH_BYTES).digest()
