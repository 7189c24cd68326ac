"""The pace that all processes keep together, through the store."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from typing_extensions import override

from publisher.clock import Clock
from publisher.digests.gates import Door, State
from publisher.digests.pacing import Grant, Pace, Wait
from publisher.model.gate import ALL, Answer, Feedback, Gate, Order, Terms
from publisher.model.reply import Kind, Outcome

__all__ = ["Consult", "Limits", "PaceRules", "RelayRules", "SharedPace"]

Consult = Callable[[Sequence[Order], datetime], Awaitable[Mapping[str, Answer]]]
"""Asks the gates, all in one transaction."""


_log = logging.getLogger("publisher.digests")


class Directory(Protocol):
    """Knows which provider group an address belongs to."""

    def group_of(self, address: str) -> str:
        """Return the group, as far as is known by now."""
        ...

    async def learn(self, addresses: Iterable[str]) -> None:
        """Find out more; bounded, never raises."""
        ...


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


class SharedPace(Pace):
    """Asks the store about once a second, and holds slots for that second.

    A relay in trouble is left alone and its share goes to the others (smooth weighted
    round robin). Belongs to one event loop.
    """

    def __init__(
        self, rules: PaceRules, directory: Directory, consult: Consult, clock: Clock
    ) -> None:
        self._rules = rules
        self._directory = directory
        self._consult = consult
        self._clock = clock
        whole = rules.whole
        self._all = Door(key=ALL, name="all mail", terms=whole.terms)
        self._relays = [
            Door(
                key=f"relay:{relay.name}",
                name=f"relay {relay.name}",
                terms=relay.limits.terms,
                weight=relay.weight,
                connections=relay.limits.connections,
            )
            for relay in rules.relays
        ]
        self._providers: dict[str, Door] = {}
        self._asking = asyncio.Lock()
        self._changed = asyncio.Event()

    @override
    async def learn(self, addresses: Iterable[str]) -> None:
        await self._directory.learn(addresses)

    @override
    def provider_of(self, address: str) -> str:
        return self._directory.group_of(address)

    @override
    async def grant(self, provider: str) -> Grant | Wait:
        door = self._door_of(provider)
        while True:
            answer = self._decide(door, provider)
            if not isinstance(answer, list):
                return answer
            async with self._asking:
                # Somebody may have asked while we waited for our turn.
                answer = self._decide(door, provider)
                if not isinstance(answer, list):
                    return answer
                await self._ask(answer)

    @override
    def report(self, grant: Grant, outcome: Outcome | None) -> None:
        door = self._door_of(grant.provider)
        relay = self._relay(grant.relay)
        for each in (self._all, door, *([relay] if relay else [])):
            each.under_way -= 1
        if outcome is not None:
            door.note(_at_provider(outcome))
            if relay is not None:
                relay.note(_at_relay(outcome))
        self._changed.set()

    @override
    async def wait(self, until: datetime) -> None:
        self._changed.clear()
        span = (until - self._clock.now()).total_seconds()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(span, 0.0)):
                await self._changed.wait()

    @override
    async def close(self) -> None:
        doors = (self._all, *self._relays, *self._providers.values())
        told = [door for door in doors if door.feedback]
        if told:
            async with self._asking:
                await self._ask(told, wants_slots=False)

    def _door_of(self, provider: str) -> Door:
        door = self._providers.get(provider)
        if door is None:
            limits = self._rules.providers.get(provider, self._rules.others)
            door = Door(
                key=f"provider:{provider}",
                name=provider,
                terms=limits.terms,
                connections=limits.connections,
            )
            self._providers[provider] = door
        return door

    def _relay(self, name: str) -> Door | None:
        key = f"relay:{name}"
        return next((relay for relay in self._relays if relay.key == key), None)

    def _decide(self, door: Door, provider: str) -> Grant | Wait | list[Door]:
        """Return a grant, a wait, or the gates to ask first."""
        now = self._clock.now()
        states = [(each, each.state(now)) for each in (self._all, door)]
        relays = [(each, each.state(now)) for each in self._relays]
        unknown = [each for each, state in (*states, *relays) if state is State.UNKNOWN]
        if unknown:
            return unknown
        waits = [state for _, state in states if isinstance(state, Wait)]
        if waits:
            return max(waits, key=lambda wait: wait.until)
        relay = _chosen([each for each, state in relays if state is State.OPEN])
        if self._relays and relay is None:
            shut = [state for _, state in relays if isinstance(state, Wait)]
            return min(shut, key=lambda wait: wait.until)
        used = (self._all, door, *([relay] if relay else []))
        is_probe = any(each.is_probing for each in used)
        for each in used:
            each.use()
        name = relay.key.removeprefix("relay:") if relay else ""
        return Grant(provider, name, is_probe=is_probe)

    async def _ask(self, doors: Sequence[Door], *, wants_slots: bool = True) -> None:
        orders = sorted(
            (door.order(wants_slots=wants_slots) for door in doors),
            key=lambda order: order.key,
        )
        by_key = {door.key: door for door in doors}
        try:
            answers = await self._consult(orders, self._clock.now())
        except BaseException:
            for order in orders:
                by_key[order.key].note(order.feedback)
            raise
        now = self._clock.now()
        for key, answer in answers.items():
            before = by_key[key].gate
            by_key[key].take_in(answer.gate, answer.run, now)
            if before is not None:
                _tell(before, answer.gate)


def _tell(before: Gate, after: Gate) -> None:
    """Log what operators want to know of a gate."""
    if after.open_until is not None and after.trips > before.trips:
        until = after.open_until.isoformat(timespec="seconds")
        _log.warning(
            "gate.shut gate=%s until=%s reason=%s", after.key, until, after.reason
        )
    elif before.open_until is not None and after.open_until is None:
        _log.info("gate.opened gate=%s", after.key)
    if after.level is not None and after.cut_at != before.cut_at:
        _log.warning("gate.slowed gate=%s per_second=%.2f", after.key, after.level)


def _chosen(relays: Sequence[Door]) -> Door | None:
    """Return the relay whose turn it is: each in proportion to its weight."""
    if not relays:
        return None
    for relay in relays:
        relay.credit += relay.weight
    chosen = max(relays, key=lambda relay: relay.credit)
    chosen.credit -= sum(relay.weight for relay in relays)
    return chosen


def _at_provider(outcome: Outcome) -> Feedback:
    """Return what an outcome says about the provider."""
    if outcome.is_common:
        return Feedback()
    if outcome.kind is Kind.SENT:
        return Feedback(passed=1)
    if outcome.kind is Kind.REFUSED:
        return Feedback(bounced=1)
    if outcome.is_policy:
        return Feedback(blocked=1)
    return Feedback(throttled=1) if outcome.is_throttle else Feedback()


def _at_relay(outcome: Outcome) -> Feedback:
    """Return what an outcome says about the relay: whether it works for any message."""
    if outcome.is_common and outcome.kind is not Kind.CONTENT:
        code = f" {outcome.code}" if outcome.code else ""
        return Feedback(trouble=f"{outcome.phase}{code}: {outcome.text}")
    if outcome.kind in {Kind.STOPPED, Kind.DOUBT}:
        return Feedback()
    return Feedback(passed=1)
