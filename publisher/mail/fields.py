"""What a message says about itself in its header: the fields and their values."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from publisher.errors import HeaderError, SubscriberError
from publisher.mail.address import ascii_domain, for_people
from publisher.mail.headers import (
    Mailbox,
    encode_header,
    encode_mailbox,
    encode_phrase,
)
from publisher.mail.message_id import make_message_id

__all__ = [
    "Composition",
    "Heading",
    "Personal",
    "Stream",
    "checked_domain",
    "common_fields",
    "own_field_names",
    "own_fields",
]

MAX_TYPE = 32

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_FEEDBACK = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_SENDER_ID = re.compile(r"[A-Za-z0-9_.-]{5,15}")
_DOMAIN = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_WEB_ADDRESS = re.compile(r"https?://[!#-;=?-~]+")
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9._+=-]{1,64}@[A-Za-z0-9.-]{1,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What a reader subscribed to, as mail programs and providers are told.

    `key` and `list_id` (RFC 2919) stay the same for ever. `edition` and the stable
    `sender_id` go with key and language into Feedback-ID, for statistics by provider.
    `help_url`, `subscribe_url` and the mailbox `owner` are for everybody (RFC 2369);
    each may be empty.
    """

    key: str
    title: str
    list_id: str
    edition: str
    sender_id: str
    help_url: str = ""
    subscribe_url: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What messages of an edition in one language have in common but their subject.

    `stream` is None for mail that nobody subscribed to, such as a confirmation; `kind`
    is what a provider's statistics call such mail, empty for none.
    `message_id_secret` must outlive every retry.
    """

    language: str
    dated_at: datetime
    sender: Mailbox
    reply_to: Mailbox | None
    message_id_domain: str
    message_id_secret: bytes = field(repr=False)
    stream: Stream | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition(Heading):
    """A whole message as it is the same for all its readers; may hold slots."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """What differs from reader to reader; `key` names the delivery.

    `edition_url` shows the message in a browser, to whoever has the address.
    `leave_url` is the one-click address of RFC 8058, `leave_mailto` an address to which
    any mail unsubscribes; both are needed only in a stream, and there the second may
    be empty.
    """

    key: str
    address: str
    edition_url: str = ""
    preferences_url: str = ""
    leave_url: str = ""
    leave_mailto: str = ""

    @property
    def values(self) -> dict[str, str]:
        """What stands in the content, by the names of its slots."""
        return {
            "edition_url": self.edition_url,
            "preferences_url": self.preferences_url,
            "leave_url": self.leave_url,
            "address": for_people(self.address),
        }


def common_fields(heading: Heading) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return the fields that all readers share, before the subject and after it.

    Raises HeaderError for a value that may not stand there.
    """
    before, after = _fields(heading)
    mime = encode_header("MIME-Version", "1.0")
    return before, (*after, *_stream_fields(heading), mime)


def own_field_names(*, is_stream: bool) -> tuple[str, ...]:
    """Return the names of the fields that differ from reader to reader, in order."""
    return ("To", "Message-ID", *(["List-Unsubscribe"] if is_stream else []))


def own_fields(
    reader: Personal, secret: bytes, domain: str, *, is_stream: bool
) -> tuple[bytes, ...]:
    """Return the fields that differ from reader to reader; raises HeaderError."""
    own = [
        encode_mailbox("To", Mailbox("", reader.address)),
        encode_header("Message-ID", make_message_id(reader.key, secret, domain)),
    ]
    if is_stream:
        own.append(encode_header("List-Unsubscribe", _ways_to_leave(reader)))
    return tuple(own)


def _fields(heading: Heading) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return the fields that every message has, around its subject."""
    if heading.dated_at.tzinfo is None:
        msg = f"Date: {heading.dated_at.isoformat()} has no zone"
        raise HeaderError(msg)
    _demand("Content-Language", _LANGUAGE, heading.language)
    fields = [encode_mailbox("From", heading.sender)]
    if heading.reply_to is not None:
        fields.append(encode_mailbox("Reply-To", heading.reply_to))
    dated = format_datetime(heading.dated_at.astimezone(UTC))
    return tuple(fields), (
        encode_header("Date", dated),
        encode_header("Content-Language", heading.language),
        # RFC 3834, and the same for servers that know their own word only: no holiday
        # greetings in answer to us.
        encode_header("Auto-Submitted", "auto-generated"),
        encode_header("X-Auto-Response-Suppress", "OOF, AutoReply"),
    )


def _stream_fields(heading: Heading) -> list[bytes]:
    """Return the fields that only mail to subscribers has."""
    stream = heading.stream
    if stream is None:
        return [_statistics(heading.kind)] if heading.kind else []
    list_id = checked_domain("List-Id", stream.list_id)
    for part in (stream.edition, stream.key, heading.language):
        _demand("Feedback-ID", _FEEDBACK, part)
    _demand("Feedback-ID", _SENDER_ID, stream.sender_id)
    statistics = f"{stream.edition}:{stream.key}:{heading.language}"
    return [
        encode_phrase("List-Id", stream.title, list_id),
        # RFC 8058 section 3.1: exactly this.
        encode_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        *_list_addresses(stream),
        encode_header("Feedback-ID", f"{statistics}:{stream.sender_id}"),
        _statistics(f"digest{stream.key}"),
        encode_header("Precedence", "bulk"),
    ]


def _list_addresses(stream: Stream) -> Iterator[bytes]:
    """Yield the fields of RFC 2369 by which strangers find their way to the list.

    An address that may not stand in one is left out: reading and leaving need none.
    """
    for name, form, scheme, address in (
        ("List-Help", _WEB_ADDRESS, "", stream.help_url),
        ("List-Subscribe", _WEB_ADDRESS, "", stream.subscribe_url),
        ("List-Owner", _MAIL_ADDRESS, "mailto:", stream.owner),
    ):
        if form.fullmatch(address):
            yield encode_header(name, f"<{scheme}{address}>")


def _statistics(kind: str) -> bytes:
    """Return the field by which Mail.ru counts messages of a kind together."""
    short = re.sub(r"[^A-Za-z0-9]", "", kind)[:MAX_TYPE]
    return encode_header("X-Mailru-Msgtype", short)


def _ways_to_leave(reader: Personal) -> str:
    """Return the value of List-Unsubscribe: the address to post to comes first."""
    _demand("List-Unsubscribe", _WEB_ADDRESS, reader.leave_url)
    if not reader.leave_mailto:
        return f"<{reader.leave_url}>"
    _demand("List-Unsubscribe", _MAIL_ADDRESS, reader.leave_mailto)
    return f"<{reader.leave_url}>, <mailto:{reader.leave_mailto}>"


def checked_domain(name: str, domain: str) -> str:
    """Return a domain as it may stand in a field: in lower case A-labels.

    Raises HeaderError.
    """
    try:
        ascii_form = domain.lower() if domain.isascii() else ascii_domain(domain)
    except SubscriberError as error:
        msg = f"{name}: {error}"
        raise HeaderError(msg) from None
    _demand(name, _DOMAIN, ascii_form)
    return ascii_form


def _demand(name: str, form: re.Pattern[str], value: str) -> None:
    if not form.fullmatch(value):
        msg = f"{name}: {value!r} may not stand there; it must match {form.pattern}"
        raise HeaderError(msg)
