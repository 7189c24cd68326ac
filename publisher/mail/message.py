"""Messages as bytes: composed once for a segment, finished for each reader.

The same composition and reader always give the same bytes (law 11): date, boundary and
Message-ID come from what is given, nothing from a clock or a random source.
"""

import html
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256

from publisher.errors import HeaderError, SubscriberError, TemplateError
from publisher.mail.address import ascii_domain
from publisher.mail.headers import (
    Mailbox,
    encode_header,
    encode_mailbox,
    encode_phrase,
)
from publisher.mail.message_id import make_message_id
from publisher.mail.splice import SplicedBody, splice

__all__ = ["CompiledMessage", "Composition", "Personal", "Stream", "compile_message"]

SLOTS = frozenset({"preferences_url", "leave_url", "address"})
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
    """

    key: str
    title: str
    list_id: str
    edition: str
    sender_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A message as it is the same for all readers of a segment, frozen.

    `text` and `html` may hold slots. `stream` is None for mail that nobody subscribed
    to, such as a confirmation. `message_id_secret` must outlive every retry.
    """

    subject: str
    text: str
    html: str
    language: str
    dated_at: datetime
    sender: Mailbox
    reply_to: Mailbox | None
    message_id_domain: str
    message_id_secret: bytes = field(repr=False)
    stream: Stream | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """What differs from reader to reader; `key` names the delivery.

    `leave_url` is the one-click address of RFC 8058, `leave_mailto` an address to which
    any mail unsubscribes; both are needed only in a stream, and there the second may
    be empty.
    """

    key: str
    address: str
    preferences_url: str = ""
    leave_url: str = ""
    leave_mailto: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledMessage:
    """A message of which only the reader's own parts are missing."""

    fields: tuple[bytes, ...]
    boundary: bytes
    text: SplicedBody
    html: SplicedBody
    message_id_domain: str
    message_id_secret: bytes = field(repr=False)
    is_stream: bool

    def for_reader(self, reader: Personal) -> bytes:
        """Return the whole message for one reader; raises HeaderError."""
        fields, body = self.fields_for(reader), self.body_for(reader)
        return b"".join((*fields, b"\r\n", body))

    def fields_for(self, reader: Personal) -> tuple[bytes, ...]:
        """Return the header fields, in order, each with its CRLF."""
        message_id = make_message_id(
            reader.key, self.message_id_secret, self.message_id_domain
        )
        own = [
            encode_mailbox("To", Mailbox("", reader.address)),
            encode_header("Message-ID", message_id),
        ]
        if self.is_stream:
            own.append(encode_header("List-Unsubscribe", _ways_to_leave(reader)))
        return (*own, *self.fields)

    def body_for(self, reader: Personal) -> bytes:
        """Return the body: the text first, the HTML last and so preferred."""
        values = {
            "preferences_url": reader.preferences_url,
            "leave_url": reader.leave_url,
            "address": reader.address,
        }
        plain = {name: value.encode() for name, value in values.items()}
        escaped = {name: html.escape(value).encode() for name, value in values.items()}
        return b"".join(
            (
                _part_head(self.boundary, b"plain"),
                *self.text.fill(plain),
                _part_head(self.boundary, b"html"),
                *self.html.fill(escaped),
                b"--%b--\r\n" % self.boundary,
            )
        )


def compile_message(composition: Composition) -> CompiledMessage:
    """Encode once what all readers share.

    Raises HeaderError for a value that may not stand in a header, TemplateError when a
    part uses a slot that no reader has, or a stream's part has no way to leave it.
    """
    text = splice(_ended(composition.text))
    html_part = splice(_ended(composition.html))
    for kind, part in (("text", text), ("html", html_part)):
        _check_slots(kind, part, composition)
    boundary = _boundary(composition)
    return CompiledMessage(
        fields=(
            *_fields(composition),
            *_stream_fields(composition),
            encode_header("MIME-Version", "1.0"),
            b'Content-Type: multipart/alternative;\r\n boundary="%b"\r\n' % boundary,
        ),
        boundary=boundary,
        text=text,
        html=html_part,
        message_id_domain=_domain("Message-ID", composition.message_id_domain),
        message_id_secret=composition.message_id_secret,
        is_stream=composition.stream is not None,
    )


