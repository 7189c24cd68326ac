"""What a line of Postfix's log says about a message's way into the queue.

`cleanup` names the Message-ID while the content still comes in: that alone proves
nothing. Only what the queue manager and the delivery agents say afterwards under the
same queue id shows that Postfix had taken the message before it answered the dot.

Names of hosts, senders and ids in a line are anybody's; what Postfix itself says stands
in front of them, so everything is matched from the start of the line.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum

__all__ = ["Line", "What", "read_line", "time_of"]

_LINE = re.compile(
    r"(?:<\d{1,3}>)?"
    r"(?P<at>\d{4}-\d\d-\d\dT\S{8,21}|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)"
    r" \S+ (?:\S+/)?(?P<daemon>[a-z-]+)\[\d+\]: (?P<text>.*)",
    re.DOTALL,
)
# Short ids are hexadecimal, long ones (enable_long_queue_ids) have no vowels.
_ENTRY = re.compile(
    r"(?!warning|NOQUEUE)(?P<queue_id>[0-9A-Za-z]{6,24}): (?P<text>.*)", re.DOTALL
)
_MESSAGE_ID = re.compile(r"message-id=(?P<id><[^<>\s]*>|[^<>\s]*)\s*")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_KEPT = ("hold: ", "milter-hold: ", "discard: ", "milter-discard: ")
_REJECTED = ("reject: ", "milter-reject: ")
_STATUS = re.compile(r" status=(sent|bounced|deferred|expired)\b")


class What(Enum):
    """What an entry tells of its queue id."""

    NAMED = "named"
    """The message with this Message-ID is coming in."""
    QUEUED = "queued"
    """Postfix has taken the message."""
    BOUNCED = "bounced"
    """Postfix had taken the message, and could not deliver it."""
    REJECTED = "rejected"
    """Postfix has refused the message after its content."""
    NEW = "new"
    """The queue id belongs to another message from now on."""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry about a message; `detail` is the Message-ID, or what happened."""

    what: What
    queue_id: str
    detail: str


def read_line(text: str) -> Line | None:
    """Return what a line says of a message, None when it is about something else."""
    found = _LINE.match(text)
    entry = _ENTRY.match(found["text"]) if found else None
    if found is None or entry is None:
        return None
    what = _told(found["daemon"], entry["text"])
    return Line(what[0], entry["queue_id"], what[1]) if what else None


def _told(daemon: str, text: str) -> tuple[What, str] | None:
    if daemon == "cleanup":
        return _told_by_cleanup(text)
    if text.startswith("client=") or (daemon == "pickup" and text.startswith("uid=")):
        return What.NEW, ""
    if daemon == "qmgr" and text.startswith(("from=<", "removed")):
        return What.QUEUED, "taken into the queue"
    if daemon != "smtpd" and text.startswith("to=<"):
        status = _STATUS.search(text)
        if status is None:
            return None
        has_failed = status[1] in {"bounced", "expired"}
        return What.BOUNCED if has_failed else What.QUEUED, status[0].strip()
    return None


def _told_by_cleanup(text: str) -> tuple[What, str] | None:
    named = _MESSAGE_ID.fullmatch(text)
    if named is not None:
        return What.NAMED, named["id"]
    if text.startswith(_KEPT):
        return What.QUEUED, text.partition(":")[0]
    if text.startswith(_REJECTED):
        return What.REJECTED, text.partition(":")[0]
    return None


def time_of(text: str, zone: tzinfo | None, latest: datetime) -> datetime | None:
    """Return when a line was written, None where that cannot be known.

    The old form has neither year nor zone: it is the last such time before `latest`,
    and without a `zone` it is not known.
    """
    found = _LINE.match(text)
    if found is None:
        return None
    written = found["at"]
    if written[0].isdigit():
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            return None
        zoned = moment if moment.tzinfo or zone is None else moment.replace(tzinfo=zone)
        return zoned.astimezone(UTC) if zoned.tzinfo else None
    return None if zone is None else _in_year(written, zone, latest)


def _in_year(written: str, zone: tzinfo, latest: datetime) -> datetime | None:
    month, rest = written[:3], written[4:]
    place = _MONTHS.find(month)
    if place % 3:
        return None
    number = place // 3 + 1
    day, clock = int(rest[:2]), rest[3:]
    year = latest.astimezone(zone).year + 1
    for candidate in (year, year - 1, year - 2):
        try:
            moment = datetime.fromisoformat(f"{candidate}-{number:02}-{day:02}T{clock}")
        except ValueError:
            continue  # Not a date of that year, such as 29 February.
        zoned = moment.replace(tzinfo=zone).astimezone(UTC)
        if zoned <= latest + timedelta(days=1):
            return zoned
    return None
