"""Open the editions whose slots have come, and give every due reader a delivery.

Any number of planners may run: an edition is a unique row, and every step after it can
be repeated. What one of them leaves unfinished, the next sweep finishes.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from publisher.clock import Clock
from publisher.digests.composing import Composer
from publisher.digests.group_planning import GroupPlanner
from publisher.digests.outcomes import outcome_for
from publisher.model.catching_up import Step, next_step
from publisher.model.delivery import SkipReason
from publisher.model.digest import DigestRule
from publisher.model.selection import Selection
from publisher.store import (
    Store,
    Transaction,
    editions,
    enlisting,
    groups,
    leases,
    pauses,
    segments,
    stale,
    timetables,
)
from publisher.store.editions import EditionRow
from publisher.store.groups import Group
from publisher.store.past_editions import file_edition
from publisher.store.publication import LISTINGS
from publisher.store.segments import SegmentText
from publisher.store.timetables import TimetableRow
from publisher.store.upsert import last_number

__all__ = ["CHUNK_SIZE", "Planner"]

CHUNK_SIZE = 500
"""Deliveries that one worker leases together."""

_AT_ONCE = 100
"""Timetables in memory."""

_log = logging.getLogger("publisher.digests")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Turns due slots into editions and deliveries."""

    store: Store
    clock: Clock
    rules: Mapping[str, DigestRule]
    composer: Composer

    def sweep(self) -> int:
        """Open and plan whatever is due; return how many editions were planned."""
        now = self.clock.now()
        self.store.transact(timetables.recall_far, now)
        self._end_pauses(now)
        for row in self._pages(timetables.due_timetables, now):
            self._guarded(self._open, row, now)
        listed = self.store.query(last_number, LISTINGS)
        for row in self._pages(timetables.due_instant, listed):
            self._guarded(self._open_instant, row, now)
        planned = 0
        for edition in self.store.query(editions.planning_editions):
            try:
                self.plan(edition)
            except Exception:  # noqa: BLE001 (law 19: the other editions still go out)
                _log.exception("edition.planning_failed edition=%d", edition.id)
            else:
                planned += 1
        return planned

    def _pages(
        self, asked: Callable[..., list[TimetableRow]], until: datetime | int
    ) -> Iterator[TimetableRow]:
        """Yield what is due; what fails and stays due hides nothing behind it."""
        last: TimetableRow | None = None
        while page := self.store.query(asked, until, _AT_ONCE, last):
            yield from page
            last = page[-1]

    def _end_pauses(self, now: datetime) -> None:
        """Let readers have digests again whose pause is over, before any is opened."""
        if self.store.query(pauses.has_ended, now):
            ended = self.store.transact(pauses.end_due, now)
            _log.info("pause.ended subscriptions=%d", ended)

    def _guarded(
        self,
        work: Callable[[Transaction, TimetableRow, datetime], None],
        row: TimetableRow,
        now: datetime,
    ) -> None:
        """Do one timetable's work; a zone nobody knows here stops no other (law 19)."""
        try:
            self.store.transact(work, row, now)
        except Exception:  # noqa: BLE001
            _log.exception(
                "timetable.failed timetable=%d digest=%s zone=%s",
                row.id,
                row.timetable.digest_key,
                row.timetable.zone,
            )

    def _open(self, tx: Transaction, row: TimetableRow, now: datetime) -> None:
        """Open the slot that has come, if it is not too late for it."""
        rule = self.rules.get(row.timetable.digest_key)
        if rule is None or not timetables.has_readers(tx, row.id):
            # The digest was taken out of the configuration, or nobody wants it so.
            next_due_at = row.timetable.next_slot(now).due_at
            timetables.set_next_due(tx, row, next_due_at)
            return
        last = editions.last_edition(tx, row.id)
        step = next_step(rule, row.timetable, last, row.next_due_at or now, now)
        self._tell_missed(tx, row, step, now)
        if step.open is None:
            timetables.set_next_due(tx, row, step.look_at)
            return
        opened = editions.open_edition(
            tx,
            row,
            step.open,
            expires_at=rule.expires_at(row.timetable, step.open),
            next_due_at=step.look_at,
            now=now,
            is_behind=step.is_behind,
        )
        if opened is not None:
            leases.expire_older(tx, opened, now)

    @staticmethod
    def _tell_missed(
        tx: Transaction, row: TimetableRow, step: Step, now: datetime
    ) -> None:
        """Record the slots that went by while nobody was running."""
        digest_key = row.timetable.digest_key
        earlier = sum(
            editions.miss_edition(tx, row, slot, now) for slot in step.passed_over
        )
        if earlier:
            _log.warning(
                "editions.missed digest=%s count=%d first=%s",
                digest_key,
                earlier,
                step.passed_over[0].key,
            )
        if step.missed and editions.miss_edition(tx, row, step.missed, now):
            _log.warning(
                "edition.missed digest=%s slot=%s", digest_key, step.missed.key
            )

    def _open_instant(self, tx: Transaction, row: TimetableRow, now: datetime) -> None:
        rule = self.rules.get(row.timetable.digest_key)
        slot = row.timetable.instant_slot(now)
        if rule is None:
            timetables.set_reached(tx, row.id, last_number(tx, LISTINGS))
            return
        editions.open_edition(
            tx,
            row,
            slot,
            expires_at=rule.expires_at(row.timetable, slot),
            next_due_at=None,
            now=now,
        )

    def plan(self, row: EditionRow) -> None:
        """Give every due reader a delivery, then let workers have them."""
        now = self.clock.now()
        rule = self.rules.get(row.digest_key)
        if rule is not None and now < row.expires_at:
            serving = GroupPlanner(self.store, self.clock, self.composer, rule)
            for group in self._groups(row):
                serving.plan(row, group)
        elif now >= row.expires_at:
            # Planning broke off and nobody came back in time: let nothing hang.
            self.store.transact(leases.expire_edition, row, now)
        last = 0
        while cut := self.store.transact(enlisting.cut_chunks, row, CHUNK_SIZE, last):
            last = cut
        self.store.transact(self._hand_out, row, last, self.clock.now())

    def _hand_out(
        self, tx: Transaction, row: EditionRow, last: int, now: datetime
    ) -> None:
        # Another planner may have enlisted more since the last was cut.
        while last_of_more := enlisting.cut_chunks(tx, row, CHUNK_SIZE, last):
            last = last_of_more
        chunks = enlisting.open_chunks(tx, row, now)
        if chunks is None:
            return
        accounting = editions.account(tx, row.id)
        if accounting.due == 0 and row.is_instant:
            # It was for nobody; the next article must not wait for the next minute.
            editions.discard(tx, row)
            return
        rule = self.rules.get(row.digest_key)
        if rule is not None and rule.has_archive:
            self._file(tx, row, rule)
        _log.info(
            "edition.planned digest=%s slot=%s due=%d waiting=%d chunks=%d",
            row.digest_key,
            row.slot,
            accounting.due,
            accounting.waiting,
            chunks,
        )

    def _file(self, tx: Transaction, row: EditionRow, rule: DigestRule) -> None:
        """Put an edition into the archive, unless its readers chose another hour."""
        own = rule.timetable(self.composer.zone)
        found = timetables.find_timetable(tx, row.timetable_id)
        if found.timetable == own and not found.twin_no:
            file_edition(tx, row, Selection(rule.rubrics))

    def _groups(self, row: EditionRow) -> Iterator[Group]:
        """Yield the groups of an edition's readers, page by page.

        In the end those of readers who changed meanwhile and were in none of them; to
        those of an instant digest another edition comes instead.
        """
        for without in (0,) if row.is_instant else (0, row.id):
            last: Group | None = None
            while page := self.store.query(
                groups.groups_of,
                row.timetable_id,
                last,
                without=without,
                limit=groups.GROUPS_AT_ONCE,
            ):
                yield from page
                last = page[-1]

    def renew(self, segment_id: int) -> None:
        """Compose a segment again without the articles withdrawn since (law 9)."""
        found = self.store.query(stale.stale_segment, segment_id)
        outcome: SegmentText | SkipReason = SkipReason.WITHDRAWN
        if found.article_ids:
            outcome = outcome_for(
                self.store, self.composer, found.edition, found, found.article_ids
            )
        self.store.transact(self._replace, found.edition.id, segment_id, outcome)

    def _replace(
        self,
        tx: Transaction,
        edition_id: int,
        segment_id: int,
        outcome: SegmentText | SkipReason,
    ) -> None:
        now = self.clock.now()
        if isinstance(outcome, SegmentText):
            new_id = segments.add_segment(tx, edition_id, outcome)
            stale.replace_segment(tx, segment_id, new_id, now)
        else:
            stale.replace_segment(tx, segment_id, outcome, now)
