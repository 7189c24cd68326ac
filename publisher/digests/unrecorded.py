"""What became of messages and is not in the store yet, for who must not overtake it."""

import asyncio
from asyncio import Future

__all__ = ["Unrecorded"]


class Unrecorded:
    """The verdicts of one queue on their way to the store; belongs to an event loop.

    A connection may go on with a message of another queue when the reply to the last is
    there. If the verdict on that one was still on its way, a crash would leave both in
    doubt (law 10).
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._records: set[Future[None]] = set()

    def expect(self) -> Future[None]:
        """Return what is to be done when a verdict is recorded, or has failed to be."""
        record: Future[None] = asyncio.get_running_loop().create_future()
        self._records.add(record)
        record.add_done_callback(self._records.discard)
        return record

    async def recorded(self, *others: "Unrecorded") -> None:
        """Return once every verdict that was told until now is recorded.

        Those of others, too: what they are told meanwhile is not for us to wait for.
        """
        told = self._records.union(*(other._records for other in others))  # noqa: SLF001
        if told:
            await asyncio.wait(told)
