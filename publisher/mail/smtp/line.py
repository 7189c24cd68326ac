"""An open connection that messages go through, one after the other."""

from typing import Protocol

from publisher.mail.smtp.handover import Handover
from publisher.model.reply import Outcome

__all__ = ["Line"]


class Line(Protocol):
    """Transact, reset, quit; two ways of doing it, one meaning.

    A transaction raises Settled when the server or its silence decides. After any exit
    other than a clean reply the connection must be aborted: a reply may be under way
    that would be taken for the answer to the next command.
    """

    @property
    def is_open(self) -> bool:
        """Tell whether the connection stands, as far as we know."""
        ...

    @property
    def is_shared(self) -> bool:
        """Whether the next message's commands may go before the last reply is here."""
        ...

    async def transact(self, handover: Handover) -> Outcome:
        """Hand one message over; raises Settled."""
        ...

    async def make_ready(self) -> bool:
        """Drop what a refusal left begun; False when the connection is not usable."""
        ...

    async def reset(self) -> bool:
        """Ask whether the relay is still there; False when it is not usable."""
        ...

    async def quit(self) -> None:
        """Say good-bye and close, whatever the server says."""
        ...

    def abort(self) -> None:
        """Close at once; a message under way is not finished."""
        ...
