"""Give the readers of a group their deliveries, some at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from publisher.clock import Clock
from publisher.digests.composing import Composer, candidates
from publisher.digests.outcomes import outcome_for
from publisher.model.delivery import SkipReason
from publisher.model.digest import DigestRule
from publisher.store import (
    Store,
    enlisting,
    groups,
    received,
)
from publisher.store.editions import EditionRow
from publisher.store.groups import Group
from publisher.store.segments import SegmentText

__all__ = ["GroupPlanner"]

_READERS_IN_A_LIST = 500
"""Parameters in one IN list."""

_OUTCOMES_KEPT = 50
"""Composed texts in memory, some 50 KB each."""


@dataclass(frozen=True, slots=True)
class GroupPlanner:
    """Decides what the readers of one digest get, group by group."""

    store: Store
    clock: Clock
    composer: Composer
    rule: DigestRule

    def plan(self, row: EditionRow, group: Group) -> None:
        """Give every reader of a group a delivery of an edition."""
        now = self.clock.now()
        is_for_nobody = not self.store.query(
            groups.has_reachable, row.timetable_id, group
        )
        if is_for_nobody and not row.is_instant:
            self._leave_out(row, group, now)
            return
        found = self.store.query(
            candidates,
            row,
            group,
            self.rule,
            self.composer.tree,
            is_for_nobody=is_for_nobody,
        )
        repeats = sorted(key for key, is_repeat in found.items() if is_repeat)
        if not found and row.is_instant:
            # Readers of an instant digest are due only when there is something.
            self.store.transact(enlisting.pass_by, row, group)
            return
        if is_for_nobody:
            self._leave_out(row, group, now)
            return
        compose = partial(outcome_for, self.store, self.composer, row, group)
        outcomes: dict[tuple[int, ...], SegmentText | SkipReason] = {}
        for span in self._spans(row, group):
            for part, ids in self._shares(row, group, sorted(found), repeats, span):
                if len(outcomes) >= _OUTCOMES_KEPT:
                    outcomes.clear()
                if ids not in outcomes:
                    outcomes[ids] = compose(ids)
                self.store.transact(
                    enlisting.enlist, row, group, outcomes[ids], now, part
                )

    def _spans(self, row: EditionRow, group: Group) -> list[range]:
        size = enlisting.READERS_AT_ONCE
        return self.store.query(enlisting.spans_of, row, group, size)

    def _leave_out(self, row: EditionRow, group: Group, now: datetime) -> None:
        """Account for a group of readers of whom nobody may be written to."""
        for span in self._spans(row, group):
            self.store.transact(
                enlisting.enlist, row, group, SkipReason.SUPPRESSED, now, span
            )

    def _shares(
        self,
        row: EditionRow,
        group: Group,
        ids: list[int],
        repeats: list[int],
        span: range,
    ) -> Iterator[tuple[Sequence[int], tuple[int, ...]]]:
        """Divide a span of a group by which articles its readers had before.

        Yields readers with their articles: those who had one that is listed again in
        lists short enough for one statement, then everybody who is left.
        """
        shares: dict[frozenset[int], list[int]] = {}
        if repeats:
            had = self.store.query(received.already_sent, row, group, repeats, span)
            for subscription_id, articles in had.items():
                shares.setdefault(articles, []).append(subscription_id)
        for articles, readers in sorted(shares.items(), key=lambda share: share[1]):
            others = tuple(i for i in ids if i not in articles)
            for start in range(0, len(readers), _READERS_IN_A_LIST):
                yield readers[start : start + _READERS_IN_A_LIST], others
        yield span, tuple(ids)
