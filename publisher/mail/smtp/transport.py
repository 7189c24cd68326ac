"""The transport over a pool of connections to one relay."""

import asyncio
import ssl
from contextlib import nullcontext

from typing_extensions import override

from publisher.errors import TransportError
from publisher.mail.smtp.handover import Handover
from publisher.mail.smtp.pool import Pool
from publisher.mail.smtp.session import Session
from publisher.mail.smtp.settings import Security, SmtpSettings
from publisher.mail.smtp.settled import Settled
from publisher.mail.transport import Begin, Envelope, Transport
from publisher.model.reply import CLOSING, Kind, Outcome, Phase, outcome_of_loss

__all__ = ["SmtpTransport"]

UNBOUNDED = nullcontext()


class SmtpTransport(Transport):
    """Send to one relay over at most `settings.connections` connections.

    A connection writes a message's content only after the reply to the one before, so
    at most that many messages can be in doubt (law 10). Belongs to one event loop.
    """

    def __init__(
        self, settings: SmtpSettings, tls_context: ssl.SSLContext | None = None
    ) -> None:
        """Connect to nothing yet; `tls_context` replaces the system's trust."""
        if tls_context is None and settings.security is not Security.NONE:
            tls_context = ssl.create_default_context()
        self._settings = settings
        self._tls_context = tls_context
        self._pool: Pool | None = None
        self._is_closed = False

    @override
    async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
        """Send one message as soon as a connection is free."""
        handover = Handover(envelope, begin)
        while not self._is_closed:
            pool = self._open_pool()
            taken = await pool.take()
            if taken is None:
                break
            session, was_kept = taken
            outcome = await self._try(pool, session, handover)
            if was_kept and _was_stale(outcome):
                continue
            if outcome.is_turned_away and pool.take_as_crowded(outcome.text):
                continue
            return outcome
        msg = f"the transport to {self._settings.name} is closed; open a new one"
        raise TransportError(msg)

    @override
    async def close(self) -> None:
        """Let messages under way finish for a while, then break off; say good-bye."""
        self._is_closed = True
        if self._pool is not None:
            await self._pool.close()

    def _open_pool(self) -> Pool:
        """Return the pool, which belongs to the loop that first sends."""
        if self._pool is None:
            self._pool = Pool(self._settings, self._tls_context)
        return self._pool

    async def _try(self, pool: Pool, session: Session, handover: Handover) -> Outcome:
        """Take one message through a session, and keep or close that after it."""
        limit = self._settings.timeouts.total.total_seconds()
        handover.phase = Phase.MAIL if session.is_open else Phase.CONNECT
        has_seat = True

        def leave() -> None:
            nonlocal has_seat
            pool.offer(session)
            has_seat = session.is_taken

        handover.on_dot = leave
        pool.start(session)
        # A shared line bounds each reply by itself, cheaper than a timer a message; all
        # of them together are no longer than the whole.
        deadline = None if session.is_shared else asyncio.timeout(limit)
        handover.deadline = deadline
        try:
            async with deadline or UNBOUNDED:
                outcome = await _outcome(session, handover)
        except TimeoutError:
            _abandon(pool, session, is_second=session.under_way > 1 and has_seat)
            if deadline is None or not deadline.expired():
                # Not ours: `begin` raised it.
                raise
            return outcome_of_loss(handover.phase, f"not done within {limit:g} seconds")
        except BaseException:
            _abandon(pool, session, is_second=session.under_way > 1 and has_seat)
            raise
        else:
            await _judge(pool, session, outcome)
            return outcome
        finally:
            pool.put_back(session, is_first=has_seat)


async def _outcome(session: Session, handover: Handover) -> Outcome:
    try:
        return await session.transact(handover)
    except Settled as settled:
        return settled.outcome


async def _judge(pool: Pool, session: Session, outcome: Outcome) -> None:
    """Keep a connection only when it is known to be ready for another message."""
    if outcome.kind is Kind.STOPPED:
        pool.be_careful()
    is_clean = outcome.kind is Kind.SENT and not outcome.ends_connection
    if not is_clean and (outcome.ends_connection or not await session.make_ready()):
        pool.drop(session)


def _abandon(pool: Pool, session: Session, *, is_second: bool) -> None:
    """Leave a session in the middle; the message it joined may still have its reply."""
    if is_second:
        session.is_retired = True
    else:
        pool.drop(session)


def _was_stale(outcome: Outcome) -> bool:
    """Tell whether the relay had given a kept connection up before we used it.

    It says so at MAIL, by 421 or by being gone; nothing was begun then. Any other reply
    is about the message or our pace, whether it hangs up after that or not.
    """
    has_gone = outcome.ends_connection and outcome.code in {0, CLOSING}
    return outcome.phase is Phase.MAIL and has_gone
