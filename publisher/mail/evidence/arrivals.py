"""What a message in a mailbox of ours tells of one that we sent.

A report (RFC 3464) about one of our messages, whatever it reports: a server that had
not taken the message could not report about it later; and one that says `failed` says
that it did not reach its reader. Or the message itself, as Postfix's always_bcc brings
a copy of it. All count only under a Message-ID or a return address that we have signed;
an envelope id alone could be anybody's.
"""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message
from typing import TypeAlias

from publisher.mail.evidence.evidence import Ours, Says, Statement
from publisher.mail.message_name import MessageName

__all__ = ["message_told_of"]

_ADDRESSED = ("To", "Delivered-To", "X-Original-To", "Envelope-To")


Told: TypeAlias = tuple[MessageName, Statement]


def message_told_of(raw: bytes, ours: Ours) -> Told | None:
    """Return which of ours a message speaks of, and what it says; or None."""
    try:
        return _told(message_from_bytes(raw, policy=policy.compat32), ours)
    except _BROKEN:
        return None  # Nobody writes such a report but to see what happens.


_BROKEN = (AttributeError, LookupError, RecursionError, TypeError, ValueError)


def _told(message: Message, ours: Ours) -> Told | None:
    if message.get_content_type() != "multipart/report":
        copied = ours.name_of(_header(message, "Message-ID"))
        arrived = Statement(Says.ACCEPTED, "a copy of it arrived")
        return None if copied is None else (copied, arrived)
    if str(message.get_param("report-type", "")).lower() != "delivery-status":
        return None
    fields = [group for part in message.walk() for group in _groups(part)]
    action = next(filter(None, (_header(group, "Action") for group in fields)), "")
    name = _returned(message, ours)
    if name is None:
        named = {_header(group, "Original-Envelope-Id") for group in fields}
        addressed = ours.name_at(_header(message, field) for field in _ADDRESSED)
        name = addressed if str(addressed) in named else None
    action = action.lower()
    word = (
        action if action.isascii() and action.isalpha() else "nothing that can be read"
    )
    says = Says.BOUNCED if word == "failed" else Says.ACCEPTED
    said = Statement(says, f"a report says {word}")
    return None if name is None else (name, said)


def _returned(message: Message, ours: Ours) -> MessageName | None:
    """Return the message whose headers a report brings back."""
    for part in message.walk():
        if part.get_content_type() == "text/rfc822-headers":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                part = message_from_bytes(payload, policy=policy.compat32)  # noqa: PLW2901
        elif part.get_content_type() == "message/rfc822":
            part = next(_inner(part), part)  # noqa: PLW2901
        else:
            continue
        found = ours.name_of(_header(part, "Message-ID"))
        if found is not None:
            return found
    return None


def _groups(part: Message) -> Iterator[Message]:
    """Yield the groups of fields of a part that tells what happened."""
    if part.get_content_type() in {
        "message/delivery-status",
        "message/global-delivery-status",
    }:
        yield from _inner(part)


def _inner(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (one for one in payload if isinstance(one, Message))


def _header(message: Message, name: str) -> str:
    return str(message.get(name, "")).strip()
