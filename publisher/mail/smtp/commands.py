"""The commands and the content of one transaction, or why this relay cannot take it.

Everything that can be known before the first command is checked here, so that no
transaction breaks off half-way for a reason of our own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from publisher.errors import SubscriberError
from publisher.mail.address import ascii_domain
from publisher.mail.smtp.settled import Settled
from publisher.mail.transport import Envelope
from publisher.model.reply import Kind, Outcome, Phase

__all__ = ["Transaction", "prepare"]

_PATH = re.compile(r"([^\x00-\x20\x7f<>@]{1,64})@([^\x00-\x20\x7f<>@]{1,255})")


@dataclass(frozen=True, slots=True)
class Transaction:
    """What is written for one message; `content` is without the final dot."""

    mail: tuple[bytes, ...]
    rcpt: tuple[bytes, ...]
    content: bytes


def prepare(envelope: Envelope, extensions: Mapping[str, str]) -> Transaction:
    """Return the transaction for a relay with these extensions; raises Settled.

    `extensions` maps the lower-case keywords of the EHLO reply to their parameters.
    """
    recipient = _path(envelope.recipient, Kind.REFUSED)
    sender = _path(envelope.sender, Kind.RELAY) if envelope.sender else ""
    content = _content(envelope.message)
    options = [*_size(content, extensions), *_letters(sender, content, extensions)]
    if not recipient.isascii():
        options += _smtputf8(envelope.recipient, extensions)
    return Transaction(
        mail=(b"MAIL", f"FROM:<{sender}>".encode(), *options),
        rcpt=(b"RCPT", f"TO:<{recipient}>".encode()),
        content=content,
    )


def _path(address: str, kind: Kind) -> str:
    """Return an address for the envelope, its domain in A-labels."""
    found = _PATH.fullmatch(address)
    if found is None:
        raise _refused(kind, f"{address!r} is not an address like name@example.kz")
    if found[2].isascii():
        return address
    try:
        return f"{found[1]}@{ascii_domain(found[2])}"
    except SubscriberError as error:
        raise _refused(kind, str(error)) from None


def _content(message: bytes) -> bytes:
    """Return the lines as they go over the wire (RFC 5321 section 4.5.2)."""
    ends = message.count(b"\r\n")
    if message.count(b"\r") != ends or message.count(b"\n") != ends:
        # Servers disagree about what a bare CR or LF ends: an open door for smuggling.
        raise _refused(Kind.CONTENT, "the message has a CR or LF that is not a CRLF")
    content = message.replace(b"\r\n.", b"\r\n..")
    if content.startswith(b"."):
        content = b"." + content
    return content if content.endswith(b"\r\n") else content + b"\r\n"


def _size(content: bytes, extensions: Mapping[str, str]) -> list[bytes]:
    """Return the SIZE option (RFC 1870); a relay's limit of 0 is none."""
    if "size" not in extensions:
        return []
    limit = extensions["size"].strip()
    if limit.isdecimal() and 0 < int(limit) < len(content):
        text = f"the message has {len(content)} bytes, the relay takes {int(limit)}"
        raise _refused(Kind.CONTENT, text)
    return [b"SIZE=%d" % len(content)]


def _letters(sender: str, content: bytes, extensions: Mapping[str, str]) -> list[bytes]:
    """Return the option for content beyond ASCII, which only SMTPUTF8 mail has."""
    if not sender.isascii():
        raise _refused(Kind.RELAY, f"the sender {sender} must be ASCII before the @")
    if content.isascii():
        return []
    if "8bitmime" not in extensions:
        text = "the message is not ASCII and the relay does not offer 8BITMIME"
        raise _refused(Kind.CONTENT, text)
    return [b"BODY=8BITMIME"]


def _smtputf8(recipient: str, extensions: Mapping[str, str]) -> list[bytes]:
    if "smtputf8" not in extensions:
        text = (
            f"{recipient} has letters beyond ASCII before the @, and the relay does"
            " not offer SMTPUTF8"
        )
        raise _refused(Kind.REFUSED, text)
    return [b"SMTPUTF8"]


def _refused(kind: Kind, text: str) -> Settled:
    """Return our own refusal, made before anything was written."""
    return Settled(Outcome(kind=kind, phase=Phase.MAIL, text=text))
