"""What every source of evidence promises to whoever asks about deliveries in doubt."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from publisher.mail.delivery_name import DeliveryName
from publisher.mail.message_id import key_in_message_id
from publisher.mail.return_path import delivery_in_return_path

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
    """A delivery in doubt, and the time in which its message was on the wire.

    What is said of the same number in another generation of the store is about another
    message.
    """

    delivery_id: int
    begun_at: datetime
    ended_at: datetime
    generation: int = 0

    @property
    def name(self) -> DeliveryName:
        """Return what its message is called outside."""
        return DeliveryName(self.delivery_id, self.generation)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a source knows of a delivery, and how; never the reader's address."""

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
    ) -> tuple[dict[int, Statement], Notes]:
        """Return what is known of deliveries, by number, and the notes for next time.

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

    def delivery_of(self, message_id: str) -> DeliveryName | None:
        """Return the delivery that a Message-ID of ours names, or None."""
        for secret in self.secrets:
            key = key_in_message_id(message_id, secret)
            if key is not None:
                return DeliveryName.in_key(key)
        return None

    def delivery_at(self, addresses: Iterable[str]) -> DeliveryName | None:
        """Return the delivery that one of some return addresses names, or None."""
        for address in addresses:
            for secret in self.secrets:
                found = delivery_in_return_path(address, secret)
                if found is not None:
                    return found
        return None
