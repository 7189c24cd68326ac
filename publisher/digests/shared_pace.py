"""The pace that all processes keep together, through the store."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from typing_extensions import override

from publisher.clock import Clock
from publisher.digests.beginning import Beginning
from publisher.digests.feedback import at_provider, at_relay
from publisher.digests.gates import Door, Step, chosen
from publisher.digests.lead import Leads
from publisher.digests.limits import Limits, PaceRules
from publisher.digests.pacing import Grant, Pace, Wait
from publisher.digests.places import FRESH, OwnPlaces, State
from publisher.model.gate import ALL, Answer, Order
from publisher.model.reply import Outcome

__all__ = ["Consult", "SharedPace"]

Consult = Callable[[Sequence[Order], datetime], Awaitable[Mapping[str, Answer]]]
"""Asks the gates, all in one transaction."""

RELAY = "relay:"
"""What the keys of relays' gates begin with."""

BOTH_OPEN = [State.OPEN, State.OPEN]

_log = logging.getLogger("publisher.digests")


class Directory(Protocol):
    """Knows which provider group an address belongs to."""

    def group_of(self, address: str) -> str:
        """Return the group, as far as is known by now."""
        ...

    async def learn(self, addresses: Iterable[str]) -> None:
        """Find out more; bounded, never raises."""
        ...


