"""How a message is named outside of the store: in ids, envelopes, logs and reports.

The numbers of a store that was set back to a backup come again. A generation, which
changes whenever an operator confirms such a store, tells the two apart, so that no
evidence about a message of the lost store counts for another one.

Letters are numbered apart from deliveries, and their names say that they are letters.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

from typing_extensions import override

__all__ = ["DeliveryName", "LetterName", "MessageName", "name_in_key"]

_DELIVERY = re.compile(r"([0-9]{1,15})-[0-9]+(?:-([0-9a-f]{8}))?")
_LETTER = re.compile(r"letter-([0-9]{1,15})(?:-([0-9a-f]{8}))?")


@dataclass(frozen=True, slots=True)
class _Name:
    number: int
    generation: int = 0

    @property
    def _ending(self) -> str:
        return f"-{self.generation:08x}" if self.generation else ""


@dataclass(frozen=True, slots=True)
class DeliveryName(_Name):
    """A delivery's number, and the generation of the store; 0 is the first."""

    @override
    def __str__(self) -> str:
        """Return it as the id of an envelope: `1207`, or `1207-5eed0001`."""
        return f"{self.number}{self._ending}"

    def key(self, segment_id: int) -> str:
        """Return the key of a Message-ID; other content means another message."""
        return f"{self.number}-{segment_id}{self._ending}"


@dataclass(frozen=True, slots=True)
class LetterName(_Name):
    """A letter's number, and the generation of the store it was composed in."""

    @override
    def __str__(self) -> str:
        """Return it as the id of an envelope, and the key of a Message-ID."""
        return f"letter-{self.number}{self._ending}"


MessageName: TypeAlias = DeliveryName | LetterName


def name_in_key(key: str) -> MessageName | None:
    """Return what the key of a Message-ID names, or None."""
    if found := _DELIVERY.fullmatch(key):
        return DeliveryName(int(found[1]), int(found[2] or "0", 16))
    if found := _LETTER.fullmatch(key):
        return LetterName(int(found[1]), int(found[2] or "0", 16))
    return None
