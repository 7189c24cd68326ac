"""Connect, encrypt and log in: aiosmtplib's part of every connection."""

import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from socket import AF_UNIX, SO_KEEPALIVE, SOL_SOCKET

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPResponse,
    SMTPResponseException,
)

from publisher.mail.smtp.handover import Handover
from publisher.mail.smtp.settings import Security, SmtpSettings
from publisher.mail.smtp.settled import Settled, why_lost
from publisher.model.reply import Kind, Outcome, Phase, outcome_of, outcome_of_loss

__all__ = ["Opening"]


class Opening:
    """Opens one connection, on behalf of the message that is first to use it."""

    def __init__(
        self, settings: SmtpSettings, tls_context: ssl.SSLContext | None
    ) -> None:
        self._settings = settings
        place = {"hostname": settings.host, "port": settings.port}
        if settings.is_local_socket:
            place = {"socket_path": settings.host}
        self.smtp = SMTP(
            **place,  # type: ignore[arg-type]
            local_hostname=settings.helo,
            use_tls=settings.security is Security.IMPLICIT,
            # Never left to the library, which would fall back to clear text.
            start_tls=False,
            tls_context=tls_context,
            timeout=settings.timeouts.connect.total_seconds(),
        )

    async def run(self, handover: Handover) -> SMTP:
        """Return an open connection; raises Settled."""
        with self._at(handover, Phase.CONNECT):
            await self._connect(handover)
        if self._settings.security is Security.STARTTLS:
            await self._ehlo(handover)
            await self._encrypt(handover)
        await self._ehlo(handover)
        if self._settings.username:
            await self._log_in(handover)
        return self.smtp

    async def _connect(self, handover: Handover) -> None:
        try:
            await self.smtp.connect()
        except SMTPResponseException:
            handover.phase = Phase.GREETING
            raise
        # Notices within the system's time that a silent relay is gone.
        socket = self.smtp.get_transport_info("socket")
        if socket.family != AF_UNIX:
            socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)

    async def _ehlo(self, handover: Handover) -> None:
        with self._at(handover, Phase.EHLO):
            await self.smtp.ehlo()

    async def _encrypt(self, handover: Handover) -> None:
        if not self.smtp.supports_extension("starttls"):
            text = (
                f"{self._settings.name} does not offer STARTTLS;"
                ' use a port that does, or security "implicit"'
            )
            raise Settled(_unusable(Phase.TLS, text))
        with self._at(handover, Phase.TLS):
            await self.smtp.starttls()

    async def _log_in(self, handover: Handover) -> None:
        """Log in by one method only: several tries lock accounts."""
        ways: dict[str, Callable[[str, str], Awaitable[SMTPResponse]]] = {
            "plain": self.smtp.auth_plain,
            "login": self.smtp.auth_login,
            "cram-md5": self.smtp.auth_crammd5,
        }
        offered = self.smtp.server_auth_methods
        way = next((ways[name] for name in ways if name in offered), None)
        if way is None:
            text = (
                f"{self._settings.name} offers no login by PLAIN, LOGIN or CRAM-MD5"
                f" on a connection of this security; it offers: {offered}"
            )
            raise Settled(_unusable(Phase.AUTH, text))
        with self._at(handover, Phase.AUTH):
            await way(self._settings.username, self._settings.password)

    @contextmanager
    def _at(self, handover: Handover, phase: Phase) -> Iterator[None]:
        """Name the phase, and settle what breaks in it."""
        handover.phase = phase
        try:
            yield
        except SMTPResponseException as error:
            outcome = outcome_of(handover.phase, error.code, error.message)
            raise Settled(outcome) from error
        except (OSError, SMTPException) as error:
            if phase in {Phase.CONNECT, Phase.TLS} and (found := _tls_failure(error)):
                text = f"no encryption with {self._settings.name}: {found}"
                raise Settled(_unusable(Phase.TLS, text)) from error
            raise Settled(outcome_of_loss(handover.phase, why_lost(error))) from error


def _unusable(phase: Phase, text: str) -> Outcome:
    """Return the outcome of a relay that no message can be sent through."""
    return Outcome(kind=Kind.RELAY, phase=phase, text=text, ends_connection=True)


def _tls_failure(error: BaseException | None) -> ssl.SSLError | None:
    """Return the failure of the handshake that is behind an error."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__
    return None
