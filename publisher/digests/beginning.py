"""A message waits where it begins, until every limit has a slot for it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.clock import Clock
from publisher.digests.gates import Door
from publisher.digests.pacing import Wait
from publisher.digests.places import State

__all__ = ["PATIENCE", "Beginning"]

PATIENCE = timedelta(seconds=5)
"""How long a message waits there: a relay waits for minutes, but others may want the
connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """How messages of a process begin; `ask` and `wait` are those of its pace.

    Gates are asked one after the other, under a lock.
    """

    clock: Clock
    asking: asyncio.Lock
    ask: Callable[[Sequence[Door]], Awaitable[None]]
    wait: Callable[[datetime], Awaitable[None]]

    async def begin(self, number: int, doors: Sequence[Door]) -> bool:
        """Use a slot of every gate, all at once; False: there are none soon."""
        for door in doors:
            door.coming.pop(number, None)
            door.waiting += 1
        try:
            return await self._begin(doors)
        finally:
            for door in doors:
                door.waiting -= 1

    async def _begin(self, doors: Sequence[Door]) -> bool:
        until = self.clock.now() + PATIENCE
        while (now := self.clock.now()) <= until:
            states = [door.state(now, begins=True) for door in doors]
            waits = [state.until for state in states if isinstance(state, Wait)]
            if waits and max(waits) > until:
                return False
            if waits:
                await self.wait(max(waits))
            elif State.UNKNOWN in states:
                await self._ask(doors)
            else:
                for door in doors:
                    door.use_slot()
                return True
        return False

    async def _ask(self, doors: Sequence[Door]) -> None:
        async with self.asking:
            # Somebody may have asked while we waited for our turn.
            now = self.clock.now()
            states = [(door, door.state(now, begins=True)) for door in doors]
            unknown = [door for door, state in states if state is State.UNKNOWN]
            if unknown:
                await self.ask(unknown)
