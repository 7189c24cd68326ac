"""What is done about messages in doubt: `[mail.doubt]` and `[[mail.evidence]]`."""

from typing import Annotated, Literal

from pydantic import Field

from publisher.config.section import Key, Section, Zone

__all__ = ["Doubt", "Evidence"]


class Doubt(Section):
    """`[mail.doubt]`: messages whose final dot was sent and whose reply nobody saw."""

    policy: Literal["hold", "resend"] = "hold"
    """What becomes of one that no evidence speaks of: it stays in doubt, or the same
    message is sent again and may arrive twice."""
    wait: Annotated[int, Field(ge=15, le=10080)] = 30
    """Minutes that evidence is waited for before `resend` sends again."""
    success_reports: bool = False
    """Ask relays to report every delivery (RFC 3461), to a mailbox that is evidence."""


class Evidence(Section):
    """`[[mail.evidence]]`: something that shows whether a relay took a message."""

    name: Key
    """What operators call it."""
    kind: Literal["postfix-log", "maildir"] = "postfix-log"
    """`postfix-log`: the log of a Postfix relay; `maildir`: a mailbox on this machine
    that success reports or copies of all our messages (`always_bcc`) arrive in."""
    path: str = "/var/log/mail.log"
    """The log file (rotated ones beside it are read too), or the folder of the
    Maildir."""
    zone: Zone | None = None
    """Time zone of a log whose times carry none; without it such a log proves only what
    it shows."""
    complete: bool = False
    """Whatever any relay of ours takes is to be found here; so what is not was not
    taken, and is sent again."""
