"""Transactions one command at a time, where the relay does not offer PIPELINING."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import cast

from aiosmtplib import SMTP, SMTPException, SMTPResponse, SMTPResponseException
from typing_extensions import override

from publisher.mail.smtp.commands import in_pieces, prepare
from publisher.mail.smtp.handover import Handover
from publisher.mail.smtp.line import Line
from publisher.mail.smtp.settings import SmtpTimeouts
from publisher.mail.smtp.settled import Settled, too_early, why_lost
from publisher.model.reply import (
    Kind,
    Outcome,
    Phase,
    is_expected,
    outcome_of,
    outcome_of_loss,
)

__all__ = ["PlainLine"]

FLUSH_INTERVAL = 0.01
"""In seconds: how often a message on its way to the system is looked at."""


class PlainLine(Line):
    """Transactions by aiosmtplib's commands."""

    def __init__(self, smtp: SMTP, timeouts: SmtpTimeouts) -> None:
        self._smtp = smtp
        self._timeouts = timeouts

    @property
    @override
    def is_open(self) -> bool:
        return self._smtp.is_connected

    @property
    @override
    def is_shared(self) -> bool:
        return False

    @override
    async def transact(self, handover: Handover) -> Outcome:
        handover.phase = Phase.MAIL
        timeouts = self._timeouts
        transaction = prepare(handover.envelope, self._smtp.esmtp_extensions)
        await self._ask(handover, Phase.MAIL, timeouts.mail, transaction.mail)
        await self._ask(handover, Phase.RCPT, timeouts.rcpt, transaction.rcpt)
        if not await handover.begin():
            stopped = Outcome(kind=Kind.STOPPED, phase=handover.phase, text="withdrawn")
            raise Settled(stopped)
        await self._ask(handover, Phase.DATA, timeouts.data, b"DATA")
        return await self._hand_over(handover, transaction.content)

    @override
    async def make_ready(self) -> bool:
        return await self.reset()

    @override
    async def reset(self) -> bool:
        timeout = self._timeouts.check.total_seconds()
        try:
            reply = await self._smtp.execute_command(b"RSET", timeout=timeout)
        except (OSError, SMTPException):
            return False
        return is_expected(Phase.MAIL, reply.code) and not self._has_surplus

    @override
    async def quit(self) -> None:
        try:
            with suppress(OSError, SMTPException):
                await self._smtp.quit(timeout=self._timeouts.check.total_seconds())
        finally:
            self.abort()

    @override
    def abort(self) -> None:
        transport = cast("asyncio.WriteTransport | None", self._smtp.transport)
        if transport is not None:
            transport.abort()
        self._smtp.close()

    async def _ask(
        self, handover: Handover, phase: Phase, patience: timedelta, command: bytes
    ) -> None:
        """Give a command and go on only with the reply that lets us."""
        with self._at(handover, phase):
            reply = await self._smtp.execute_command(
                command, timeout=patience.total_seconds()
            )
        if not is_expected(phase, reply.code):
            raise Settled(self._last(outcome_of(phase, reply.code, reply.message)))
        if self._has_surplus:
            text = f"more than one reply: {reply.code} {reply.message}"
            raise Settled(outcome_of_loss(phase, text))

    @property
    def _has_surplus(self) -> bool:
        """Whether more replies are here than were asked for.

        The next of them would be taken for the answer to what is asked next: after 354,
        for the answer to the dot. Nothing public of aiosmtplib tells of them.
        """
        protocol = self._smtp.protocol
        return protocol is not None and bool(protocol._buffer)  # noqa: SLF001

    def _last(self, outcome: Outcome) -> Outcome:
        """Return an outcome that ends a connection which is out of step."""
        return replace(outcome, ends_connection=True) if self._has_surplus else outcome

    async def _hand_over(self, handover: Handover, content: bytes) -> Outcome:
        """Write the content, then the dot, and read the reply that decides."""
        loop, protocol = asyncio.get_running_loop(), self._smtp.protocol
        transport = cast("asyncio.WriteTransport | None", self._smtp.transport)
        if protocol is None or transport is None:
            raise Settled(outcome_of_loss(Phase.DATA))
        reading = asyncio.ensure_future(
            protocol.read_response(self._timeouts.dot.total_seconds())
        )
        reading.add_done_callback(_retrieved)
        try:
            with self._at(handover, Phase.DATA):
                stalled_at = loop.time() + self._timeouts.block.total_seconds()
                for piece in in_pieces(content):
                    protocol.write(piece)
                    await self._flushed(transport, reading, stalled_at)
                # From here on the message may have been taken, whatever we see.
                handover.phase = Phase.DOT
                protocol.write(b".\r\n")
                handover.on_dot()
                reply = await reading
        finally:
            reading.cancel()
        return self._last(outcome_of(Phase.DOT, reply.code, reply.message))

    async def _flushed(
        self,
        transport: asyncio.WriteTransport,
        reading: asyncio.Future[SMTPResponse],
        stalled_at: float,
    ) -> None:
        """Wait until the system has all that was written; a reply now is too early.

        So a connection that breaks while a long message is still with us is known to
        have broken before the dot. (uvloop hands over at the end of a turn, hence the
        first.)
        """
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        while transport.get_write_buffer_size() and not reading.done():
            await asyncio.wait((reading,), timeout=FLUSH_INTERVAL)
            if loop.time() >= stalled_at:
                raise Settled(outcome_of_loss(Phase.DATA, "the relay stopped reading"))
        if reading.done():
            reply = reading.result()
            raise Settled(too_early(reply.code, reply.message))

    @contextmanager
    def _at(self, handover: Handover, phase: Phase) -> Iterator[None]:
        """Name the phase, and settle what breaks in it."""
        handover.phase = phase
        try:
            yield
        except SMTPResponseException as error:
            found = outcome_of(handover.phase, error.code, error.message)
            raise Settled(found) from error
        except (OSError, SMTPException) as error:
            raise Settled(outcome_of_loss(handover.phase, why_lost(error))) from error


def _retrieved(reading: asyncio.Future[SMTPResponse]) -> None:
    """Look at a result nobody waits for any more, or asyncio would log it."""
    if not reading.cancelled():
        reading.exception()
