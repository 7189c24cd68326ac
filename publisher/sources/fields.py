"""What an article file may say: names, their aliases, and how values are read."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from publisher.rendering.cleaning.characters import legal
from publisher.sources.record import Record

__all__ = ["ALIASES", "Fields"]

ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": (),
    "guid": (),
    "language": ("lang",),
    "title": (),
    "lead": ("summary", "description"),
    "rubrics": ("rubric_slugs", "rubric"),
    "authors": ("author", "byline"),
    "published": ("date",),
    "modified": ("updated",),
    "embargo": (),
    "picture": ("image",),
    "tags": (),
    "translation_of": (),
    "related": (),
    "comments": (),
    "rights": (),
    "url": (),
    "slug": (),
    "withdrawn": ("draft",),
}
"""The names beside the body, and what else each may be called."""

MAX_TEXT = 10_000
MAX_ENTRIES = 200
_YEARS = range(1900, 2200)
_MOST = 2**31 - 1
"""What a column of numbers holds; no picture and no discussion has more."""
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,? +(\d{1,2}):(\d{2}))?")
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}
_KINDS = {
    bool: "true or false",
    dict: "a set of names and values",
    float: "a number",
    int: "a number",
    list: "a list",
    str: "a text",
}


class Fields:
    """Reads the values of one record and collects what is wrong with them.

    `complaints` make the article unusable; `notes` tell what was repaired or passed
    over. A value that is missing or empty is none.
    """

    def __init__(self, record: Record, zone: ZoneInfo) -> None:
        self._record = record
        self._zone = zone
        self.complaints: list[tuple[str, str]] = []
        self.notes: list[str] = list(record.notes)

    def written_name(self, name: str) -> str:
        """Return the name or alias that the record uses, or the name itself."""
        names = (name, *ALIASES.get(name, ()))
        return next((n for n in names if self._is_given(n)), name)

    def value(self, name: str) -> object:
        """Return what stands under a name or one of its aliases, None when nothing."""
        written = self.written_name(name)
        return self._record.values.get(written) if self._is_given(written) else None

    def text(self, name: str, limit: int = MAX_TEXT) -> str:
        """Return a text; a whole number counts as one."""
        return self.text_of(self.value(name), self.written_name(name), limit)

    def raw_text(self, name: str, limit: int) -> str:
        """Return a text as it stands, surrogates and all."""
        value = self._record.values.get(name)
        if value is None or isinstance(value, str):
            text = value or ""
            if len(text) > limit:
                self.complain(name, f"has {len(text)} characters, more than {limit}")
            return text if len(text) <= limit else ""
        self._expect("a text", value, name)
        return ""

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; a single text counts as a list of one."""
        return tuple(
            text
            for value in self.entries(name)
            if (text := self.text_of(value, self.written_name(name)))
        )

    def entries(self, name: str) -> Sequence[object]:
        """Return a list of anything; a single value counts as a list of one."""
        value = self.value(name)
        entries: Sequence[object] = value if isinstance(value, list) else [value]
        if len(entries) > MAX_ENTRIES:
            self.complain(name, f"has {len(entries)} entries, more than {MAX_ENTRIES}")
            return ()
        return [entry for entry in entries if entry is not None]

    def text_of(self, value: object, label: str, limit: int = MAX_TEXT) -> str:
        """Return a value as text; `label` names it in complaints."""
        if value is None:
            return ""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            self._expect("a text", value, label)
            return ""
        text = legal(value).strip()
        if text != value.strip().replace("\r\n", "\n"):
            self.notes.append(f'"{label}": characters nobody can see were removed')
        if len(text) > limit:
            self.complain(label, f"has {len(text)} characters, more than {limit}")
            return ""
        return text

    def moment(self, name: str) -> datetime | None:
        """Return a date and time as an instant in UTC; without offset, in our zone."""
        value = self.value(name)
        found = self.find_moment(value)
        if found is None and value is not None:
            self.complain(
                self.written_name(name),
                f"{_quoted(value)} is no date and time; write it as"
                " 2026-11-20T09:30:00+05:00",
            )
        return found

    def find_moment(self, value: object) -> datetime | None:
        """Return a value as an instant in UTC, or None when it is none."""
        if isinstance(value, str):
            value = _parsed(value.strip())
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time())
        if not isinstance(value, datetime) or value.year not in _YEARS:
            return None
        aware = value if value.tzinfo else value.replace(tzinfo=self._zone)
        return aware.astimezone(UTC)

    def flag(self, name: str) -> bool:
        """Return true or false; nothing is false."""
        value = self.value(name)
        if isinstance(value, str):
            value = _FLAGS.get(value.strip().lower(), value)
        if value is None or isinstance(value, bool):
            return bool(value)
        self._expect("true or false", value, self.written_name(name))
        return False

    def number_of(self, value: object, label: str) -> int:
        """Return a whole number that is not negative; nothing is 0."""
        if (
            isinstance(value, str)
            and value.strip().isascii()
            and value.strip().isdigit()
        ):
            value = int(value.strip()[:12])
        if value is None:
            return 0
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self._expect("a whole number", value, label)
            return 0
        return min(value, _MOST)

    def complain(self, label: str, what: str) -> None:
        """Say what makes the article unusable."""
        self.complaints.append((label, f"{label}: {what}"))

    def note_unknown(self, known: Sequence[str], given: Sequence[str], of: str) -> None:
        """Note every name that means nothing to us, with the nearest that does."""
        for name in given:
            if name not in known and not name.startswith(("_", "x_")):
                near = get_close_matches(name, known, n=1)
                hint = f' (did you mean "{near[0]}"?)' if near else ""
                self.notes.append(f'unknown name "{name[:60]}"{of}{hint}, passed over')

    def _is_given(self, name: str) -> bool:
        value = self._record.values.get(name)
        return value is not None and value not in ("", [], {})

    def _expect(self, kind: str, value: object, label: str) -> None:
        found = _KINDS.get(type(value), type(value).__name__)
        self.complain(label, f"{kind} is expected here, not {found}")


def _parsed(text: str) -> datetime | None:
    """Read ISO 8601, RFC 5322, or the day first as people write: 20.11.2026 09:30."""
    found = _DAY_FIRST.fullmatch(text)
    try:
        if found is not None:
            day, month, year, hour, minute = (int(part or 0) for part in found.groups())
            return datetime(year, month, day, hour, minute)  # noqa: DTZ001 (as written)
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _quoted(value: object) -> str:
    return f'"{str(value)[:60]}"' if isinstance(value, str | int | date) else "this"
