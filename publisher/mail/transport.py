"""How a message leaves: what every transport promises to the delivery loop."""

from typing import NamedTuple, Protocol

from publisher.model.reply import Outcome

__all__ = ["Begin", "Envelope", "Transport"]


class Envelope(NamedTuple):
    """One message to one reader; `key` names the delivery, also in logs.

    The domains of `sender` and `recipient` may be in any script. `message` is sent as
    it is; its lines end in CRLF.

    `relay` names the relay to go through; empty: whichever there is. With an
    `envelope_id`, a relay that can (RFC 3461) is asked to report about the delivery
    under it, in the cases that `notify` lists; reports carry headers only.

    `is_canonical` promises what this package's own writer sees to: ASCII, all lines end
    in CRLF, have at most 998 octets and do not begin with a dot. Then nobody has to
    look again, message by message.
    """

    sender: str
    recipient: str
    message: bytes
    key: str
    relay: str = ""
    envelope_id: str = ""
    notify: str = "FAILURE,DELAY"
    is_canonical: bool = False


class Begin(Protocol):
    """Record durably that the delivery is begun (law 10)."""

    async def __call__(self) -> bool:
        """Return True to go on, False when the delivery is withdrawn."""
        ...


class Transport(Protocol):
    """Hand messages over, one per call, any number of calls at once."""

    async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
        """Try once to hand a message over and return what became of it.

        `begin` is awaited at most once, after the recipient is accepted and before
        anything that could count as delivery; when it says no, nothing is sent and the
        outcome is `stopped`. No limit of time breaks it off: nobody would know what it
        had recorded by then. Whatever `begin` raises goes to the caller, and so does
        cancellation; neither harms later messages. Raises TransportError only when the
        transport cannot be used at all, such as after `close`.

        A message is not begun before the caller has the outcome of the one before it on
        the same connection: who records that before awaiting anything else never has
        more than one message of a connection in doubt.
        """
        ...

    async def close(self) -> None:
        """End within seconds what is under way; may be called again."""
        ...
