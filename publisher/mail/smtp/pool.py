"""The connections to one relay: who may use which, and what is kept afterwards."""

import asyncio
import contextlib
import logging
import ssl
from collections import deque

from publisher.mail.smtp.session import Session
from publisher.mail.smtp.settings import SmtpSettings

__all__ = ["Pool"]

CAREFUL_FOR = 10.0
"""In seconds: how long after a withdrawn message the next are begun before DATA."""

CROWDED_FOR = 5.0
"""In seconds: how long no further connection is tried after one too many."""

_log = logging.getLogger("publisher.mail")


class Pool:
    """At most `settings.connections` sessions, kept for later messages.

    An idle one is taken first, then a new one opened; when there are no more to open, a
    message joins one that waits for the reply to its last dot. Where the relay allows
    fewer, those that stand are enough, and a further one is tried now and then. Where
    others have all that it allows, messages wait while one tries again.
    Belongs to one loop.
    """

    def __init__(
        self, settings: SmtpSettings, tls_context: ssl.SSLContext | None
    ) -> None:
        self._settings = settings
        self._tls_context = tls_context
        self._max_idle = settings.max_idle.total_seconds()
        self._check_after = settings.check_after.total_seconds()
        self._loop = asyncio.get_running_loop()
        self._sessions: set[Session] = set()
        # The one used last is taken first, so that the others may grow old and go.
        self._idle: list[Session] = []
        self._shared: deque[Session] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._farewells: set[asyncio.Task[None]] = set()
        self._under_way = 0
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()
        self._careful_until = 0.0
        # How many the relay takes, once it has turned one away.
        self._allowed: int | None = None
        self._crowded_until = 0.0
        self._is_shut_out = False
        self._next_try: asyncio.TimerHandle | None = None
        self._tender: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def take(self) -> tuple[Session, bool] | None:
        """Return a session for one message, and whether it is one that was kept.

        None once the pool is closed.
        """
        while not self._is_closed:
            if self._idle:
                session = await self._alive(self._idle.pop())
                if session is not None and not self._is_closed:
                    return session, True
                continue
            if self._has_room():
                return self._new(), False
            while self._shared:
                session = self._shared.popleft()
                if session.may_be_joined:
                    session.is_taken = True
                    return session, True
            await self._turn()
        return None

    def start(self, session: Session) -> None:
        """Count a message that begins."""
        session.under_way += 1
        self._under_way += 1
        if self._under_way == 1:
            self._is_quiet.clear()

    def offer(self, session: Session) -> None:
        """Let the next message join: the one that has the session is past its dot."""
        session.is_taken = False
        self._is_shut_out = False
        if session.may_be_joined:
            self._shared.append(session)
            self._wake()
        else:
            session.is_taken = True

    def put_back(self, session: Session, *, is_first: bool) -> None:
        """Keep a session that is ready for another message, and close it otherwise.

        `is_first` says that this message still has the session: nobody joined it.
        """
        session.under_way -= 1
        self._under_way -= 1
        if is_first:
            session.is_taken = False
        if session.is_idle:
            self._keep(session)
        if not self._under_way:
            self._is_quiet.set()

    def drop(self, session: Session) -> None:
        """Close a session at once; whoever joined it learns that it is lost."""
        session.abort()
        self._forget(session)
        self._wake()

    def is_careful(self) -> bool:
        """Tell whether messages are being withdrawn just now."""
        return self._loop.time() < self._careful_until

    def be_careful(self) -> None:
        """Begin deliveries before DATA for a while: many may be withdrawn."""
        self._careful_until = self._loop.time() + CAREFUL_FOR

    def take_as_crowded(self, reason: str) -> bool:
        """Tell whether the connection just refused was one too many, and heed it.

        False when there is no other: the relay refuses us altogether, or others of ours
        have all that it allows. Of many that come at once the last waits nevertheless.
        """
        self._crowded_until = self._loop.time() + CROWDED_FOR
        others = len(self._sessions) + len(self._farewells)
        if others:
            if self._allowed is None:
                name = self._settings.name
                _log.warning("relay.crowded relay=%s reason=%s", name, reason)
            self._allowed = others
            return True
        may_wait = self._allowed is not None and not self._is_shut_out
        self._is_shut_out = True
        self._next_try = self._loop.call_later(CROWDED_FOR, self._wake)
        return may_wait

    async def close(self) -> None:
        """Let messages under way finish for a while, then break off; say good-bye."""
        self._is_closed = True
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        limit = self._settings.close_within.total_seconds()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(limit):
                    await self._is_quiet.wait()
            for session in list(self._idle):
                self._say_good_bye(session)
            if self._farewells:
                await asyncio.wait(self._farewells, timeout=limit)
        finally:
            for timer in filter(None, (self._tender, self._next_try)):
                timer.cancel()
            for session in list(self._sessions):
                self.drop(session)
            for farewell in self._farewells:
                farewell.cancel()
        # Closed sockets leave the loop in its next turns.
        await asyncio.sleep(0)

    def _keep(self, session: Session) -> None:
        if session.is_retired or not session.is_open:
            self.drop(session)
        elif session.is_worn:
            self._say_good_bye(session)
            self._wake()
        else:
            session.used_at = self._loop.time()
            if session in self._shared:
                self._shared.remove(session)
            self._idle.append(session)
            self._wake()
            if self._tender is None and not self._is_closed:
                self._tender = self._loop.call_later(self._max_idle, self._tend)

    async def _alive(self, session: Session) -> Session | None:
        """Return a kept session if it is, as far as can be told, alive."""
        idle_for = self._loop.time() - session.used_at
        if not session.is_open:
            self.drop(session)
            return None
        if idle_for > self._max_idle:
            self._say_good_bye(session)
            return None
        session.is_taken = True
        if idle_for <= self._check_after:
            return session
        is_usable = False
        try:
            is_usable = await session.reset()
        finally:
            if not is_usable:
                self.drop(session)
        return session if is_usable else None

    def _has_room(self) -> bool:
        """Tell whether one more connection may be opened now."""
        if len(self._sessions) >= self._settings.connections:
            return False
        if self._is_shut_out:
            return not self._sessions and not self._is_early()
        if self._allowed is None:
            return True
        # The relay still counts those that leave.
        count = len(self._sessions) + len(self._farewells)
        if count >= self._allowed and self._may_try_another():
            self._allowed = count + 1
        return count < self._allowed

    def _may_try_another(self) -> bool:
        """Tell whether to see if a relay takes more connections by now.

        One at a time: of many at once it would turn as many away.
        """
        is_settled = all(session.is_open for session in self._sessions)
        return not self._is_early() and is_settled and not self._farewells

    def _is_early(self) -> bool:
        """Tell whether the relay just turned us away."""
        return self._loop.time() < self._crowded_until

    def _new(self) -> Session:
        session = Session(self._settings, self._tls_context, self.is_careful)
        session.is_taken = True
        self._sessions.add(session)
        return session

    def _forget(self, session: Session) -> None:
        self._sessions.discard(session)
        for kept in (self._idle, self._shared):
            if session in kept:
                kept.remove(session)

    async def _turn(self) -> None:
        """Wait until a session may be free."""
        waiter = self._loop.create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._wake()
            raise

    def _wake(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _tend(self) -> None:
        """Leave connections that nobody needs, before the relay does."""
        self._tender = None
        for session in list(self._idle):
            if self._loop.time() - session.used_at >= self._max_idle:
                self._say_good_bye(session)
        if self._idle:
            wait = max(self._max_idle, 1.0)
            self._tender = self._loop.call_later(wait, self._tend)

    def _say_good_bye(self, session: Session) -> None:
        """Quit without making a message wait for it."""
        self._forget(session)
        session.is_taken = True
        farewell = self._loop.create_task(session.quit())
        self._farewells.add(farewell)
        farewell.add_done_callback(self._has_left)

    def _has_left(self, farewell: asyncio.Task[None]) -> None:
        self._farewells.discard(farewell)
        self._wake()
