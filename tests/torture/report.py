"""What a run was to be, and what both sides' records say afterwards."""

from collections import Counter
from dataclasses import dataclass, field

from publisher.model.delivery import DeliveryState

__all__ = ["Report", "Settings"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How hard it gets; with `has_log` the relay's log ends the doubts."""

    kills: int = 200
    readers: int = 10_000
    connections: int = 50
    workers: int = 1
    has_log: bool = False
    seed: int = 1


@dataclass(kw_only=True)
class Report:
    """What both sides say; `states` are the deliveries' by reader.

    `doubts` were listed, and `begun` is how many messages each of the dead had begun.
    """

    settings: Settings
    kills: int
    seconds: float
    states: dict[str, str]
    listed: int
    discrepancies: list[str]
    doubts: int = 0
    arrived: int = 0
    begun: list[int] = field(default_factory=list)
    resolved: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    contents: dict[str, set[str]] = field(default_factory=dict)

    def count(self, state: DeliveryState) -> int:
        """Return how many deliveries ended so."""
        return sum(found == state.value for found in self.states.values())

    @property
    def most(self) -> int:
        """How many messages may be in doubt, whatever the number of workers."""
        return self.settings.connections * self.kills

    @property
    def lost(self) -> list[str]:
        """Readers whose message was not accepted and is not listed as in doubt."""
        held = DeliveryState.HELD.value
        return [r for r, s in self.states.items() if s != held and not self.accepted[r]]

    @property
    def doubled(self) -> list[str]:
        """Readers whose message was accepted more than once."""
        return [reader for reader, times in self.accepted.items() if times > 1]

    @property
    def altered(self) -> list[str]:
        """Readers whose retries were not the same bytes."""
        return [reader for reader, found in self.contents.items() if len(found) > 1]

    @property
    def retried(self) -> int:
        """How many readers' messages were tried again after a refusal for now."""
        return sum(self.accepted[reader] > 0 for reader in self.refused)

    @property
    def faults(self) -> list[str]:
        """Every law that was broken, with the number of readers."""
        held = self.count(DeliveryState.HELD)
        ended = self.count(DeliveryState.SENT) + held
        found = {
            "lost": len(self.lost),
            "accepted more than once": len(self.doubled),
            "neither sent nor in doubt": len(self.states) - ended,
            "retried with other bytes": len(self.altered),
            "discrepancies in the books": len(self.discrepancies),
            "without a delivery": self.settings.readers - len(self.states),
            "strangers": len(self.accepted.keys() - self.states.keys()),
            "in doubt and not listed": abs(held - self.listed),
            "in doubt beyond the open connections": max(0, self.doubts - self.most),
            "begun beyond the open connections": sum(
                max(0, one - self.settings.connections) for one in self.begun
            ),
            "in doubt though the log says": held if self.settings.has_log else 0,
        }
        return [f"{count} {what}" for what, count in found.items() if count]
