"""How a delivery is named outside of the store: in ids, envelopes, logs and reports.

The numbers of a store that was set back to a backup come again. A generation, which
changes whenever an operator confirms such a store, tells the two apart, so that no
evidence about a message of the lost store counts for another one.
"""

import re
from dataclasses import dataclass

from typing_extensions import override

__all__ = ["DeliveryName"]

_KEY = re.compile(r"([0-9]{1,15})-[0-9]+(?:-([0-9a-f]{8}))?")


@dataclass(frozen=True, slots=True)
class DeliveryName:
    """A delivery's number, and the generation of the store; 0 is the first."""

    number: int
    generation: int = 0

    @override
    def __str__(self) -> str:
        """Return it as the id of an envelope: `1207`, or `1207-5eed0001`."""
        return f"{self.number}{self._ending}"

    def key(self, segment_id: int) -> str:
        """Return the key of a Message-ID; other content means another message."""
        return f"{self.number}-{segment_id}{self._ending}"

    @property
    def _ending(self) -> str:
        return f"-{self.generation:08x}" if self.generation else ""

    @classmethod
    def in_key(cls, key: str) -> "DeliveryName | None":
        """Return the delivery that the key of a Message-ID names, or None."""
        found = _KEY.fullmatch(key)
        return cls(int(found[1]), int(found[2] or "0", 16)) if found else None
