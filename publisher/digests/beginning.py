"""A message waits where it begins, until every limit has a slot for it.

A limit holds where the message passes, which is after the commit that records its
beginning (law 10), and that takes long at times. So messages begin as long before their
slots as commits took lately, and only who has begun uses one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.clock import Clock
from publisher.digests.gates import AT_ONCE, Door, Step
from publisher.digests.lead import Leads
from publisher.digests.pacing import Wait
from publisher.digests.places import State

__all__ = ["PATIENCE", "PATIENCE_OF_BEGUN", "Beginning"]

PATIENCE = timedelta(seconds=5)
"""How long a message waits there: a relay waits for minutes, but others may want the
connection."""

PATIENCE_OF_BEGUN = timedelta(seconds=1)
"""How long it waits once it has begun, as when a commit took longer than ever: whoever
leaves meanwhile gets it, so it may be no longer than leaving may take (law 9)."""

_log = logging.getLogger("publisher.digests")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """How messages of a process begin and pass; `ask` and `wait` are those of its pace.

    Gates are asked one after the other, under a lock.
    """

    clock: Clock
    lead: Leads
    asking: asyncio.Lock
    ask: Callable[[Step, Sequence[Door]], Awaitable[None]]
    wait: Callable[[datetime], Awaitable[None]]

    async def begin(self, number: int, doors: Sequence[Door]) -> bool:
        """Count on a slot of every gate; False: there are none soon."""
        for door in doors:
            door.coming.pop(number, None)
            door.waiting += 1
        try:
            may_begin = await self._is_open(doors, Step.BEGIN, PATIENCE)
        finally:
            for door in doors:
                door.waiting -= 1
        if may_begin:
            now = self.clock.now()
            for door in doors:
                door.begun[number] = now
        return may_begin

    async def let_pass(self, number: int, doors: Sequence[Door]) -> bool:
        """Use a slot of every gate, all at once; False: there are none soon."""
        self.lead.record.learn(self.clock.now() - doors[0].begun[number])
        try:
            may_pass = await self._is_open(doors, Step.GO, PATIENCE_OF_BEGUN)
        except Exception:  # noqa: BLE001 (an error here would leave it in doubt)
            _log.exception("gate.not_asked")
            may_pass = False
        finally:
            for door in doors:
                del door.begun[number]
        if may_pass:
            for door in doors:
                door.use_slot()
        return may_pass

    async def _is_open(
        self, doors: Sequence[Door], step: Step, patience: timedelta
    ) -> bool:
        until = self.clock.now() + patience
        while (now := self.clock.now()) <= until:
            lead = self.lead.record.span if step is Step.BEGIN else AT_ONCE
            states = [door.state(now, lead, step) for door in doors]
            waits = [state.until for state in states if isinstance(state, Wait)]
            if waits and max(waits) > until:
                return False
            if waits:
                await self.wait(max(waits))
            elif State.UNKNOWN in states:
                await self._ask(doors, step, lead)
            else:
                return True
        return False

    async def _ask(self, doors: Sequence[Door], step: Step, lead: timedelta) -> None:
        async with self.asking:
            # Somebody may have asked while we waited for our turn.
            now = self.clock.now()
            states = [(door, door.state(now, lead, step)) for door in doors]
            unknown = [door for door, state in states if state is State.UNKNOWN]
            if unknown:
                await self.ask(step, unknown)
