"""The transport over a pool of connections to one relay."""

import asyncio
import contextlib
import ssl

from typing_extensions import override

from publisher.errors import TransportError
from publisher.mail.smtp.session import Session
from publisher.mail.smtp.settings import Security, SmtpSettings
from publisher.mail.smtp.settled import Settled
from publisher.mail.transport import Begin, Envelope, Transport
from publisher.model.reply import Kind, Outcome, Phase, outcome_of_loss

__all__ = ["SmtpTransport"]


class SmtpTransport(Transport):
    """Send over at most `settings.connections` connections, kept for later messages.

    A connection takes its next message only after the reply to the last one, so at
    most that many messages can be in doubt (law 10). Belongs to one event loop.
    """

    def __init__(
        self, settings: SmtpSettings, tls_context: ssl.SSLContext | None = None
    ) -> None:
        """Connect to nothing yet; `tls_context` replaces the system's trust."""
        if tls_context is None and settings.security is not Security.NONE:
            tls_context = ssl.create_default_context()
        self._settings = settings
        self._tls_context = tls_context
        self._places = asyncio.Semaphore(settings.connections)
        # The one used last is taken first, so that the others may grow old and go.
        self._idle: list[Session] = []
        self._busy: set[Session] = set()
        self._is_drained = asyncio.Event()
        self._is_drained.set()
        self._farewells: set[asyncio.Task[None]] = set()
        self._is_closed = False

    @override
    async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
        """Send one message as soon as a connection is free."""
        self._refuse_when_closed()
        async with self._places:
            self._refuse_when_closed()
            session = await self._idle_session()
            if session is not None:
                outcome = await self._try(session, envelope, begin)
                if not _was_stale(outcome):
                    return outcome
            return await self._try(self._new_session(), envelope, begin)

    @override
    async def close(self) -> None:
        """Let messages under way finish for a while, then break off; say good-bye."""
        self._is_closed = True
        limit = self._settings.close_within.total_seconds()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(limit):
                    await self._is_drained.wait()
            while self._idle:
                self._say_good_bye(self._idle.pop())
            if self._farewells:
                await asyncio.wait(self._farewells, timeout=limit)
        finally:
            for session in (*self._busy, *self._idle):
                session.abort()
            for farewell in self._farewells:
                farewell.cancel()
        # Closed sockets leave the loop in its next turns.
        await asyncio.sleep(0)

    def _refuse_when_closed(self) -> None:
        if self._is_closed:
            msg = f"the transport to {self._settings.name} is closed; open a new one"
            raise TransportError(msg)

    def _new_session(self) -> Session:
        return Session(self._settings, self._tls_context)

    async def _idle_session(self) -> Session | None:
        """Return a connection that is kept and, as far as can be told, alive."""
        while self._idle:
            session = self._idle.pop()
            idle_for = asyncio.get_running_loop().time() - session.used_at
            if idle_for > self._settings.max_idle.total_seconds():
                self._say_good_bye(session)
            elif idle_for <= self._settings.check_after.total_seconds():
                if session.is_open:
                    return session
            elif await self._is_reset(session):
                return session
        return None

    async def _try(self, session: Session, envelope: Envelope, begin: Begin) -> Outcome:
        """Take one message through a connection, and keep or close that after it."""
        limit = self._settings.timeouts.total.total_seconds()
        self._busy.add(session)
        self._is_drained.clear()
        deadline = asyncio.timeout(limit)
        try:
            async with deadline:
                outcome = await self._outcome(session, envelope, begin)
        except TimeoutError:
            session.abort()
            if not deadline.expired():
                # Not ours: `begin` raised it.
                raise
            return outcome_of_loss(session.phase, f"not done within {limit:g} seconds")
        except BaseException:
            session.abort()
            raise
        else:
            await self._put_back(session, outcome)
            return outcome
        finally:
            self._busy.discard(session)
            if not self._busy:
                self._is_drained.set()

    async def _outcome(
        self, session: Session, envelope: Envelope, begin: Begin
    ) -> Outcome:
        try:
            if not session.is_open:
                await session.open()
            return await session.transact(envelope, begin)
        except Settled as settled:
            return settled.outcome

    async def _put_back(self, session: Session, outcome: Outcome) -> None:
        """Keep a connection only when it is known to be ready for another message."""
        if outcome.ends_connection:
            session.abort()
            return
        if outcome.kind is not Kind.SENT and not await self._is_reset(session):
            return
        if not session.is_open:
            return
        session.used_at = asyncio.get_running_loop().time()
        if session.messages >= self._settings.messages_per_connection:
            self._say_good_bye(session)
        else:
            self._idle.append(session)

    async def _is_reset(self, session: Session) -> bool:
        """Reset a connection; one that does not answer as it should is closed."""
        is_usable = False
        try:
            is_usable = session.is_open and await session.reset()
        finally:
            if not is_usable:
                session.abort()
        return is_usable

    def _say_good_bye(self, session: Session) -> None:
        """Quit without making a message wait for it."""
        farewell = asyncio.create_task(session.quit())
        self._farewells.add(farewell)
        farewell.add_done_callback(self._farewells.discard)


def _was_stale(outcome: Outcome) -> bool:
    """Tell whether the relay had given a kept connection up before we used it.

    It says so at MAIL, by 421 or by being gone; nothing was begun then.
    """
    return outcome.phase is Phase.MAIL and outcome.ends_connection
