"""What every source of evidence promises to whoever asks about messages in doubt."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from publisher.mail.message_id import key_in_message_id
from publisher.mail.message_name import MessageName, name_in_key
from publisher.mail.return_path import name_in_return_path

__all__ = [
    "EARLY",
    "LATE",
    "Evidence",
    "Notes",
    "Ours",
    "Question",
    "Says",
    "Statement",
]

EARLY = timedelta(minutes=2)
"""How far the clocks of two machines may be apart."""

LATE = timedelta(minutes=15)
"""How long after our attempt a relay may still take a message, with some to spare.

RFC 5321 section 4.5.3.2.6 gives it ten minutes after the final dot.
"""

Notes: TypeAlias = Mapping[str, Any]
"""What a source wants to know the next time, as JSON can hold it; empty at first."""


class Says(StrEnum):
    """What can be known of a message; who does not know says nothing."""

    ACCEPTED = "accepted"
    """The relay took it; what it did with it then is another matter."""
    BOUNCED = "bounced"
    """The relay took it, and could not deliver it."""
    NOT_ACCEPTED = "not accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A message in doubt, as it is called outside, and when it was on the wire.

    What is said of the same number in another generation of the store is about another
    message.
    """

    name: MessageName
    begun_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Statement:
    """What a source knows of a message, and how; never the reader's address."""

    says: Says
    detail: str


class Evidence(Protocol):
    """A source of evidence; it only reads, and may block."""

    @property
    def name(self) -> str:
        """Return what operators call it."""
        ...

    def hear(
        self, questions: Sequence[Question], notes: Notes
    ) -> tuple[dict[MessageName, Statement], Notes]:
        """Return what is known of messages, by name, and the notes for next time.

        The notes know this call's questions alone, so ask about all that is open.

        Who is missing from the answer is not known. That a message is not to be found
        proves nothing unless the source is complete, and shows entries from before the
        attempt and from well after it. Raises PublisherError when the source cannot be
        read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Ours:
    """Tells our own ids from what anybody could have written (law 18)."""

    secrets: tuple[bytes, ...] = field(repr=False)

    def name_of(self, message_id: str) -> MessageName | None:
        """Return the message that a Message-ID of ours names, or None."""
        for secret in self.secrets:
            key = key_in_message_id(message_id, secret)
            if key is not None:
                return name_in_key(key)
        return None

    def name_at(self, addresses: Iterable[str]) -> MessageName | None:
        """Return the message that one of some return addresses names, or None."""
        for address in addresses:
            for secret in self.secrets:
                found = name_in_return_path(address, secret)
                if found is not None:
                    return found
        return None
