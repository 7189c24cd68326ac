"""Why mail waits: every gate with its limit, its level, and what stands against it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from publisher.digests.limits import Limits, PaceRules
from publisher.model.gate import ALL, Gate, Terms
from publisher.model.passage import obstacle
from publisher.model.places import Claim

__all__ = ["GateView", "view_pace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateView:
    """A gate as operators see it; empty texts say that there is nothing to say.

    `limit` is as configured, `per_second` the level we were asked to come down to,
    `today` how many of the warm-up's allowance went, `places` how many of those that
    messages under way may have are held, and by how many processes. `state` is open,
    slowed, waiting or shut.
    """

    gate: str
    state: str
    why: str = ""
    until: datetime | None = None
    limit: str = ""
    per_second: float | None = None
    today: str = ""
    places: str = ""


def view_pace(
    rules: PaceRules,
    gates: Sequence[Gate],
    now: datetime,
    claims: Mapping[str, Sequence[Claim]],
) -> list[GateView]:
    """Return all mail, then the relays, then the providers, as far as they are used."""
    known = {gate.key: gate for gate in gates}
    return [
        replace(
            _view(key, known.get(key, Gate(key=key)), limits.terms, now),
            places=_places(limits.connections, claims.get(key, ())),
        )
        for key, limits in _limits(rules, known)
    ]


def _limits(
    rules: PaceRules, known: Mapping[str, Gate]
) -> Iterator[tuple[str, Limits]]:
    """Yield the gates of the configuration, and those that mail went through."""
    yield ALL, rules.whole
    for relay in rules.relays:
        yield f"relay:{relay.name}", relay.limits
    for name, limits in rules.providers.items():
        key = f"provider:{name}"
        if key in known or limits.terms.rate or limits.connections:
            yield key, limits


def _places(limit: int, claims: Sequence[Claim]) -> str:
    if not limit:
        return ""
    held = [claim.places for claim in claims if claim.places]
    processes = f" in {len(held)} processes" if len(held) > 1 else ""
    return f"{sum(held)} of {limit}{processes}"


def _view(key: str, gate: Gate, terms: Terms, now: datetime) -> GateView:
    found = obstacle(gate, terms, now)
    state = "slowed" if gate.level is not None else "open"
    if found is not None:
        state = "shut" if gate.open_until is not None else "waiting"
    stages, stage = terms.warm_up, gate.stage
    return GateView(
        gate=key,
        state=state,
        why=found.why if found else "",
        until=found.until if found else None,
        limit=terms.rate.written if terms.rate else "",
        per_second=None if gate.level is None else round(gate.level, 2),
        today=f"{gate.day_count} of {stages[stage]}" if stage < len(stages) else "",
    )
