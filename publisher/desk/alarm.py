"""Which events of the log an operator is told by mail, kept until they are."""

import logging
import re
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from typing_extensions import override

from publisher.rendering.plaintext import one_line, shorten
from publisher.rendering.slots import without_slots

__all__ = ["ALARMING", "Alarm", "Trouble"]

ALARMING = frozenset(
    {
        "edition.missed",
        "edition.planning_failed",
        "segment.not_composed",
        "gate.shut",
        "letter.not_composed",
        "relay.paused",
    }
)
MOST_WAITING = 100
MAX_SUBJECT = 200
MAX_VALUE = 300

_FACT = re.compile(r"(\w+)=(.*?)(?= \w+=|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Trouble:
    """An event with what it says; `facts` are in the order of the log."""

    event: str
    facts: tuple[tuple[str, str], ...]
    at: datetime

    @property
    def subject(self) -> str:
        """What it is about: of one subject operators are told once in a while."""
        first = "=".join(self.facts[0]) if self.facts else ""
        return f"{self.event} {first}".strip()[:MAX_SUBJECT]


class Alarm(logging.Handler):
    """Listens to the log; events come from any thread, and the oldest make room."""

    def __init__(self) -> None:
        """Wait for warnings and errors."""
        super().__init__(logging.WARNING)
        self._waiting: deque[Trouble] = deque(maxlen=MOST_WAITING)

    @override
    def emit(self, record: logging.LogRecord) -> None:
        event, _, rest = record.getMessage().partition(" ")
        if event in ALARMING:
            facts = tuple((name, _value(text)) for name, text in _FACT.findall(rest))
            at = datetime.fromtimestamp(record.created, UTC)
            self._waiting.append(Trouble(event, facts, at))

    def take(self) -> Trouble | None:
        """Return the trouble that has waited longest."""
        try:
            return self._waiting.popleft()
        except IndexError:
            return None


def _value(text: str) -> str:
    return shorten(one_line(without_slots(text)), MAX_VALUE)
