"""What became of letters, recorded; nothing begins before that is done."""

import asyncio
import logging

from publisher.clock import Clock
from publisher.digests.unrecorded import Unrecorded
from publisher.store import Store, letter_queue
from publisher.store.letter_queue import LeasedLetter, LetterVerdict

__all__ = ["LetterVerdicts"]

TRIES = 12
"""How often a verdict is tried, with growing pauses: about a minute in all."""

_log = logging.getLogger("publisher.digests")


class LetterVerdicts:
    """The verdicts on the letters of one event loop, on their way to the store."""

    def __init__(self, store: Store, clock: Clock, unrecorded: Unrecorded) -> None:
        """Tell `unrecorded` of each that was begun, so that nothing overtakes it."""
        self._store = store
        self._clock = clock
        self._unrecorded = unrecorded

    async def record(self, letter: LeasedLetter, verdict: LetterVerdict) -> None:
        """Record what became of an attempt; the store is given time to come back.

        A verdict that is lost makes an accepted letter one in doubt.
        """
        # One that was not begun leaves no doubt, so nobody waits for it.
        if not verdict.has_begun:
            await self._record(letter, verdict)
            return
        recorded = self._unrecorded.expect()
        try:
            await self._record(letter, verdict)
        finally:
            recorded.set_result(None)

    async def _record(self, letter: LeasedLetter, verdict: LetterVerdict) -> None:
        store, now = self._store, self._clock.now()
        for tries in range(TRIES):
            try:
                await store.run(
                    store.transact, letter_queue.settle, letter, verdict, now
                )
            except Exception as error:
                _log.warning(
                    "letter.not_recorded letter=%d error=%s",
                    letter.id,
                    type(error).__name__,
                )
                if tries == TRIES - 1:
                    raise
                await asyncio.sleep(min(0.1 * 2**tries, 10))
            else:
                return
