"""Transactions in one flight each (RFC 2920): one round trip for a message.

MAIL, RCPT and DATA go together, and they may go while the reply to the message before
is still under way. The content goes only after that reply, after DATA's, and after
`begin` said yes; so no more than one message of a connection can ever be in doubt.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from typing_extensions import override

from publisher.mail.smtp.commands import Transaction, in_pieces, prepare
from publisher.mail.smtp.handover import Handover
from publisher.mail.smtp.line import Line
from publisher.mail.smtp.settings import SmtpTimeouts
from publisher.mail.smtp.settled import Settled, too_early
from publisher.mail.smtp.wire import DOT, Exchange, LostError, Question, Reply, Wire
from publisher.model.reply import (
    Kind,
    Outcome,
    Phase,
    is_expected,
    outcome_of,
    outcome_of_loss,
)

__all__ = ["PipelinedLine"]

LARGE_BYTES = 65536
"""More than this is not written together with its dot: it may not fit the socket's
buffer, and a connection that breaks meanwhile must be known to have broken before."""

FLUSH_INTERVAL = 0.01
"""In seconds: how often a large message on its way to the system is looked at."""


class PipelinedLine(Line):
    """Transactions over a wire; `is_careful` is asked whether withdrawals are likely.

    A withdrawal after DATA costs the connection, as nothing else ends a message that
    must not be sent; so with care DATA waits until the delivery is begun.
    """

    def __init__(
        self,
        wire: Wire,
        extensions: Mapping[str, str],
        timeouts: SmtpTimeouts,
        is_careful: Callable[[], bool],
    ) -> None:
        self._wire = wire
        self._extensions = extensions
        self._is_careful = is_careful
        self._data = Question(Phase.DATA, timeouts.data.total_seconds())
        self._dot = Question(Phase.DOT, timeouts.dot.total_seconds())
        # A reset is part of the next message's flight, and lost with it at MAIL.
        self._check = Question(Phase.MAIL, timeouts.check.total_seconds())
        self._envelope = (
            Question(Phase.MAIL, timeouts.mail.total_seconds()),
            Question(Phase.RCPT, timeouts.rcpt.total_seconds()),
        )
        self._block = timeouts.block
        self._whole = (*self._envelope, self._data)
        self._needs_reset = False

    @property
    @override
    def is_open(self) -> bool:
        return self._wire.is_open

    @property
    @override
    def is_shared(self) -> bool:
        return True

    @override
    async def transact(self, handover: Handover) -> Outcome:
        handover.phase = Phase.MAIL
        transaction = prepare(handover.envelope, self._extensions)
        withholds = self._is_careful()
        await self._address(handover, transaction, withholds=withholds)
        if not await handover.begin():
            self._needs_reset = True
            stopped = Outcome(kind=Kind.STOPPED, phase=handover.phase, text="withdrawn")
            raise Settled(replace(stopped, ends_connection=not withholds))
        if not self._wire.is_open:
            # While the delivery was being begun; nothing of its content was written.
            raise Settled(outcome_of_loss(handover.phase, "the relay hung up"))
        if withholds:
            await self._exchange(handover, (self._data,), b"DATA\r\n")
        return await self._hand_over(handover, transaction.content)

    @override
    async def make_ready(self) -> bool:
        return self._wire.is_open

    @override
    async def reset(self) -> bool:
        exchange = self._wire.ask((self._check,))
        self._wire.write(b"RSET\r\n")
        try:
            (reply,) = await exchange.all()
        except LostError:
            return False
        self._needs_reset = False
        return is_expected(Phase.MAIL, reply.code)

    @override
    async def quit(self) -> None:
        exchange = self._wire.ask((self._check,))
        self._wire.write(b"QUIT\r\n")
        try:
            await exchange.all()
        except LostError:
            pass
        finally:
            self.abort()

    @override
    def abort(self) -> None:
        self._wire.leave()

    async def _address(
        self, handover: Handover, transaction: Transaction, *, withholds: bool
    ) -> None:
        """Have the envelope accepted; the reply to the message before comes first."""
        questions: tuple[Question, ...] = self._envelope if withholds else self._whole
        data = b"" if withholds else b"DATA\r\n"
        commands = b"%b\r\n%b\r\n%b" % (transaction.mail, transaction.rcpt, data)
        if self._needs_reset:
            self._needs_reset = False
            questions = (self._check, *questions)
            commands = b"RSET\r\n" + commands
        await self._exchange(handover, questions, commands)

    async def _exchange(
        self, handover: Handover, questions: Sequence[Question], commands: bytes
    ) -> None:
        """Write commands, and return if every reply is the one that lets us go on."""
        exchange = self._wire.ask(questions)
        self._wire.write(commands)
        try:
            replies = await exchange.all()
        except LostError as error:
            handover.phase = error.phase
            refusal = _refusal(questions, exchange.replies)
            lost = outcome_of_loss(error.phase, error.text)
            raise Settled(replace(refusal or lost, ends_connection=True)) from error
        except asyncio.CancelledError:
            if not exchange.has_all:
                handover.phase = exchange.next.phase
            raise
        refusal = _refusal(questions, replies)
        if refusal is not None:
            self._needs_reset = True
            raise Settled(refusal)
        handover.phase = questions[-1].phase
        if not self._wire.is_open:
            # With the message before, whose reply came together with ours.
            phase = Phase.MAIL if self._wire.is_left else handover.phase
            raise Settled(outcome_of_loss(phase, "the relay hung up"))

    async def _hand_over(self, handover: Handover, content: bytes) -> Outcome:
        """Write the content and the dot, and read the reply that decides."""
        exchange = self._wire.ask((self._dot,))
        if len(content) > LARGE_BYTES:
            handover.phase = Phase.DATA
            await self._write_large(content, exchange)
        else:
            self._wire.write(content)
        # From here on the message may have been taken, whatever we see.
        handover.phase = Phase.DOT
        self._wire.write(DOT)
        handover.on_dot()
        try:
            (reply,) = await exchange.all()
        except LostError as error:
            # A dot that never left us ended no message.
            phase = Phase.DATA if self._wire.has_kept_dot else Phase.DOT
            raise Settled(outcome_of_loss(phase, error.text)) from error
        if self._wire.has_kept_dot:
            raise Settled(too_early(reply.code, reply.text))
        return outcome_of(Phase.DOT, reply.code, reply.text)

    async def _write_large(self, content: bytes, exchange: Exchange) -> None:
        """Return once the system has the whole content."""
        loop = asyncio.get_running_loop()
        stalled_at = loop.time() + self._block.total_seconds()
        for piece in in_pieces(content):
            self._wire.write(piece)
            await self._flushed(exchange, stalled_at)

    async def _flushed(self, exchange: Exchange, stalled_at: float) -> None:
        """Wait until the system has what was written; a reply now is out of step."""
        loop = asyncio.get_running_loop()
        # The wire writes a turn later, and uvloop under it at the end of a turn.
        for _ in range(3):
            await asyncio.sleep(0)
        while not self._wire.is_flushed and not exchange.has_ended:
            if loop.time() >= stalled_at:
                self._wire.abort("the relay stopped reading")
            await asyncio.sleep(FLUSH_INTERVAL)
        if exchange.has_ended:
            try:
                (reply,) = await exchange.all()
            except LostError as error:
                raise Settled(outcome_of_loss(Phase.DATA, error.text)) from error
            raise Settled(too_early(reply.code, reply.text))


def _refusal(questions: Sequence[Question], replies: Sequence[Reply]) -> Outcome | None:
    """Return what the first unexpected reply means, if there is one.

    RFC 2920 section 3.1: all replies count. A relay that lets the content come although
    it refused the envelope is left: anything we wrote would end a message.
    """
    pairs = zip(questions, replies, strict=False)
    for question, reply in pairs:
        if not is_expected(question.phase, reply.code):
            outcome = outcome_of(question.phase, reply.code, reply.text)
            is_open = any(is_expected(Phase.DATA, later.code) for _, later in pairs)
            return replace(outcome, ends_connection=outcome.ends_connection or is_open)
    return None
