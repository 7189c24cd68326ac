"""One message on its way through a connection."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from publisher.mail.transport import Begin, Envelope
from publisher.model.reply import Phase

__all__ = ["Handover"]


def _nothing() -> None:
    pass


@dataclass(slots=True)
class Handover:
    """What is handed over, how far it has come, and who wants to know.

    `on_dot` is called once its final dot is written: from then on the connection may
    carry the commands of the next message, though nothing of its content (law 10).
    `deadline` bounds the whole where single replies do not.
    """

    envelope: Envelope
    ask: Begin
    on_dot: Callable[[], None] = _nothing
    phase: Phase = Phase.CONNECT
    deadline: asyncio.Timeout | None = None

    async def begin(self) -> bool:
        """Ask whether the delivery may begin; meanwhile the deadline stands still.

        It is the relay's time that is limited. And who broke the record of a beginning
        off would not know whether it was made.
        """
        due_at = None if self.deadline is None else self.deadline.when()
        if self.deadline is None or due_at is None:
            return await self.ask()
        loop = asyncio.get_running_loop()
        left = due_at - loop.time()
        self.deadline.reschedule(None)
        try:
            return await self.ask()
        finally:
            self.deadline.reschedule(loop.time() + left)
