"""Retention: what is known of readers goes by itself when its time is over."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from publisher.clock import Clock
from publisher.store import Store
from publisher.store.retention import RULES, Rule

__all__ = ["Due", "Retention"]

AT_ONCE = 500
"""Rows in one transaction: others wait for their turn no longer than that takes."""
MOST_STEPS = 2000
"""In one run; the next one goes on."""

_log = logging.getLogger("publisher.retention")


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A rule, and how much of what it lets go is due."""

    rule: str
    days: int
    due: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The rules with their spans, by name; `at_once` rows go in one transaction."""

    store: Store
    clock: Clock
    spans: Mapping[str, timedelta]
    at_once: int = AT_ONCE

    def due(self) -> list[Due]:
        """Return what each rule would let go now; changes nothing."""
        now = self.clock.now()
        return [
            Due(
                rule=name,
                days=self.spans[name].days,
                due=self.store.query(rule.count, now - self.spans[name]),
            )
            for name, rule in RULES.items()
        ]

    def keep(self) -> bool:
        """Let go what is due, in small steps; return whether all of it is gone."""
        left, total = MOST_STEPS, 0
        for name, rule in RULES.items():
            left, rows = self._work_off(rule, self.spans[name], left)
            total += rows
            if rows:
                _log.info("retention.kept rule=%s rows=%d", name, rows)
            if not left:
                return False
        if total:
            self.store.empty_log()
        return True

    def _work_off(self, rule: Rule, span: timedelta, steps: int) -> tuple[int, int]:
        """Return how many steps are left, 0 where they did not do, and rows done."""
        now = self.clock.now()
        rows, place = 0, None
        while steps:
            step = self.store.transact(rule.take, now - span, now, place, self.at_once)
            rows, place = rows + step.rows, step.place
            if not step.has_more:
                return steps, rows
            steps -= 1
        return 0, rows
