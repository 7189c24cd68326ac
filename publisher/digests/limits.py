"""The limits on sending, as they are configured."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.model.gate import Terms

__all__ = ["Limits", "PaceRules", "RelayRules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The terms of one gate, and how many messages may be under way through it."""

    terms: Terms = field(default_factory=Terms)
    connections: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayRules:
    """A relay's share of the mail, and its limits."""

    name: str
    weight: int = 1
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceRules:
    """All limits; a provider that is not listed has those of `others`."""

    whole: Limits = Limits()
    relays: tuple[RelayRules, ...] = ()
    providers: Mapping[str, Limits]
    others: Limits = Limits()
