"""An event loop whose time jumps to whatever happens next.

A wait of ten minutes takes none, and no test depends on how busy the machine is. Both
ends of a conversation must run in the loop, over sockets of this machine's file system:
those hand over at once, so a loop that finds nothing to do may trust that nothing is
under way. Threads would not count: time would jump while they work.
"""

import asyncio
import selectors
from collections.abc import Callable

from typing_extensions import override

__all__ = ["VirtualLoop"]

DEADLOCK = "every task waits for something that nobody will do"

Events = list[tuple[selectors.SelectorKey, int]]


class Jumping(selectors.DefaultSelector):
    """Never sleeps: tells how long it would have."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        super().__init__()
        self._jump = jump

    @override
    def select(self, timeout: float | None = None) -> Events:
        found = super().select(0)
        if found or timeout == 0:
            return found
        if timeout is None:
            raise RuntimeError(DEADLOCK)
        self._jump(max(timeout, 0.0))
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that starts at second 0."""

    def __init__(self) -> None:
        self._seconds = 0.0
        super().__init__(Jumping(self._advance))

    @override
    def time(self) -> float:
        return self._seconds

    def _advance(self, span: float) -> None:
        self._seconds += span
