"""The log of a Postfix relay as evidence."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from publisher.mail.evidence.evidence import (
    EARLY,
    LATE,
    Notes,
    Ours,
    Question,
    Says,
    Statement,
)
from publisher.mail.evidence.log_files import (
    LogFile,
    Place,
    find_files,
    offset_at,
    read_lines,
)
from publisher.mail.evidence.postfix_lines import Line, What, read_line, time_of
from publisher.mail.message_name import MessageName

__all__ = ["PostfixLog"]

ANY_ZONE = timedelta(hours=15)
"""How far a wall time may be from UTC, with an hour to spare."""

MOST_BYTES = 512 * 1024 * 1024
"""Text that is read in one go; what follows is read the next time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostfixLog:
    """A log file with its rotated ones.

    `zone` is that of times that carry none; without it such times are not known.
    `is_complete` says that whatever the relay takes stands in this log.
    """

    name: str
    path: Path
    ours: Ours
    zone: tzinfo | None = None
    is_complete: bool = False

    def hear(
        self, questions: Sequence[Question], notes: Notes
    ) -> tuple[dict[MessageName, Statement], Notes]:
        """Read on from where the last time ended, or from before a new question."""
        files = find_files(self.path)
        if not files or not questions:
            return {}, {}
        reading = Reading(self, {one.name: one for one in questions}, notes)
        start = reading.start(files)
        read = 0
        place = start
        for line, after in read_lines(files, start):
            read += after.offset - place.offset if after.mark == place.mark else 0
            place = after
            reading.take(line)
            if read > MOST_BYTES:
                break
        statements = reading.statements()
        return statements, reading.notes(place, answered=statements)


@dataclass(slots=True)
class Reading:
    """One pass over the log, with what is known from those before."""

    log: PostfixLog
    asked: dict[MessageName, Question]
    before: Notes
    known: set[MessageName] = field(init=False)
    """Messages whose whole time the log shows, from before their attempt on."""
    queue: dict[str, MessageName] = field(init=False)
    read_to: datetime | None = field(init=False)
    latest: datetime = field(init=False)
    """When the log was written to last; no line of it is newer."""
    found: dict[MessageName, Statement] = field(default_factory=dict)
    refused: dict[MessageName, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kept = self.before
        names = {str(name): name for name in self.asked}
        self.known = {names[one] for one in kept.get("known", ()) if one in names}
        queue = kept.get("queue", {})
        self.queue = {key: names[one] for key, one in queue.items() if one in names}
        read_to = kept.get("read_to")
        self.read_to = datetime.fromisoformat(read_to) if read_to else None

    def start(self, files: Sequence[LogFile]) -> Place:
        """Return where to begin: early enough for every message not asked before."""
        self.latest = max(file.written_at for file in files)
        kept = [Place(*self.before["place"])] if "place" in self.before else []
        marks = [file.mark for file in files]
        places = [place for place in kept if place.mark in marks]
        heard = set(self.before.get("heard", ())) if places else set()
        new = [one for one in self.asked.values() if str(one.name) not in heard]
        if not places:
            self.known.clear()
        if new:
            since = min(one.begun_at for one in new) - EARLY
            places.append(self._place_at(files, since, new))
        return min(places, key=lambda place: (marks.index(place.mark), place.offset))

    def _place_at(
        self, files: Sequence[LogFile], since: datetime, new: Sequence[Question]
    ) -> Place:
        since -= timedelta(0) if self.log.zone else ANY_ZONE
        number = next(
            (n for n, file in enumerate(files) if file.written_at >= since),
            len(files) - 1,
        )
        file = files[number]
        offset = offset_at(file, since, self._wall_time)
        first = self._first_time(files[0])
        for one in new:
            if number or offset or (first is not None and first <= one.begun_at):
                self.known.add(one.name)
        return Place(file.mark, offset)

    def _first_time(self, file: LogFile) -> datetime | None:
        with file.open() as text:
            return self._time(text.readline(1000).decode("utf-8", "replace"))

    def _time(self, line: str) -> datetime | None:
        return time_of(line, self.log.zone, self.latest)

    def _wall_time(self, line: str) -> datetime | None:
        return time_of(line, self.log.zone or UTC, self.latest)

    def take(self, text: str | None) -> None:
        """Read a line; None is a gap, after which absence proves nothing."""
        if text is None:
            self.known.clear()
            return
        at = self._time(text)
        if at is not None and (self.read_to is None or at > self.read_to):
            self.read_to = at
        line = read_line(text)
        if line is not None:
            self._take(line, at)

    def _take(self, line: Line, at: datetime | None) -> None:
        name = self.queue.get(line.queue_id)
        match line.what:
            case What.NAMED:
                self.queue.pop(line.queue_id, None)
                named = self.log.ours.name_of(line.detail)
                if named is not None and named in self.asked:
                    self.queue[line.queue_id] = named
            case What.NEW:
                self.queue.pop(line.queue_id, None)
            case What.QUEUED if name is not None:
                detail = f"{line.queue_id}: {line.detail}"
                self.found.setdefault(name, Statement(Says.ACCEPTED, detail))
            case What.BOUNCED if name is not None:
                detail = f"{line.queue_id}: {line.detail}"
                self.found[name] = Statement(Says.BOUNCED, detail)
            case What.REJECTED if name is not None:
                self.queue.pop(line.queue_id)
                if at is not None and at >= self.asked[name].begun_at - EARLY:
                    self.refused[name] = f"{line.queue_id}: {line.detail}"
            case _:
                pass

    def statements(self) -> dict[MessageName, Statement]:
        """Return what the log says by now."""
        found = dict(self.found)
        for name, question in self.asked.items():
            if name in found:
                continue
            if name in self.refused and name not in self.queue.values():
                found[name] = Statement(Says.NOT_ACCEPTED, self.refused[name])
            elif self._has_shown_all(question):
                detail = f"not taken in a log that reaches to {self.read_to:%H:%M} UTC"
                found[name] = Statement(Says.NOT_ACCEPTED, detail)
        return found

    def _has_shown_all(self, question: Question) -> bool:
        return (
            self.log.is_complete
            and question.name in self.known
            and self.read_to is not None
            and self.read_to >= question.ended_at + LATE
        )

    def notes(self, place: Place, answered: Collection[MessageName]) -> Notes:
        """Return what the next reading needs; who was answered may ask anew."""
        return {
            "place": [place.mark, place.offset],
            "read_to": self.read_to.isoformat() if self.read_to else None,
            "heard": sorted(map(str, self.asked.keys() - answered)),
            "known": sorted(map(str, self.known)),
            "queue": {key: str(name) for key, name in self.queue.items()},
        }
