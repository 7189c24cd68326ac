"""One message on its way through a connection."""

from collections.abc import Callable
from dataclasses import dataclass

from publisher.mail.transport import Begin, Envelope
from publisher.model.reply import Phase

__all__ = ["Handover"]


def _nothing() -> None:
    pass


@dataclass(slots=True)
class Handover:
    """What is handed over, how far it has come, and who wants to know.

    `on_dot` is called once its final dot is written: from then on the connection may
    carry the commands of the next message, though nothing of its content (law 10).
    """

    envelope: Envelope
    begin: Begin
    on_dot: Callable[[], None] = _nothing
    phase: Phase = Phase.CONNECT
