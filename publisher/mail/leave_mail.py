"""Mail that unsubscribes: an address for each subscription, and what comes to it.

The address stands in `List-Unsubscribe` beside the one for the web, for mail programs
that know no other way (RFC 2369). Whatever is written to it means leaving, whoever
writes: the token is all it takes, as on the web.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

from publisher.mail.address_token import number_in, with_token

__all__ = ["Ask", "leave_address", "read_ask"]

PURPOSE = b"publisher leave by mail\0"

ADDRESSED = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
"""Where an address that was written to may stand, as mail servers keep it."""

AUTOMATIC = {"bulk", "junk", "list"}
"""What Precedence says of mail that no person wrote."""

PRESSED = "X-Apple-Unsubscribe"
"""In what Apple Mail writes for who presses its button, as if it were an answer.

See https://github.com/sisimai/set-of-emails/issues/26.
"""

BROKEN = (
    AttributeError,
    LookupError,
    MessageError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a mail asks for: to end a subscription, or else why nothing is done.

    `is_automatic`: no person wrote it, so it needs nobody's attention.
    """

    subscription_id: int | None
    reason: str = ""
    is_automatic: bool = False


def leave_address(address: str, subscription_id: int, secret: bytes) -> str:
    """Return the address of one subscription, `u+token@domain` for `u+@domain`.

    Raises HeaderError when its local part gets too long.
    """
    return with_token(address, subscription_id, secret, PURPOSE)


def read_ask(raw: bytes, secrets: Iterable[bytes]) -> Ask:
    """Return what a mail to the leave address asks for.

    Answers of machines are none: a holiday greeting must not unsubscribe anybody, nor
    may a mail that came back.
    """
    try:
        message = message_from_bytes(raw, policy=policy.compat32)
        if PRESSED not in message and (automatic := _automatic(message)):
            return Ask(None, automatic, is_automatic=True)
        keys = tuple(secrets)
        for text in _places(message):
            for secret in keys:
                number = number_in(text, secret, PURPOSE)
                if number is not None:
                    return Ask(number)
    except BROKEN:
        return Ask(None, "it cannot be read")
    return Ask(None, "no token of ours")


def _automatic(message: Message) -> str:
    """Return why a mail was written by a machine, or nothing."""
    submitted = _text(message, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted not in {"", "no"}:
        # Nothing of a stranger's own words goes into the log.
        return "Auto-Submitted"
    precedence = _text(message, "Precedence").lower()
    if precedence in AUTOMATIC:
        return f"Precedence: {precedence}"
    if "Return-Path" in message and _text(message, "Return-Path") in {"<>", ""}:
        return "a report (empty Return-Path)"
    if message.get_content_type() == "multipart/report":
        return "a report"
    for name in ("List-Id", "X-Autoreply", "X-Autorespond"):
        if name in message:
            return name
    return ""


def _places(message: Message) -> Iterator[str]:
    """Yield the texts in which a token may stand."""
    for name in ADDRESSED:
        fields = [str(value) for value in message.get_all(name, [])]
        yield from (address for _, address in getaddresses(fields))
        yield from fields
    subject = _text(message, "Subject")
    yield subject
    yield str(make_header(decode_header(subject)))


def _text(message: Message, name: str) -> str:
    return str(message.get(name, "")).strip()
