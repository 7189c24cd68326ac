"""A rule about messages, and what is found when a message breaks it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from publisher.mail.linting.specimen import Specimen

__all__ = ["EVERYONE", "Check", "Finding", "Receiver", "Rule", "Severity"]

Check = Callable[[Specimen], Iterator[str]]
"""Yields one sentence for every breach; none for a message that keeps the rule."""


class Receiver(StrEnum):
    """A mailbox provider whose published checklist asks for a rule."""

    GMAIL = "gmail"
    YAHOO = "yahoo"
    MICROSOFT = "microsoft"
    MAILRU = "mailru"
    YANDEX = "yandex"


EVERYONE = frozenset(Receiver)


class Severity(StrEnum):
    """What comes of a breach."""

    REFUSE = "refuse"
    """The message may be refused, damaged or filed as spam."""
    WARN = "warn"
    """It arrives, and is worse than it could be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that is asked of a message.

    `is_for_lists` rules are asked of what goes to subscribers, not of a letter that
    answers one person. `source` is where the rule is written down.
    """

    key: str
    check: Check
    remedy: str
    source: str
    asked_by: frozenset[Receiver] = EVERYONE
    severity: Severity = Severity.REFUSE
    is_for_lists: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A breach of a rule; `reason` says what was found and where."""

    rule: Rule
    reason: str