class SharedPace(Pace):
    """Asks the store about once a second; holds slots for it, and leases places.

    A relay in trouble is left alone and its share goes to the others (smooth weighted
    round robin). Belongs to one event loop.
    """

    def __init__(
        self,
        rules: PaceRules,
        directory: Directory,
        consult: Consult,
        clock: Clock,
        process: str = "",
    ) -> None:
        """Be known to the others as `process`, by default a name nobody else has."""
        self._rules = rules
        self._directory = directory
        self._consult = consult
        self._clock = clock
        self._process = process or secrets.token_hex(8)
        self._lead = Leads()
        self._asking = asyncio.Lock()
        self._beginning = Beginning(
            clock=clock,
            lead=self._lead,
            asking=self._asking,
            ask=self._ask_for,
            wait=self.wait,
        )
        self._all = self._door(ALL, "all mail", rules.whole)
        self._relays: dict[str, Door] = {}
        for relay in rules.relays:
            name = relay.name
            door = self._door(f"{RELAY}{name}", f"relay {name}", relay.limits)
            door.weight = relay.weight
            self._relays[name] = door
        self._providers: dict[str, Door] = {}
        self._changed = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

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
    async def begin(self, grant: Grant) -> bool:
        doors = [door for door in self._passed(grant) if door.is_exact]
        if not doors or grant.taken_at is None:
            return True
        self._lead.way.learn(self._clock.now() - grant.taken_at)
        return await self._beginning.begin(id(grant), doors)

    @override
    async def let_pass(self, grant: Grant) -> bool:
        doors = [door for door in self._passed(grant) if id(grant) in door.begun]
        return not doors or await self._beginning.let_pass(id(grant), doors)

    def _passed(self, grant: Grant) -> tuple[Door, ...]:
        """Return the gates that a grant is for: of all mail, of provider and relay."""
        provider, relay = self._door_of(grant.provider), self._relays.get(grant.relay)
        if relay is None:
            return self._all, provider
        return self._all, provider, relay

    @override
    def report(self, grant: Grant, outcome: Outcome | None) -> None:
        doors = self._passed(grant)
        for door in doors:
            door.leave(id(grant), was_tried=outcome is not None)
        if outcome is not None:
            doors[1].note(at_provider(outcome))
            for relay in doors[2:]:
                relay.note(at_relay(outcome))
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
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait({self._keeping})
        async with self._asking:
            places = [door.places for door in self._doors() if door.places]
            for each in places:
                each.give_back()
            told = [door for door in self._doors() if door.feedback or door.has_places]
            if told:
                await self._ask(told, wants_slots=False)

    async def renew(self) -> bool:
        """Keep the places that are used, give back the others; False: none is held.

        Happens about once a second by itself, however long messages are under way.
        """
        async with self._asking:
            now = self._clock.now()
            held = [door for door in self._doors() if door.has_places]
            due = [door for door in held if door.places and door.places.is_stale(now)]
            if due:
                await self._ask(due, wants_slots=False)
            return any(door.has_places for door in held)

    async def _keep_places(self) -> None:
        has_places = True
        while has_places:
            await asyncio.sleep(FRESH.total_seconds())
            try:
                has_places = await self.renew()
            except Exception:  # noqa: BLE001 (the store may be back before they lapse)
                _log.exception("places.not_renewed")

    def _doors(self) -> list[Door]:
        return [self._all, *self._relays.values(), *self._providers.values()]

    def _door(self, key: str, name: str, limits: Limits) -> Door:
        most = limits.connections
        places = OwnPlaces(process=self._process, name=name, limit=most)
        return Door(
            key=key,
            name=name,
            terms=limits.terms,
            places=places if most else None,
        )

    def _door_of(self, provider: str) -> Door:
        door = self._providers.get(provider)
        if door is None:
            limits = self._rules.providers.get(provider, self._rules.others)
            door = self._door(f"provider:{provider}", provider, limits)
            self._providers[provider] = door
        return door

    def _decide(self, door: Door, provider: str) -> Grant | Wait | list[Door]:
        """Return a grant, a wait, or the gates to ask first."""
        now, lead = self._clock.now(), self._lead.span
        gates, relays = (self._all, door), tuple(self._relays.values())
        states = [each.state(now, lead) for each in gates]
        if states != BOTH_OPEN:
            waits = [state for state in states if isinstance(state, Wait)]
            if waits and not any(each.is_urgent for each in (*gates, *relays)):
                return max(waits, key=lambda wait: wait.until)
        states += [each.state(now, lead) for each in relays]
        if State.UNKNOWN in states:
            known = zip((*gates, *relays), states, strict=True)
            return [each for each, state in known if state is State.UNKNOWN]
        at_relays = states[len(gates) :]
        relay = chosen(relays, at_relays)
        if relays and relay is None:
            shut = [state for state in at_relays if isinstance(state, Wait)]
            return min(shut, key=lambda wait: wait.until)
        used = gates if relay is None else (*gates, relay)
        grant = Grant(
            provider,
            relay.key.removeprefix(RELAY) if relay else "",
            is_probe=any(each.is_probing for each in used),
            taken_at=now,
        )
        for each in used:
            each.use(id(grant), now)
        return grant

    async def _ask_for(self, step: Step, doors: Sequence[Door]) -> None:
        await self._ask(doors, step=step)

    async def _ask(
        self,
        doors: Sequence[Door],
        *,
        wants_slots: bool = True,
        step: Step = Step.SET_OUT,
    ) -> None:
        """Ask gates, and hear the answer even when whoever asked has gone.

        What the store was told about places must not be told twice at once.
        """
        orders = [
            door.order(self._lead.span, wants_slots=wants_slots, step=step)
            for door in sorted(doors, key=lambda door: door.key)
        ]
        asked = asyncio.ensure_future(self._consulted(doors, orders))
        try:
            await asyncio.shield(asked)
        except asyncio.CancelledError:
            await asyncio.wait({asked})
            if not asked.cancelled() and (error := asked.exception()) is not None:
                _log.warning("gate.not_told error=%s", type(error).__name__)
            raise
        is_kept = self._keeping is not None and not self._keeping.done()
        if wants_slots and not is_kept and any(door.has_places for door in doors):
            self._keeping = asyncio.create_task(self._keep_places())

    async def _consulted(self, doors: Sequence[Door], orders: Sequence[Order]) -> None:
        by_key = {door.key: door for door in doors}
        try:
            answers = await self._consult(orders, self._clock.now())
        except BaseException:
            for order in orders:
                by_key[order.key].not_heard(order.feedback)
            raise
        now = self._clock.now()
        for key, answer in answers.items():
            if by_key[key].take_in(answer, now):
                self._changed.set()
