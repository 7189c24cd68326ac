"""When a message may leave: what the sending loop asks right before each one (law 13).

The loop takes no message without a grant and reports what became of every grant:

    await pace.learn(addresses)               # once per chunk: who stands behind them
    answer = await pace.grant(pace.provider_of(address))
    if isinstance(answer, Wait):              # another provider's message may go first
        ...
    # begin() asks `await pace.begin(answer)` first, and `await pace.let_pass(answer)`
    # once the beginning is recorded; it says no where one of them does.
    outcome = await transport.send(Envelope(..., relay=answer.relay), begin)
    pace.report(answer, outcome)              # None when it was not sent after all

`publisher.digests.paced_queue.PacedQueue` does this over the messages of a chunk.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from publisher.model.reply import Outcome

__all__ = ["FreePace", "Grant", "Pace", "Wait"]


class Grant(NamedTuple):
    """Leave to hand one message over now, through the relay with this name.

    An empty relay is whichever the transport has. A probe is the one message that
    tries whether a provider or relay that was left alone takes mail again. `taken_at`
    tells how long the message was on its way when it begins.
    """

    provider: str = ""
    relay: str = ""
    is_probe: bool = False
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """No message of this provider may go before `until`; `reason` is for operators."""

    until: datetime
    reason: str


class Pace(Protocol):
    """Every limit on sending: of all mail, of each relay, of each provider."""

    async def learn(self, addresses: Iterable[str]) -> None:
        """Find out who takes the mail of these addresses; bounded, never raises."""
        ...

    def provider_of(self, address: str) -> str:
        """Return the provider group of an address, as far as is known."""
        ...

    async def grant(self, provider: str) -> Grant | Wait:
        """Take leave to send one message now, or say until when to wait.

        Every grant is reported, exactly once.
        """
        ...

    async def begin(self, grant: Grant) -> bool:
        """Return when the message may begin, within seconds; False: not by then.

        Asked once its connection is ready and the reader accepted, as that takes long
        at times: a limit is kept where the message passes.
        """
        ...

    async def let_pass(self, grant: Grant) -> bool:
        """Return when the message may pass, in about a second; False: not by then.

        Asked once its beginning is recorded, right before its dot: a commit takes long
        at times. Never raises.
        """
        ...

    def report(self, grant: Grant, outcome: Outcome | None) -> None:
        """Say what became of a grant; None: nothing was tried."""
        ...

    async def wait(self, until: datetime) -> None:
        """Return at an instant, or as soon as a report may have changed the answer."""
        ...

    async def close(self) -> None:
        """Record what was reported last."""
        ...


class FreePace:
    """No limit at all: for a folder as outbox, and for tests of other things."""

    async def learn(self, addresses: Iterable[str]) -> None:
        """Nothing depends on who takes the mail."""

    def provider_of(self, address: str) -> str:  # noqa: ARG002 (all are one)
        """Return the one group there is."""
        return ""

    async def grant(self, provider: str) -> Grant | Wait:
        """Grant."""
        return Grant(provider)

    async def begin(self, grant: Grant) -> bool:  # noqa: ARG002 (any may)
        """Let it begin."""
        return True

    async def let_pass(self, grant: Grant) -> bool:  # noqa: ARG002 (any may)
        """Let it pass."""
        return True

    def report(self, grant: Grant, outcome: Outcome | None) -> None:
        """Nothing follows from it."""

    async def wait(self, until: datetime) -> None:
        """Return."""

    async def close(self) -> None:
        """Nothing is kept."""
