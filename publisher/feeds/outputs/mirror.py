"""Bring an output every change, once, in order, and after any interruption.

What an output holds is recorded for each path, not as one number up to which all is
copied: one number cannot tell which old addresses are left to be removed, and a single
document that fails would hold up all later ones.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from publisher.clock import Clock
from publisher.feeds.outputs.derived import Derivation, DerivedCopy, NotMadeError
from publisher.feeds.outputs.output import Copy, Output, OutputError, cache_control
from publisher.model.clocks_apart import is_ahead
from publisher.store import Store, mirrors
from publisher.store.documents import Document
from publisher.store.mirrors import WaitingCopy

__all__ = ["Mirror", "Report"]

BATCH = 50
"""Copies between two claims, and between two records of what was copied."""

RESCAN = timedelta(minutes=5)
"""How often everything is compared, not only what changed: rubrics may have closed."""

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=1)
FAILURES_IN_A_ROW = 3
"""So many documents that fail one after the other are the output's failure."""

_EVER = datetime.min.replace(tzinfo=UTC)
_log = logging.getLogger("publisher.feeds.outputs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one batch did; `failures` says why in words for an operator."""

    copied: int = 0
    removed: int = 0
    failures: tuple[str, ...] = ()
    is_busy: bool = False
    """Somebody else has the output."""
    has_more: bool = False
    """There is more to do: another batch, now or after a pause."""


@dataclass(slots=True)
class _Pause:
    """How long to leave alone what failed: twice as long each time."""

    until: datetime = _EVER
    span: timedelta = FIRST_PAUSE

    def lasts(self, now: datetime) -> bool:
        return is_ahead(self.until, now, LONGEST_PAUSE)

    def begin(self, now: datetime) -> None:
        self.until = now + self.span
        self.span = min(2 * self.span, LONGEST_PAUSE)


@dataclass(slots=True)
class _Batch:
    """What is being done under one claim."""

    copied: list[tuple[str, int]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    failed_in_a_row: int = 0

    @property
    def is_hopeless(self) -> bool:
        return self.failed_in_a_row >= FAILURES_IN_A_ROW


@dataclass(kw_only=True)
class Mirror:
    """Copies documents to one output; any number of mirrors may run for it.

    `languages` and `max_age` are those of the feeds; `derivation` makes what is made of
    documents. Methods block; one thread at a time.
    """

    output: Output
    store: Store
    clock: Clock
    languages: Sequence[str]
    max_age: timedelta
    derivation: Derivation | None = None
    _settled_no: int = 0
    _rescan_at: datetime = _EVER
    _key: str = ""
    _pause: _Pause = field(default_factory=_Pause)
    _aside: dict[str, _Pause] = field(default_factory=dict)

    def copy_some(self, limit: int = BATCH) -> Report:
        """Copy up to `limit` documents that changed, and remove up to as many.

        Does nothing, at the price of one small query, when nothing changed; nothing at
        all while it pauses after a failure. Never raises for what the output does.
        """
        now = self.clock.now()
        if self._pause.lasts(now):
            return Report()
        newest = self.store.query(mirrors.last_change)
        is_compared = is_ahead(self._rescan_at, now, RESCAN)
        if newest == self._settled_no and is_compared:
            return Report()
        after = self._settled_no if is_compared else 0
        try:
            with self.output.claim() as is_mine:
                if not is_mine:
                    return Report(is_busy=True, has_more=True)
                key = self.output.key()
                if key != self._key:
                    # Another place than last time: nothing is known of it.
                    self._key, self._rescan_at, after = key, _EVER, 0
                report = self._copy(key, after, limit)
        except OutputError as error:
            return self._failed(now, str(error))
        if not report.has_more:
            # Whatever was committed since the number was read has a greater one.
            self._settled_no = newest
            later = now + RESCAN if after == 0 else self._rescan_at
            self._rescan_at = min([later, *(p.until for p in self._aside.values())])
        return report

    def count_waiting(self) -> int:
        """Return how many documents wait to be copied; raises OutputError."""
        with self.output.claim():
            key = self.output.key()
        count = self.store.query(mirrors.count_waiting, key, self.languages)
        return count + len(self._derived(key)[1])

    def copy_again(self) -> None:
        """Let every document be compared and, where it differs, copied."""
        with self.output.claim():
            key = self.output.key()
        self.store.transact(mirrors.copy_again, key)
        self._rescan_at = _EVER

    def _copy(self, key: str, after: int, limit: int) -> Report:
        now = self.clock.now()
        most = limit + len(self._aside) + 1
        waiting = self.store.query(
            mirrors.waiting_copies, key, self.languages, after=after, limit=most
        )
        wanted, derived = self._derived(key)
        unwanted = self.store.query(mirrors.find_unwanted, key, self.languages)
        unwanted = [path for path in unwanted if path not in wanted]
        # What is made of a document follows it.
        all_waiting: list[WaitingCopy | DerivedCopy] = [*waiting, *derived]
        if after == 0 and len(waiting) < most:
            present = {*unwanted, *(found.path for found in all_waiting)}
            self._aside = {p: why for p, why in self._aside.items() if p in present}
        due = [found for found in all_waiting if self._is_due(found.path, now)]
        gone = [path for path in unwanted if self._is_due(path, now)]
        new = [found.path for found in due[:limit] if found.is_new]
        if new:
            self.store.transact(mirrors.announce_copies, key, new)
        batch = _Batch()
        for found in due[:limit]:
            self._try(batch, found.path, partial(self._put, batch, found))
        for path in gone[:limit]:
            self._try(batch, path, partial(self._remove, batch, path))
        self._record(key, batch)
        if batch.is_hopeless:
            self._pause.begin(now)
        elif batch.copied or batch.removed:
            self._pause = _Pause()
        return Report(
            copied=len(batch.copied),
            removed=len(batch.removed),
            failures=tuple(batch.failures),
            has_more=batch.is_hopeless or max(len(due), len(gone)) > limit,
        )

    def _derived(self, key: str) -> tuple[dict[str, int], list[DerivedCopy]]:
        """Return what should be there beside documents, and what of it waits."""
        if self.derivation is None:
            return {}, []
        wanted = self.derivation.wanted(self.store, self.languages)
        return wanted, self.derivation.waiting(self.store, key, wanted)

    def _is_due(self, path: str, now: datetime) -> bool:
        pause = self._aside.get(path)
        return pause is None or not pause.lasts(now)

    def _try(self, batch: _Batch, path: str, work: Callable[[], None]) -> None:
        """Do one thing; what fails steps aside for a while (law 19)."""
        if batch.is_hopeless:
            return
        try:
            work()
        except (OutputError, NotMadeError) as error:
            batch.failures.append(str(error))
            batch.failed_in_a_row += isinstance(error, OutputError)
            self._aside.setdefault(path, _Pause()).begin(self.clock.now())
            _log.error("output.failed output=%s reason=%s", self.output.name, error)
        else:
            batch.failed_in_a_row = 0
            self._aside.pop(path, None)

    def _put(self, batch: _Batch, found: WaitingCopy | DerivedCopy) -> None:
        if isinstance(found, DerivedCopy):
            self._put_derived(batch, found)
            return
        # Read only now, under the claim: nobody can have copied a newer state, and
        # nobody will copy an older one.
        document = self.store.query(mirrors.load_waiting, found)
        if document is not None:
            self.output.put(_copy_of(document, self.max_age))
            batch.copied.append((document.path, document.change_no))

    def _put_derived(self, batch: _Batch, found: DerivedCopy) -> None:
        if self.derivation is None:
            return
        copy = self.derivation.copy_of(found.path, self.max_age)
        if copy is not None:
            self.output.put(copy)
            batch.copied.append((found.path, found.change_no))

    def _remove(self, batch: _Batch, path: str) -> None:
        self.output.remove(_path_in_output(path))
        batch.removed.append(path)

    def _record(self, key: str, batch: _Batch) -> None:
        if batch.copied or batch.removed:
            self.store.transact(mirrors.record_copies, key, batch.copied, batch.removed)
            _log.info(
                "output.mirrored output=%s documents=%d removed=%d",
                self.output.name,
                len(batch.copied),
                len(batch.removed),
            )

    def _failed(self, now: datetime, reason: str) -> Report:
        self._pause.begin(now)
        _log.error("output.failed output=%s reason=%s", self.output.name, reason)
        return Report(failures=(reason,), has_more=True)


def _copy_of(document: Document, max_age: timedelta) -> Copy:
    return Copy(
        path=_path_in_output(document.path),
        body=document.body,
        gzip_body=document.gzip_body,
        brotli_body=document.brotli_body,
        media_type=document.format.media_type,
        last_modified=document.last_modified,
        cache_control=cache_control(max_age),
    )


def _path_in_output(path: str) -> str:
    return path.removeprefix("/")
