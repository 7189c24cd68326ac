"""The commands and the content of one transaction, or why this relay cannot take it.

Everything that can be known before the first command is checked here, so that no
transaction breaks off half-way for a reason of our own.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from publisher.errors import SubscriberError
from publisher.mail.address import ascii_domain
from publisher.mail.smtp.settled import Settled
from publisher.mail.transport import Envelope
from publisher.model.reply import Kind, Outcome, Phase

__all__ = ["Transaction", "in_pieces", "prepare"]

MAX_LINE_BYTES = 1000
"""With its CRLF (RFC 5321 section 4.5.3.1.6)."""

PIECE_BYTES = 16384

_NO_XTEXT = re.compile(r"[\x00-\x20+=\x7f]")
_PATH = re.compile(r"([^\x00-\x20\x7f<>@]{1,64})@([^\x00-\x20\x7f<>@]{1,255})")


class Transaction(NamedTuple):
    """What is written for one message; `content` is without the final dot."""

    mail: bytes
    rcpt: bytes
    content: bytes


def prepare(envelope: Envelope, extensions: Mapping[str, str]) -> Transaction:
    """Return the transaction for a relay with these extensions; raises Settled.

    `extensions` maps the lower-case keywords of the EHLO reply to their parameters.
    """
    recipient = _path(envelope.recipient, Kind.REFUSED)
    sender = _path(envelope.sender, Kind.RELAY) if envelope.sender else ""
    content = envelope.message
    if not envelope.is_canonical:
        content = _content(content)
    options = [*_size(content, extensions), *_letters(sender, envelope, extensions)]
    if not recipient.isascii():
        options += _smtputf8(envelope.recipient, extensions)
    wishes = b""
    if envelope.envelope_id and "dsn" in extensions:
        options += [b"RET=HDRS", b"ENVID=" + xtext(envelope.envelope_id)]
        wishes = _wishes(envelope, extensions)
    return Transaction(
        mail=b" ".join((f"MAIL FROM:<{sender}>".encode(), *options)),
        rcpt=f"RCPT TO:<{recipient}>".encode() + wishes,
        content=content,
    )


def in_pieces(content: bytes) -> Iterator[bytes]:
    """Cut content into what is written at once; each waits until the last has gone.

    A connection that is encrypted tells what its encryption holds, and not what the
    socket below it does. But once that holds more than 64 KB the encryption keeps what
    comes next, so no more than that and a piece is ever taken for gone too early.
    """
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES]


def _wishes(envelope: Envelope, extensions: Mapping[str, str]) -> bytes:
    """Return which reports are wanted, and whom they shall name (RFC 3461)."""
    wishes = b" NOTIFY=" + envelope.notify.encode("ascii")
    address = envelope.recipient
    if address.isascii():
        return wishes + b" ORCPT=rfc822;" + xtext(address)
    if "smtputf8" in extensions:
        # RFC 6533 section 3: in its own letters, where the relay can take them.
        return wishes + b" ORCPT=utf-8;" + xtext(address)
    return wishes


def xtext(text: str) -> bytes:
    """Return a value of a parameter (RFC 3461 section 4); letters stay as they are."""
    return _NO_XTEXT.sub(lambda found: f"+{ord(found[0]):02X}", text).encode()


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
    if _has_long_line(message):
        raise _refused(Kind.CONTENT, "the message has a line of more than 998 octets")
    content = message.replace(b"\r\n.", b"\r\n..")
    if content.startswith(b"."):
        content = b"." + content
    return content if content.endswith(b"\r\n") else content + b"\r\n"


def _has_long_line(message: bytes) -> bool:
    """Tell whether a line is too long, by leaps: most lines are never looked at."""
    start, end = 0, len(message)
    while end - start > MAX_LINE_BYTES:
        found = message.rfind(b"\n", start, start + MAX_LINE_BYTES)
        if found < 0:
            return True
        start = found + 1
    return False


def _size(content: bytes, extensions: Mapping[str, str]) -> list[bytes]:
    """Return the SIZE option (RFC 1870); a relay's limit of 0 is none."""
    if "size" not in extensions:
        return []
    limit = extensions["size"].strip()
    if limit.isdecimal() and 0 < int(limit) < len(content):
        text = f"the message has {len(content)} bytes, the relay takes {int(limit)}"
        raise _refused(Kind.CONTENT, text)
    return [b"SIZE=%d" % len(content)]


def _letters(
    sender: str, envelope: Envelope, extensions: Mapping[str, str]
) -> list[bytes]:
    """Return the option for content beyond ASCII, which only SMTPUTF8 mail has."""
    if not sender.isascii():
        raise _refused(Kind.RELAY, f"the sender {sender} must be ASCII before the @")
    if envelope.is_canonical or envelope.message.isascii():
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
