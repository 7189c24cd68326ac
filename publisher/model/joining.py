"""Requests to join: whether anything is written to an address, and what.

Whoever knows an address can type it, so all rules here are for those who did not ask.
An address is written to at most once in 24 hours, and three times in all until somebody
there presses the button.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

__all__ = [
    "BETWEEN",
    "KEPT",
    "LIFTED",
    "UNANSWERED",
    "VALID",
    "Asked",
    "Reply",
    "Written",
    "count_asked",
    "reply_to",
]

BETWEEN = timedelta(hours=24)
"""An address is written to once in so long."""

UNANSWERED = 3
"""So many letters to an address that nobody answers, and no more."""

VALID = timedelta(days=7)
"""How long a request waits for its button to be pressed."""

KEPT = timedelta(days=30)
"""How long it is kept at all."""

HOUR = timedelta(hours=1)

LIFTED = frozenset({"erased", "left"})
"""Reasons not to write that end when the person there confirms anew. Addresses that do
not exist, and people who complained, are left alone."""


class Reply(StrEnum):
    """What an address is sent for a request; the asker is told the same in any case."""

    CONFIRM = "confirm"
    PREFERENCES = "preferences"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Written:
    """How often an address was written to: last, and since anybody answered there."""

    last_at: datetime | None = None
    unanswered: int = 0

    def again(self, now: datetime) -> "Written":
        """Return the same after one letter more."""
        return Written(now, self.unanswered + 1)

    def answered(self) -> "Written":
        """Return the same after the button was pressed; a day passes all the same."""
        return replace(self, unanswered=0)

    def may_write(self, now: datetime) -> bool:
        """Tell whether the address may be written to."""
        has_rested = self.last_at is None or now - self.last_at >= BETWEEN
        return has_rested and self.unanswered < UNANSWERED


@dataclass(frozen=True, slots=True)
class Asked:
    """How many requests came for the addresses of a domain, within an hour."""

    since: datetime | None = None
    count: int = 0


def count_asked(before: Asked, now: datetime) -> Asked:
    """Return the count with one request more; every hour begins anew."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return Asked(hour, before.count + 1 if before.since == hour else 1)


def reply_to(
    written: Written, now: datetime, *, suppression: str | None, has_everything: bool
) -> Reply:
    """Return what is sent; who `has_everything` asked for is shown where to change it.

    `suppression` is why the address may not be written to, or None.
    """
    if suppression is not None and suppression not in LIFTED:
        return Reply.NOTHING
    if not written.may_write(now):
        return Reply.NOTHING
    return Reply.PREFERENCES if has_everything else Reply.CONFIRM
