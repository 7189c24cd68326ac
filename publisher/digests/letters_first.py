"""Letters go before digests: whoever waits for a confirmation is in front of a screen.

Within a process, a digest's message that asks for leave lets all letters have theirs
first. So that digests never starve, one of their messages passes after every so many
letters in a row.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from typing_extensions import override

from publisher.clock import Clock
from publisher.digests.pacing import Grant, Pace, Wait
from publisher.model.reply import Outcome

__all__ = ["MOST_IN_A_ROW", "MOST_IN_LINE", "LettersFirst", "letters_first"]

MOST_IN_A_ROW = 9
"""Letters that go while a digest's message could, before one of these goes."""

FRESH = timedelta(seconds=2)
"""How long a message that was told to wait, and until when, counts as waiting."""

MOST_IN_LINE = 10
"""Letters of one provider that wait in line: others must be looked at as well."""

NEXT_LOOK = timedelta(seconds=5)
"""How long a letter that finds the line full stays away."""

SOON = timedelta(milliseconds=50)
LOOK = timedelta(seconds=1)
"""How often a letter in line looks whether something has changed."""

ALL = "*"

Line = deque["asyncio.Future[Grant]"]


def letters_first(pace: Pace, clock: Clock) -> "LettersFirst":
    """Return a pace that lets letters go first, which it may be already."""
    return pace if isinstance(pace, LettersFirst) else LettersFirst(pace, clock)


class LettersFirst(Pace):
    """A pace for the messages of digests, with a line of letters before it.

    Belongs to one event loop. Letters ask `grant_letter`; everything else is the pace's
    own.
    """

    def __init__(self, pace: Pace, clock: Clock) -> None:
        """Begin with nobody in line."""
        self._pace = pace
        self._clock = clock
        self._serving = asyncio.Lock()
        # By provider: letters in line, what they were told, letters that went while a
        # digest's message waited (also under ALL), and since when one has waited.
        self._lines: dict[str, Line] = {}
        self._told: dict[str, Wait] = {}
        self._row: Counter[str] = Counter()
        self._digests: dict[str, tuple[Wait, datetime]] = {}
        # When letters that left the line will be back in it.
        self._back_at: dict[str, datetime] = {}

    @override
    async def learn(self, addresses: Iterable[str]) -> None:
        await self._pace.learn(addresses)

    @override
    def provider_of(self, address: str) -> str:
        return self._pace.provider_of(address)

    @override
    async def grant(self, provider: str) -> Grant | Wait:
        """Take leave for a digest's message, unless a letter is to have it."""
        if self._lines or self._back_at:
            letter = await self._letter_before(provider)
            if letter is not None:
                return self._wait(provider, letter)
        answer = await self._pace.grant(provider)
        if isinstance(answer, Wait):
            return self._wait(provider, answer)
        self._digests.pop(provider, None)
        self._row[provider] = self._row[ALL] = 0
        return answer

    async def _letter_before(self, provider: str) -> Wait | None:
        """Let letters go, and return a wait for those that have to; None: go on."""
        if max(self._row[provider], self._row[ALL]) >= MOST_IN_A_ROW:
            return None
        await self._serve()
        if self._lines.get(provider):
            return self._told_to(provider)
        return self._coming(provider)

    async def grant_letter(
        self,
        provider: str,
        patience: timedelta,
        is_over: Callable[[], bool] = lambda: False,
    ) -> Grant | Wait:
        """Take leave for a letter; wait in line for it, a little.

        Return a Wait when it would have to wait for longer than `patience`, when too
        many are in line before it, or once `is_over` says so.
        """
        mine: asyncio.Future[Grant] = asyncio.get_running_loop().create_future()
        line = self._lines.setdefault(provider, deque())
        line.append(mine)
        self._back_at.pop(provider, None)
        try:
            answer = await self._stand(provider, mine, patience, is_over)
        except BaseException:
            if mine.done():  # Given leave, and gone before it could be used.
                self._pace.report(mine.result(), None)
            raise
        finally:
            if mine in line:
                line.remove(mine)
            # Not another line, which began once ours had been left by all.
            if not line and self._lines.get(provider) is line:
                del self._lines[provider]
        if isinstance(answer, Wait) and provider not in self._lines:
            self._back_at[provider] = answer.until
        return answer

    async def _stand(
        self,
        provider: str,
        mine: "asyncio.Future[Grant]",
        patience: timedelta,
        is_over: Callable[[], bool],
    ) -> Grant | Wait:
        """Wait until it is our turn, or will not be soon."""
        until = self._clock.now() + patience
        await self._serve()
        while not mine.done():
            told, now = self._told_to(provider), self._clock.now()
            if is_over() or now >= until or told.until - now > patience:
                return told
            if self._lines[provider].index(mine) >= MOST_IN_LINE:
                return Wait(max(told.until, now + NEXT_LOOK), told.reason)
            await self._look(mine, min(told.until, now + LOOK))
            if not mine.done():
                await self._serve()
        return mine.result()

    @override
    async def begin(self, grant: Grant) -> bool:
        return await self._pace.begin(grant)

    @override
    async def let_pass(self, grant: Grant) -> bool:
        return await self._pace.let_pass(grant)

    @override
    def report(self, grant: Grant, outcome: Outcome | None) -> None:
        self._pace.report(grant, outcome)

    @override
    async def wait(self, until: datetime) -> None:
        await self._pace.wait(until)

    @override
    async def close(self) -> None:
        await self._pace.close()

    async def _serve(self) -> None:
        """Give the letters in line what may go now, in their order."""
        if not self._lines:
            return
        async with self._serving:
            for provider in list(self._lines):
                while line := self._lines.get(provider):
                    if self._is_turn_of_digests(provider):
                        soon = self._clock.now() + SOON
                        self._told[provider] = Wait(soon, "it is a digest's turn")
                        break
                    answer = await self._pace.grant(provider)
                    if isinstance(answer, Wait):
                        self._told[provider] = answer
                        break
                    if not line:  # Who was in line has gone meanwhile.
                        self._pace.report(answer, None)
                        break
                    line.popleft().set_result(answer)
                    self._row[provider] += 1
                    self._row[ALL] += 1

    def _told_to(self, provider: str) -> Wait:
        """Return what the letters in a line were told; one may have joined just now."""
        soon = self._clock.now() + SOON
        return self._told.get(provider) or Wait(soon, "a letter goes first")

    def _is_turn_of_digests(self, provider: str) -> bool:
        """Tell whether letters have gone for long while a digest's message could."""
        now = self._clock.now()

        def could_go(key: str) -> bool:
            wait, asked_at = self._digests.get(key, (None, now))
            return wait is not None and wait.until <= now < asked_at + FRESH

        if self._row[provider] >= MOST_IN_A_ROW and could_go(provider):
            return True
        return self._row[ALL] >= MOST_IN_A_ROW and any(map(could_go, self._digests))

    def _coming(self, provider: str) -> Wait | None:
        """Return a wait while a letter is about to be back in line."""
        back_at, now = self._back_at.get(provider), self._clock.now()
        if back_at is None or now < back_at:
            return None
        if now >= back_at + FRESH:
            del self._back_at[provider]
            return None
        return Wait(back_at + FRESH, "a letter goes first")

    def _wait(self, provider: str, wait: Wait) -> Wait:
        self._digests[provider] = (wait, self._clock.now())
        return wait

    async def _look(self, mine: "asyncio.Future[Grant]", until: datetime) -> None:
        """Return when something may have changed, or somebody was given our leave."""
        waiting = asyncio.ensure_future(self._pace.wait(until))
        either: set[asyncio.Future[Any]] = {waiting, mine}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
