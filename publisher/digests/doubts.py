"""End doubts by evidence where there is any, else as the newsroom's policy says."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from publisher.clock import Clock
from publisher.digests.open_doubts import (
    OpenDoubt,
    end_doubts,
    list_open,
    name_of_doubt,
)
from publisher.errors import PublisherError
from publisher.mail.evidence.evidence import Evidence, Question, Says
from publisher.store import Store
from publisher.store.doubts import DoubtRow
from publisher.store.evidence import keep_notes, notes_of

__all__ = ["Doubts", "Resolved"]

ASKED_FOR = timedelta(days=7)
"""How long evidence about a message may still turn up."""

MOST = 10_000
"""Messages in doubt that are looked at in one go, the newest: some 20 MB."""

POLICY = "policy"

_log = logging.getLogger("publisher.digests")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A message that is no longer in doubt: its state, who said so, and how.

    `message` is what operators call it: `1207`, or `letter-12`.
    """

    message: str
    state: str
    by: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Doubts:
    """The messages in doubt, the sources of evidence in order, and the policy.

    Where `resends`, a message about which no evidence came within `patience` is sent
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
        found = self.store.query(list_open, MOST, now - ASKED_FOR)
        still = {row.word: row for row in found}
        resolved: list[Resolved] = []
        for source in self.evidence:
            known = self._ask(source, list(still.values()))
            resolved += known
            for one in known:
                still.pop(one.message, None)
        resolved += self._by_policy(list(still.values()), now)
        for one in resolved:
            _log.info(
                "doubt.resolved message=%s state=%s by=%s detail=%s",
                one.message,
                one.state,
                one.by,
                one.detail,
            )
        return resolved

    def _ask(self, source: Evidence, rows: Sequence[OpenDoubt]) -> list[Resolved]:
        """Ask one source about all; one that cannot be read stops no other (law 19)."""
        named = {name_of_doubt(row): row for row in rows}
        questions = [
            Question(
                name=name, begun_at=row.begun_at, ended_at=row.ended_at or row.since
            )
            for name, row in named.items()
            if name is not None and row.begun_at is not None
        ]
        if not questions:
            return []
        notes = self.store.query(notes_of, source.name)
        try:
            heard, kept = source.hear(questions, notes)
        except PublisherError as error:
            _log.error("evidence.failed name=%s reason=%s", source.name, error)
            return []
        resolved: list[Resolved] = []
        for name in (question.name for question in questions):
            if (told := heard.get(name)) is not None:
                resolved += self._end(
                    [named[name]], told.says, source.name, told.detail
                )
        self.store.transact(keep_notes, source.name, kept)
        return resolved

    def _by_policy(self, rows: Sequence[OpenDoubt], now: datetime) -> list[Resolved]:
        """Send again what has been in doubt for long enough, if that is the policy.

        Not what an operator had held after a restore: that was decided. Nor a letter
        past its time: it stays in doubt, for nothing tells that it did not arrive.
        """
        late = [
            row
            for row in rows
            if not row.is_of_lost_store
            and row.since + self.patience <= now
            and (isinstance(row, DoubtRow) or now < row.expires_at)
        ]
        if not self.resends or not late:
            return []
        detail = "no evidence came; mail.doubt.policy is resend"
        return self._end(late, Says.NOT_ACCEPTED, POLICY, detail)

    def _end(
        self, rows: Sequence[OpenDoubt], says: Says, by: str, detail: str
    ) -> list[Resolved]:
        now, said = self.clock.now(), f"{by}: {detail}"
        states = self.store.transact(end_doubts, rows, says, said, now)
        return [
            Resolved(message=word, state=state.value, by=by, detail=detail)
            for word, state in states.items()
        ]
