"""One connection to a relay, as the pool keeps it."""

import asyncio
import ssl
from collections.abc import Callable
from typing import cast

from aiosmtplib import SMTP

from publisher.mail.smtp.handover import Handover
from publisher.mail.smtp.line import Line
from publisher.mail.smtp.opening import Opening
from publisher.mail.smtp.pipelined import PipelinedLine
from publisher.mail.smtp.plain import PlainLine
from publisher.mail.smtp.settings import SmtpSettings
from publisher.mail.smtp.settled import Settled
from publisher.mail.smtp.wire import Wire
from publisher.model.reply import Outcome, outcome_of_loss

__all__ = ["Session"]


class Session:
    """Opened by its first message, then used by one after the other.

    `is_taken` while a message has it that has not come to its dot; `under_way` counts
    the messages between their first command and their outcome: two at most, of which
    only the first may have written content. One that `is_retired` takes no more.
    """

    def __init__(
        self,
        settings: SmtpSettings,
        tls_context: ssl.SSLContext | None,
        is_careful: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._opening = Opening(settings, tls_context)
        self._is_careful = is_careful
        self._connecting: asyncio.Task[SMTP] | None = None
        self._line: Line | None = None
        self._is_aborted = False
        self.is_taken = False
        self.is_retired = False
        self.under_way = 0
        self.messages = 0
        self._loop = asyncio.get_running_loop()
        self._worn_at = 0.0
        self.is_shared = False
        self.used_at = 0.0

    @property
    def is_open(self) -> bool:
        """Tell whether the connection stands, as far as we know."""
        return self._line is not None and not self._is_aborted and self._line.is_open

    @property
    def is_worn(self) -> bool:
        """Whether it has taken as many messages, or is as old, as it may."""
        return (
            self.is_retired
            or self.messages >= self._settings.messages_per_connection
            or self._loop.time() >= self._worn_at
        )

    @property
    def may_be_joined(self) -> bool:
        """Whether a message may come while another waits for the reply to its dot."""
        return (
            self.is_shared
            and self.under_way == 1
            and not self.is_taken
            and self.is_open
            and not self.is_worn
        )

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way on it."""
        return not self.is_taken and not self.under_way

    async def transact(self, handover: Handover) -> Outcome:
        """Hand one message over, opening the connection first; raises Settled."""
        if self._line is None:
            self._worn_at = self._loop.time() + self._settings.max_age.total_seconds()
            self._line = self._line_over(await self._open(handover))
            self.is_shared = self._line.is_shared
        self.messages += 1
        return await self._line.transact(handover)

    async def _open(self, handover: Handover) -> SMTP:
        """Open the connection; raises Settled, also when `abort` is called meanwhile.

        Until it is encrypted there may be nothing yet that could be closed, only a task
        that can be ended.
        """
        self._connecting = self._loop.create_task(self._opening.run(handover))
        try:
            smtp = await self._connecting
        except asyncio.CancelledError:
            us = asyncio.current_task()
            if not self._is_aborted or (us is not None and us.cancelling()):
                raise
        else:
            if not self._is_aborted:
                return smtp
        self.abort()
        raise Settled(outcome_of_loss(handover.phase, "connection closed by us"))

    def _line_over(self, smtp: SMTP) -> Line:
        """Take over what aiosmtplib opened, where the relay offers PIPELINING."""
        timeouts, extensions = self._settings.timeouts, dict(smtp.esmtp_extensions)
        if not self._settings.pipelines or "pipelining" not in extensions:
            return PlainLine(smtp, timeouts)
        wire = Wire(cast("asyncio.Transport", smtp.transport))
        return PipelinedLine(wire, extensions, timeouts, self._is_careful)

    async def make_ready(self) -> bool:
        """Drop what a refusal left begun; False when the connection is not usable."""
        return self._line is not None and self.is_open and await self._line.make_ready()

    async def reset(self) -> bool:
        """Ask whether the relay is still there; False when it is not usable."""
        return self._line is not None and self.is_open and await self._line.reset()

    async def quit(self) -> None:
        """Say good-bye and close, whatever the server says."""
        if self._line is not None:
            await self._line.quit()
        self.abort()

    def abort(self) -> None:
        """Close at once; a message under way is not finished."""
        self._is_aborted = True
        if self._connecting is not None:
            self._connecting.cancel()
        line = self._line or PlainLine(self._opening.smtp, self._settings.timeouts)
        line.abort()
