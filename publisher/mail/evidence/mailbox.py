"""A Maildir that success reports or copies of our messages arrive in, as evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publisher.errors import PublisherError
from publisher.mail.evidence.arrivals import message_told_of
from publisher.mail.evidence.evidence import (
    EARLY,
    LATE,
    Notes,
    Ours,
    Question,
    Says,
    Statement,
)
from publisher.mail.maildir_reader import MaildirReader
from publisher.mail.message_name import MessageName

__all__ = ["ReportMailbox"]

OVERLAP = timedelta(seconds=5)
"""A file may be seen later than one that was written after it."""

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMailbox:
    """A Maildir; nothing in it is moved or removed.

    `is_complete` says that a copy of whatever the relay takes arrives in it.
    """

    name: str
    path: Path
    ours: Ours
    is_complete: bool = False

    def hear(
        self, questions: Sequence[Question], notes: Notes
    ) -> tuple[dict[MessageName, Statement], Notes]:
        """Read what arrived since the last time, or since before a new question."""
        if not (self.path / "new").is_dir():
            msg = (
                f"{self.path} is no Maildir that can be read; correct the path of"
                f' [[mail.evidence]] "{self.name}", or make it (maildirmake)'
            )
            raise PublisherError(msg)
        if not questions:
            return {}, {}
        asked = {one.name: one for one in questions}
        read_to = datetime.fromisoformat(notes["read_to"]) if notes else NEVER
        since = self._since(questions, notes, read_to)
        found: dict[MessageName, Statement] = {}
        reader = MaildirReader(self.path)
        for written_at, raw in reader.since(since):
            told = message_told_of(raw, self.ours)
            if told is None:
                continue
            read_to = max(read_to, written_at)
            name, statement = told
            if name in asked:
                if statement.says is Says.BOUNCED:
                    found[name] = statement
                found.setdefault(name, statement)
        if self.is_complete:
            found = self._absent(asked, reader.oldest(), read_to) | found
        kept = sorted(map(str, asked.keys() - found.keys()))
        return found, {"read_to": read_to.isoformat(), "heard": kept}

    def _since(
        self, questions: Sequence[Question], notes: Notes, read_to: datetime
    ) -> datetime:
        heard = set(notes.get("heard", ()))
        new = [one.begun_at for one in questions if str(one.name) not in heard]
        places = [moment - EARLY for moment in new]
        if read_to > NEVER:
            places.append(read_to - OVERLAP)
        elif not places:
            places = [one.begun_at - EARLY for one in questions]
        return min(places)

    def _absent(
        self,
        asked: dict[MessageName, Question],
        oldest: datetime | None,
        read_to: datetime,
    ) -> dict[MessageName, Statement]:
        """Say of each whose whole time is shown that it was not taken."""
        detail = f"no copy among those up to {read_to:%H:%M} UTC"
        return {
            name: Statement(Says.NOT_ACCEPTED, detail)
            for name, one in asked.items()
            if oldest is not None
            and oldest <= one.begun_at
            and read_to >= one.ended_at + LATE
        }
