"""End doubts by evidence where there is any, else as the newsroom's policy says."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from publisher.clock import Clock
from publisher.digests.addressing import name_of
from publisher.errors import PublisherError
from publisher.mail.evidence.evidence import Evidence, Question, Says, Statement
from publisher.store import Store
from publisher.store.doubts import (
    DoubtRow,
    list_doubts,
    send_again,
    take_as_bounced,
    take_as_sent,
)
from publisher.store.evidence import keep_notes, notes_of

__all__ = ["Doubts", "Resolved"]

ASKED_FOR = timedelta(days=7)
"""How long evidence about a delivery may still turn up."""

MOST = 10_000
"""Deliveries in doubt that are looked at in one go, the newest: some 20 MB."""

POLICY = "policy"

_log = logging.getLogger("publisher.digests")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A delivery that is no longer in doubt: its state, who said so, and how."""

    delivery_id: int
    state: str
    by: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Doubts:
    """The deliveries in doubt, the sources of evidence in order, and the policy.

    Where `resends`, a delivery about which no evidence came within `patience` is sent
    again; otherwise it stays in doubt until somebody says what became of it.
    """

    store: Store
    clock: Clock
    evidence: Sequence[Evidence] = field(default_factory=tuple)
    resends: bool = False
    patience: timedelta = timedelta(minutes=30)

    def resolve(self) -> list[Resolved]:
        """Ask about every doubt, and act on what is known. Reads files: blocks."""
        now = self.clock.now()
        since = now - ASKED_FOR
        open_doubts = {
            row.id: row for row in self.store.query(list_doubts, MOST, since)
        }
        resolved: list[Resolved] = []
        for source in self.evidence:
            known = self._ask(source, list(open_doubts.values()))
            resolved += known
            for one in known:
                open_doubts.pop(one.delivery_id, None)
        resolved += self._by_policy(list(open_doubts.values()), now)
        for one in resolved:
            _log.info(
                "doubt.resolved delivery=%d state=%s by=%s detail=%s",
                one.delivery_id,
                one.state,
                one.by,
                one.detail,
            )
        return resolved

    def _ask(self, source: Evidence, rows: Sequence[DoubtRow]) -> list[Resolved]:
        """Ask one source; one that cannot be read stops no other (law 19)."""
        questions = [
            Question(
                delivery_id=row.id,
                begun_at=row.begun_at,
                ended_at=row.ended_at or row.since,
                generation=name_of(row.id, row.frame).generation,
            )
            for row in rows
            if row.begun_at is not None
        ]
        if not questions:
            return []
        notes = self.store.query(notes_of, source.name)
        try:
            heard, kept = source.hear(questions, notes)
        except PublisherError as error:
            _log.error("evidence.failed name=%s reason=%s", source.name, error)
            return []
        resolved = self._act(source.name, heard)
        self.store.transact(keep_notes, source.name, kept)
        return resolved

    def _act(self, name: str, heard: dict[int, Statement]) -> list[Resolved]:
        now = self.clock.now()
        resolved = []
        for number, statement in sorted(heard.items()):
            said = f"{name}: {statement.detail}"
            if statement.says is Says.NOT_ACCEPTED:
                again = self.store.transact(send_again, [number], said, now)
                states = {one: state.value for one, state in again.items()}
            else:
                has_arrived = statement.says is Says.ACCEPTED
                end = take_as_sent if has_arrived else take_as_bounced
                ended = self.store.transact(end, [number], said, now)
                states = dict.fromkeys(ended, "sent" if has_arrived else "failed")
            resolved += [
                Resolved(delivery_id=one, state=state, by=name, detail=statement.detail)
                for one, state in states.items()
            ]
        return resolved

    def _by_policy(self, rows: Sequence[DoubtRow], now: datetime) -> list[Resolved]:
        """Send again what has been in doubt for long enough, if that is the policy.

        Not what an operator had held after a restore: that was decided.
        """
        late = [
            row.id
            for row in rows
            if not row.is_of_lost_store and row.since + self.patience <= now
        ]
        if not self.resends or not late:
            return []
        detail = "no evidence came; mail.doubt.policy is resend"
        again = self.store.transact(send_again, late, f"{POLICY}: {detail}", now)
        return [
            Resolved(delivery_id=one, state=state.value, by=POLICY, detail=detail)
            for one, state in again.items()
        ]
