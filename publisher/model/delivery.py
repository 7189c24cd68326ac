"""The life of a delivery, and the equation that must hold over an edition.

waiting ──► begun ──► sent
  ▲ │         ├─────► failed
  └─┼─────────┤ (refused for now: a retry)
    │         └─────► held      (in doubt, by policy not sent again)
    ├───────────────► skipped   (nothing new, too thin, left, paused, …)
    └───────────────► expired   (its slot is over)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["UNDER_WAY", "Accounting", "DeliveryState", "SkipReason"]


class DeliveryState(StrEnum):
    """Where one message to one subscriber stands."""

    WAITING = "waiting"
    BEGUN = "begun"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    HELD = "held"
    SKIPPED = "skipped"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self not in {DeliveryState.WAITING, DeliveryState.BEGUN}


UNDER_WAY = tuple(state.value for state in DeliveryState if not state.is_final)
"""The states that a delivery leaves by itself, as they are kept."""


class SkipReason(StrEnum):
    """Why a due reader got no message."""

    NOTHING_NEW = "nothing new"
    TOO_THIN = "too thin"
    LEFT = "left"
    PAUSED = "paused"
    SUPPRESSED = "suppressed"
    WITHDRAWN = "articles withdrawn"
    BROKEN = "could not be composed"
    UNDER_WAY = "the one before is under way"


@dataclass(frozen=True, slots=True)
class Accounting:
    """The accounting equation of an edition (law 12)."""

    due: int
    by_state: Mapping[DeliveryState, int]
    skipped_by_reason: Mapping[str, int]

    @property
    def waiting(self) -> int:
        """Readers whose message is still to be decided, those under way included."""
        return self.by_state.get(DeliveryState.WAITING, 0) + self.by_state.get(
            DeliveryState.BEGUN, 0
        )

    @property
    def error(self) -> int:
        """Readers that are unaccounted for; anything but 0 is a defect."""
        skipped = sum(self.skipped_by_reason.values())
        final = (
            DeliveryState.SENT,
            DeliveryState.FAILED,
            DeliveryState.EXPIRED,
            DeliveryState.HELD,
        )
        settled = sum(self.by_state.get(state, 0) for state in final)
        return self.due - skipped - settled - self.waiting
