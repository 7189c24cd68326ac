"""One connection to the relay, which always knows what it waits for."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from socket import SO_KEEPALIVE, SOL_SOCKET
from typing import cast

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPResponse,
    SMTPResponseException,
)

from publisher.mail.smtp.commands import prepare
from publisher.mail.smtp.settings import Security, SmtpSettings
from publisher.mail.smtp.settled import Settled
from publisher.mail.transport import Begin, Envelope
from publisher.model.reply import (
    Kind,
    Outcome,
    Phase,
    is_expected,
    outcome_of,
    outcome_of_loss,
)

__all__ = ["Session"]

# In seconds: how often a message that does not fit the socket's buffer is looked at.
FLUSH_INTERVAL = 0.01


class Session:
    """Open, transact any number of messages one after the other, and quit.

    Every step raises Settled when the server or its silence decides. After any exit
    other than a clean reply the connection must be aborted: a reply may be under way
    that would be taken for the answer to the next command.
    """

    def __init__(
        self, settings: SmtpSettings, tls_context: ssl.SSLContext | None
    ) -> None:
        self._settings = settings
        self._timeouts = settings.timeouts
        self._smtp = SMTP(
            hostname=settings.host,
            port=settings.port,
            local_hostname=settings.helo,
            use_tls=settings.security is Security.IMPLICIT,
            # Never left to the library, which would fall back to clear text.
            start_tls=False,
            tls_context=tls_context,
            timeout=settings.timeouts.connect.total_seconds(),
        )
        self.phase = Phase.CONNECT
        self.messages = 0
        self.used_at = 0.0

    @property
    def is_open(self) -> bool:
        """Tell whether the connection stands, as far as we know."""
        return self._smtp.is_connected

    async def open(self) -> None:
        """Connect, encrypt and log in."""
        self.messages = 0
        with self._at(Phase.CONNECT):
            await self._connect()
        if self._settings.security is Security.STARTTLS:
            await self._ehlo()
            await self._encrypt()
        await self._ehlo()
        if self._settings.username:
            await self._log_in()

    async def transact(self, envelope: Envelope, begin: Begin) -> Outcome:
        """Hand one message over; `begin` is asked once the recipient is accepted."""
        self.phase = Phase.MAIL
        self.messages += 1
        transaction = prepare(envelope, self._smtp.esmtp_extensions)
        await self._ask(Phase.MAIL, self._timeouts.mail, *transaction.mail)
        await self._ask(Phase.RCPT, self._timeouts.rcpt, *transaction.rcpt)
        if not await begin():
            withdrawn = Outcome(kind=Kind.STOPPED, phase=self.phase, text="withdrawn")
            raise Settled(withdrawn)
        await self._ask(Phase.DATA, self._timeouts.data, b"DATA")
        return await self._hand_over(transaction.content)

    async def reset(self) -> bool:
        """Drop what was begun; return False when the connection is not usable."""
        timeout = self._timeouts.check.total_seconds()
        try:
            reply = await self._smtp.execute_command(b"RSET", timeout=timeout)
        except (OSError, SMTPException):
            return False
        return is_expected(Phase.MAIL, reply.code)

    async def quit(self) -> None:
        """Say good-bye and close, whatever the server says."""
        try:
            with suppress(OSError, SMTPException):
                await self._smtp.quit(timeout=self._timeouts.check.total_seconds())
        finally:
            self.abort()

    def abort(self) -> None:
        """Close at once; a message under way is not finished."""
        transport = cast("asyncio.WriteTransport | None", self._smtp.transport)
        if transport is not None:
            transport.abort()
        self._smtp.close()

    async def _connect(self) -> None:
        try:
            await self._smtp.connect()
        except SMTPResponseException:
            self.phase = Phase.GREETING
            raise
        # Notices within the system's time that a silent relay is gone.
        socket = self._smtp.get_transport_info("socket")
        socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)

    async def _ehlo(self) -> None:
        with self._at(Phase.EHLO):
            await self._smtp.ehlo()

    async def _encrypt(self) -> None:
        if not self._smtp.supports_extension("starttls"):
            text = (
                f"{self._settings.name} does not offer STARTTLS;"
                ' use a port that does, or security "implicit"'
            )
            raise Settled(self._unusable(Phase.TLS, text))
        with self._at(Phase.TLS):
            await self._smtp.starttls()

    async def _log_in(self) -> None:
        """Log in by one method only: several tries lock accounts."""
        ways: dict[str, Callable[[str, str], Awaitable[SMTPResponse]]] = {
            "plain": self._smtp.auth_plain,
            "login": self._smtp.auth_login,
            "cram-md5": self._smtp.auth_crammd5,
        }
        offered = self._smtp.server_auth_methods
        way = next((ways[name] for name in ways if name in offered), None)
        if way is None:
            text = (
                f"{self._settings.name} offers no login by PLAIN, LOGIN or CRAM-MD5"
                f" on a connection of this security; it offers: {offered}"
            )
            raise Settled(self._unusable(Phase.AUTH, text))
        with self._at(Phase.AUTH):
            await way(self._settings.username, self._settings.password)

    async def _ask(self, phase: Phase, patience: timedelta, *words: bytes) -> None:
        """Give a command and go on only with the reply that lets us."""
        with self._at(phase):
            reply = await self._smtp.execute_command(
                *words, timeout=patience.total_seconds()
            )
        if not is_expected(phase, reply.code):
            raise Settled(outcome_of(phase, reply.code, reply.message))

    async def _hand_over(self, content: bytes) -> Outcome:
        """Write the content, then the dot, and read the reply that decides."""
        protocol = self._smtp.protocol
        transport = cast("asyncio.WriteTransport | None", self._smtp.transport)
        if protocol is None or transport is None:
            raise Settled(outcome_of_loss(Phase.DATA))
        reading = asyncio.ensure_future(
            protocol.read_response(self._timeouts.dot.total_seconds())
        )
        reading.add_done_callback(_retrieved)
        try:
            with self._at(Phase.DATA):
                protocol.write(content)
                await _flushed(transport, reading)
                if reading.done():
                    raise Settled(_too_early(reading.result()))
                # From here on the message may have been taken, whatever we see.
                self.phase = Phase.DOT
                protocol.write(b".\r\n")
                reply = await reading
        finally:
            reading.cancel()
        return outcome_of(Phase.DOT, reply.code, reply.message)

    @contextmanager
    def _at(self, phase: Phase) -> Iterator[None]:
        """Name the phase, and settle what breaks in it."""
        self.phase = phase
        try:
            yield
        except SMTPResponseException as error:
            raise Settled(outcome_of(self.phase, error.code, error.message)) from error
        except (OSError, SMTPException) as error:
            if phase in {Phase.CONNECT, Phase.TLS} and (found := _tls_failure(error)):
                text = f"no encryption with {self._settings.name}: {found}"
                raise Settled(self._unusable(Phase.TLS, text)) from error
            raise Settled(outcome_of_loss(self.phase, str(error))) from error

    def _unusable(self, phase: Phase, text: str) -> Outcome:
        """Return the outcome of a relay that no message can be sent through."""
        return Outcome(kind=Kind.RELAY, phase=phase, text=text, ends_connection=True)


async def _flushed(
    transport: asyncio.WriteTransport, reading: asyncio.Future[SMTPResponse]
) -> None:
    """Wait until the system has all that was written, or a reply is there.

    So a connection that breaks while a long message is still with us is known to have
    broken before the dot. (uvloop hands over at the end of a turn, hence the first.)
    """
    await asyncio.sleep(0)
    while transport.get_write_buffer_size() and not reading.done():
        await asyncio.wait((reading,), timeout=FLUSH_INTERVAL)


def _too_early(reply: SMTPResponse) -> Outcome:
    """Return what a reply before the dot means; the session is out of step."""
    if is_expected(Phase.DATA, reply.code):
        return outcome_of_loss(Phase.DATA, f"a second {reply.code} {reply.message}")
    outcome = outcome_of(Phase.DATA, reply.code, reply.message)
    return replace(outcome, ends_connection=True)


def _tls_failure(error: BaseException | None) -> ssl.SSLError | None:
    """Return the failure of the handshake that is behind an error."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__
    return None


def _retrieved(reading: asyncio.Future[SMTPResponse]) -> None:
    """Look at a result nobody waits for any more, or asyncio would log it."""
    if not reading.cancelled():
        reading.exception()
