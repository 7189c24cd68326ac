"""One article as it was written down: names and values, and where each stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.sources.source import Refusal

__all__ = ["Record", "UnreadableError"]


class UnreadableError(Exception):
    """A file, or a line of one, cannot be read as a record; says why and what to do."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason

    def refusal(self, path: str, raw: str) -> Refusal:
        """Return this as something a file holds that is no article."""
        return Refusal(f"{path}:{self.line}", self.reason, raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Names and values of one article, not checked at all.

    `key_lines` tells where a name stands in the file. `default_id` is empty where an
    article must bring its own. `body_names` are the names that may hold its text.
    """

    path: str
    line: int
    values: Mapping[str, object]
    raw: str
    key_lines: Mapping[str, int] = field(default_factory=dict)
    default_id: str = ""
    body_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def where(self, name: str = "") -> str:
        """Return the place of a name, or of the record: `articles/most.md:3`."""
        return f"{self.path}:{self.key_lines.get(name, self.line)}"