def _fields(composition: Composition) -> list[bytes]:
    """Return the fields that every message has."""
    if composition.dated_at.tzinfo is None:
        msg = f"Date: {composition.dated_at.isoformat()} has no zone"
        raise HeaderError(msg)
    _demand("Content-Language", _LANGUAGE, composition.language)
    fields = [encode_mailbox("From", composition.sender)]
    if composition.reply_to is not None:
        fields.append(encode_mailbox("Reply-To", composition.reply_to))
    dated = format_datetime(composition.dated_at.astimezone(UTC))
    return [
        *fields,
        encode_header("Subject", composition.subject),
        encode_header("Date", dated),
        encode_header("Content-Language", composition.language),
        # RFC 3834, and the same for servers that know their own word only: no holiday
        # greetings in answer to us.
        encode_header("Auto-Submitted", "auto-generated"),
        encode_header("X-Auto-Response-Suppress", "OOF, AutoReply"),
    ]


def _stream_fields(composition: Composition) -> list[bytes]:
    """Return the fields that only mail to subscribers has."""
    stream = composition.stream
    if stream is None:
        return []
    list_id = _domain("List-Id", stream.list_id)
    for part in (stream.edition, stream.key, composition.language):
        _demand("Feedback-ID", _FEEDBACK, part)
    _demand("Feedback-ID", _SENDER_ID, stream.sender_id)
    statistics = f"{stream.edition}:{stream.key}:{composition.language}"
    kind = re.sub(r"[^A-Za-z0-9]", "", f"digest{stream.key}")[:MAX_TYPE]
    return [
        encode_phrase("List-Id", stream.title, list_id),
        # RFC 8058 section 3.1: exactly this.
        encode_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        encode_header("Feedback-ID", f"{statistics}:{stream.sender_id}"),
        encode_header("X-Mailru-Msgtype", kind),
        encode_header("Precedence", "bulk"),
    ]


def _ways_to_leave(reader: Personal) -> str:
    """Return the value of List-Unsubscribe: the address to post to comes first."""
    _demand("List-Unsubscribe", _WEB_ADDRESS, reader.leave_url)
    if not reader.leave_mailto:
        return f"<{reader.leave_url}>"
    _demand("List-Unsubscribe", _MAIL_ADDRESS, reader.leave_mailto)
    return f"<{reader.leave_url}>, <mailto:{reader.leave_mailto}>"


def _domain(name: str, domain: str) -> str:
    """Return a domain as it may stand in a field: in lower case A-labels."""
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


def _check_slots(kind: str, part: SplicedBody, composition: Composition) -> None:
    if unknown := sorted(part.slots - SLOTS):
        known = ", ".join(sorted(SLOTS))
        msg = f'the {kind} part uses the slot "{unknown[0]}"; readers have: {known}'
        raise TemplateError(msg)
    if composition.stream is not None and "leave_url" not in part.slots:
        msg = (
            f'the {kind} part of "{composition.stream.key}" has no link to leave:'
            " its template must show personal.leave_url"
        )
        raise TemplateError(msg)


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _boundary(composition: Composition) -> bytes:
    """Return a boundary made of the content; `=_` never occurs in base64."""
    content = f"{composition.subject}\0{composition.text}\0{composition.html}"
    digest = sha256(content.encode("utf-8", "replace")).hexdigest()
    return f"=_{digest[:32]}".encode()


def _part_head(boundary: bytes, kind: bytes) -> bytes:
    return (
        b"--%b\r\nContent-Type: text/%b; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" % (boundary, kind)
    )
