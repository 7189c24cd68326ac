"""Documents into a bucket of S3-compatible storage, for a CDN or for readers directly.

A document is one object. Writing an object is one step there: readers get the old one
or the new one, whole, and never a pair that does not match. Buckets do not choose
between twins by what a client can read; a CDN in front compresses by itself. Without a
CDN, objects can be kept packed (`Content-Encoding: gzip`): every feed reader unpacks.

A bucket has no locks that end with a process. What stands for one is a lease, written
into the mark only in place of the mark that was seen:

1. Whoever claims writes its name into a free mark, and renews that while it works.
2. A mark that is taken and does not change for longer than a lease lasts, by the clock
   of the one that waits, belongs to a process that is gone, and is taken over. No two
   machines' clocks are compared.
3. Nothing is asked of the bucket unless the lease outlasts the longest request.
4. Should a process be held up all the same between that look and the writing: a
   document is written only in place of the one that was seen before the look, so that
   it cannot follow a newer one.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic

from typing_extensions import override

from publisher.feeds.outputs.bucket import (
    LONGEST_REQUEST,
    Bucket,
    BucketError,
    ChangedError,
)
from publisher.feeds.outputs.output import Copy, Output, OutputError, checked_path

__all__ = ["LEASE", "MARK", "S3Output"]

MARK = ".publisher-output"
"""The object that holds a bucket's key, and the name of whoever writes."""

LEASE = 4 * LONGEST_REQUEST
"""So long nobody takes a claim over; its holder renews it after a half."""

_MARK_HEADERS = {"Content-Type": "text/plain", "Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class _Mark:
    """What stands in the mark: the key, and who has the claim (empty: nobody)."""

    key: str
    holder: str

    def bytes(self) -> bytes:
        # A number that is new each time, so that a renewal has another entity tag.
        return f"{self.key}\n{self.holder}\n{secrets.token_hex(8)}\n".encode()


@dataclass(slots=True)
class _Claim:
    """A claim that is ours: the mark's entity tag, and since when it is sure."""

    mark: _Mark
    tag: str
    since: float


class S3Output(Output):
    """Writes objects below a prefix of a bucket, which should be for this alone.

    `elapsed` returns seconds of a clock that never goes back.
    """

    def __init__(
        self,
        name: str,
        bucket: Bucket,
        *,
        is_packed: bool = False,
        elapsed: Callable[[], float] = monotonic,
    ) -> None:
        """Take the bucket; nothing is asked of it before it is claimed."""
        self._name = name
        self._bucket = bucket
        self._is_packed = is_packed
        self._elapsed = elapsed
        self._claim: _Claim | None = None
        self._seen: tuple[str, float] | None = None
        self._is_proven = False

    @property
    @override
    def name(self) -> str:
        return self._name

    @override
    def key(self) -> str:
        """Return what the mark says; there is one since the first claim."""
        with self._told(MARK):
            found = self._claim.mark if self._claim else self._read_mark()[0]
        if found is None:
            msg = f'output "{self._name}": {MARK} holds no key yet; claim it first'
            raise OutputError(msg)
        return found.key

    @override
    @contextmanager
    def claim(self) -> Iterator[bool]:
        """Lease the mark; a killed process keeps it from the others for one `LEASE`."""
        with self._told(MARK):
            claim = self._taken()
        if claim is None:
            yield False
            return
        self._claim = claim
        try:
            with self._told(MARK):
                self._prove_conditions()
            yield True
        finally:
            self._claim = None
            # What cannot be given back ends by itself.
            with suppress(BucketError):
                free = _Mark(claim.mark.key, "")
                self._bucket.write(MARK, free.bytes(), claim.tag, _MARK_HEADERS)

    @override
    def put(self, copy: Copy) -> None:
        """Write the object in place of the one that is there.

        Its date is when it was written, and its entity tag the bucket's own: buckets
        take neither from us.
        """
        name = "/".join(checked_path(copy.path))
        headers = {
            "Content-Type": copy.media_type,
            "Cache-Control": copy.cache_control,
        }
        if self._is_packed:
            headers["Content-Encoding"] = "gzip"
        body = copy.gzip_body if self._is_packed else copy.body
        with self._told(name):
            seen = self._bucket.tag(name)
            self._make_sure()
            self._bucket.write(name, body, seen, headers)

    @override
    def remove(self, path: str) -> None:
        """Remove the object."""
        name = "/".join(checked_path(path))
        with self._told(name):
            self._make_sure()
            self._bucket.remove(name)

    def _taken(self) -> _Claim | None:
        """Return a claim, or None while somebody else has one."""
        since = self._elapsed()
        mark, tag = self._read_mark()
        if mark is not None and mark.holder and not self._is_deserted(tag, since):
            return None
        key = mark.key if mark else secrets.token_hex(16)
        mine = _Mark(key, secrets.token_hex(16))
        try:
            tag = self._bucket.write(MARK, mine.bytes(), tag or None, _MARK_HEADERS)
        except ChangedError:
            return None
        return _Claim(mine, tag, since)

    def _is_deserted(self, tag: str, now: float) -> bool:
        """Tell whether a mark is the one that was seen a lease ago."""
        if self._seen is None or self._seen[0] != tag:
            self._seen = tag, now
        return now - self._seen[1] > LEASE.total_seconds()

    def _make_sure(self) -> None:
        """Renew the claim when half of it is over; raises when it is lost."""
        claim = self._claim
        if claim is None:
            msg = "nobody claimed the output"
            raise BucketError(msg)
        now = self._elapsed()
        if now - claim.since > LEASE.total_seconds() / 2:
            claim.tag = self._bucket.write(
                MARK, claim.mark.bytes(), claim.tag, _MARK_HEADERS
            )
            claim.since = now
        if self._elapsed() - claim.since > LEASE.total_seconds() * 3 / 4:
            msg = "this process was held up; the claim may be another's by now"
            raise BucketError(msg)

    def _prove_conditions(self) -> None:
        """Fail where the server writes whatever it was told not to write."""
        if self._is_proven or self._claim is None:
            return
        try:
            self._claim.tag = self._bucket.write(
                MARK, self._claim.mark.bytes(), None, _MARK_HEADERS
            )
        except ChangedError:
            self._is_proven = True
            return
        msg = (
            "the server ignores conditions of writing (If-None-Match), so that two"
            " processes could write over each other; use storage that knows them"
        )
        raise BucketError(msg)

    def _read_mark(self) -> tuple[_Mark | None, str]:
        """Return the mark and its tag; a tag without a mark is that of a broken one."""
        found = self._bucket.read(MARK)
        if found is None:
            return None, ""
        lines = found[0].decode("ascii", "replace").split("\n")
        mark = _Mark(lines[0], lines[1]) if len(lines) > 1 and lines[0] else None
        return mark, found[1]

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Say which output failed, where and why."""
        try:
            yield
        except BucketError as error:
            msg = (
                f'output "{self._name}": {name} cannot be written: {error}; look at'
                " the bucket, its address and what these credentials may do there"
            )
            raise OutputError(msg) from error
