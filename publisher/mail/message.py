"""Messages as bytes: composed once for a segment, finished for each reader.

The same composition and reader always give the same bytes (law 11): date, boundary and
Message-ID come from what is given, nothing from a clock or a random source.
"""

import html
from dataclasses import dataclass, field
from hashlib import sha256

from publisher.errors import TemplateError
from publisher.mail.dkim.signing import PreparedSignature, Signer
from publisher.mail.fields import (
    Composition,
    Personal,
    Stream,
    checked_domain,
    common_fields,
    own_field_names,
    own_fields,
)
from publisher.mail.headers import encode_header
from publisher.mail.splice import SplicedBody, splice

__all__ = ["CompiledMessage", "Composition", "Personal", "Stream", "compile_message"]

SLOTS = frozenset({"preferences_url", "leave_url", "address"})


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
    signature: PreparedSignature | None = None

    def for_reader(self, reader: Personal) -> bytes:
        """Return the whole message for one reader, signed; raises HeaderError."""
        own = own_fields(
            reader,
            self.message_id_secret,
            self.message_id_domain,
            is_stream=self.is_stream,
        )
        body = self.body_for(reader)
        signature = b""
        if self.signature is not None:
            signature = self.signature.sign(own, sha256(body).digest())
        return b"".join((signature, *own, *self.fields, b"\r\n", body))

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


def compile_message(
    composition: Composition, signer: Signer | None = None
) -> CompiledMessage:
    """Encode once what all readers share.

    Raises HeaderError for a value that may not stand in a header, TemplateError when a
    part uses a slot that no reader has, or a stream's part has no way to leave it.
    """
    text = splice(_ended(composition.text))
    html_part = splice(_ended(composition.html))
    for kind, part in (("text", text), ("html", html_part)):
        _check_slots(kind, part, composition)
    boundary = _boundary(composition)
    fields = (
        *common_fields(composition),
        encode_header("MIME-Version", "1.0"),
        b'Content-Type: multipart/alternative;\r\n boundary="%b"\r\n' % boundary,
    )
    is_stream = composition.stream is not None
    signature = None
    if signer is not None:
        names = own_field_names(is_stream=is_stream)
        signature = signer.prepare(names, fields, composition.dated_at)
    return CompiledMessage(
        fields=fields,
        boundary=boundary,
        text=text,
        html=html_part,
        message_id_domain=checked_domain("Message-ID", composition.message_id_domain),
        message_id_secret=composition.message_id_secret,
        is_stream=is_stream,
        signature=signature,
    )


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
