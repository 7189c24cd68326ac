"""Messages as bytes: joined from encoded pieces, finished for each reader.

The same pieces, heading and reader always give the same bytes (law 11): date, boundary
and Message-ID come from what is given, nothing from a clock or a random source.
"""

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from hashlib import sha256

from publisher.errors import TemplateError
from publisher.mail.dkim.signing import Opening, Signer, relaxed, unsigned
from publisher.mail.draft import Draft
from publisher.mail.fields import (
    Composition,
    Heading,
    Personal,
    Stream,
    checked_domain,
    common_fields,
    own_field_names,
    own_fields,
)
from publisher.mail.headers import encode_header
from publisher.mail.splice import SplicedBody, splice
from publisher.model.content import Piece
from publisher.rendering.slots import for_mail, markup

__all__ = [
    "CompiledMessage",
    "Composition",
    "Heading",
    "Personal",
    "Press",
    "Stream",
    "compile_message",
]

SLOTS = frozenset({"edition_url", "preferences_url", "leave_url", "address"})

_MARKUP = re.compile(r"[&<>\"']")

PIECES_KEPT = 2_048
"""Encoded pieces in memory, about 8 KB each."""
LETTERHEADS_KEPT = 64
SUBJECTS_KEPT = 512


@dataclass(frozen=True, slots=True)
class EncodedPiece:
    """A piece in base64, whole lines of it, so that others can follow."""

    text: SplicedBody
    html: SplicedBody


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The fields of all messages of an edition in one language, encoded.

    `openings` are the beginnings of their signatures; the rest in the relaxed form.
    """

    heading: Heading
    before: bytes
    after: bytes
    domain: str
    openings: tuple[Opening, ...]
    relaxed_before: bytes
    relaxed_after: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledMessage:
    """A message of which only the reader's own parts are missing.

    `prefix` is the body up to the first value that differs from reader to reader;
    `plain` and `escaped` are the values that all of them get alike.
    """

    letterhead: Letterhead
    fields: bytes
    relaxed_fields: bytes = field(repr=False)
    boundary: bytes
    prefix: bytes = field(repr=False)
    prefix_hash: "hashlib._Hash" = field(repr=False)
    text: tuple[SplicedBody, ...] = field(repr=False)
    html: tuple[SplicedBody, ...] = field(repr=False)
    plain: Mapping[str, bytes]
    escaped: Mapping[str, bytes]

    def for_reader(self, reader: Personal) -> bytes:
        """Return the whole message for one reader, signed; raises HeaderError."""
        return self.draft(reader).signed_here()

    def draft(self, reader: Personal) -> Draft:
        """Return one reader's message but for the signatures; raises HeaderError."""
        heading = self.letterhead.heading
        own = own_fields(
            reader,
            heading.message_id_secret,
            self.letterhead.domain,
            is_stream=heading.stream is not None,
        )
        rest = self._rest(reader)
        still = None
        if self.letterhead.openings:
            hashed = self.prefix_hash.copy()
            hashed.update(rest)
            still = unsigned(
                self.letterhead.openings, own, self.relaxed_fields, hashed.digest()
            )
        return Draft(still, (*own, self.fields, b"\r\n", self.prefix, rest))

    def _rest(self, reader: Personal) -> bytes:
        """Return the body from the first value on: the HTML last and so preferred."""
        own = reader.values
        plain = {name: value.encode() for name, value in own.items()}
        escaped = plain
        if _MARKUP.search("".join(own.values())):
            escaped = {name: html.escape(text).encode() for name, text in own.items()}
        plain, escaped = {**self.plain, **plain}, {**self.escaped, **escaped}
        pieces: list[bytes] = []
        for body in self.text:
            pieces += body.fill(plain)
        pieces.append(_part_head(self.boundary, b"html"))
        for body in self.html:
            pieces += body.fill(escaped) if body.windows else (body.before.lines,)
        pieces.append(b"--%b--\r\n" % self.boundary)
        return b"".join(pieces)


class Press:
    """Joins messages; keeps what it has encoded. Any number of threads may ask."""

    def __init__(self) -> None:
        """Begin with nothing kept."""
        self._encoded = lru_cache(PIECES_KEPT)(_encoded)
        self._letterhead = lru_cache(LETTERHEADS_KEPT)(_letterhead)
        self._subject = lru_cache(SUBJECTS_KEPT)(partial(encode_header, "Subject"))

    def join(
        self,
        heading: Heading,
        subject: str,
        pieces: Sequence[Piece],
        *,
        key: str,
        values: Mapping[str, str] | None = None,
        signer: Signer | None = None,
    ) -> CompiledMessage:
        """Return what readers get of some pieces; `key` names their content.

        `values` are filled in for all readers alike. Raises HeaderError for a value
        that may not stand in a header, TemplateError when a piece has a slot that
        nobody fills, or a stream's message has no way to leave it.
        """
        last = len(pieces) - 1
        encoded = [
            self._encoded(piece, number == last) for number, piece in enumerate(pieces)
        ]
        text = tuple(piece.text for piece in encoded)
        html_parts = tuple(piece.html for piece in encoded)
        known = SLOTS | (values or {}).keys()
        for kind, parts in (("text", text), ("html", html_parts)):
            _check_slots(kind, parts, known, heading)
        letterhead = self._letterhead(heading, signer)
        boundary = (
            b"=_" + sha256(key.encode("utf-8", "replace")).hexdigest()[:32].encode()
        )
        return _compiled(
            letterhead, self._subject(subject), boundary, (text, html_parts), values
        )


def _compiled(
    letterhead: Letterhead,
    subject: bytes,
    boundary: bytes,
    parts: tuple[tuple[SplicedBody, ...], tuple[SplicedBody, ...]],
    values: Mapping[str, str] | None,
) -> CompiledMessage:
    content = b'Content-Type: multipart/alternative;\r\n boundary="%b"\r\n' % boundary
    text, html_parts = parts
    shared = values or {}
    constant = next(
        (n for n, body in enumerate(text) if body.windows), len(text)
    )  # Pieces before the first that differs from reader to reader.
    prefix = b"".join(
        [_part_head(boundary, b"plain"), *(b.before.lines for b in text[:constant])]
    )
    relaxed_fields = b""
    if letterhead.openings:
        relaxed_fields = b"".join(
            (
                letterhead.relaxed_before,
                relaxed(subject),
                letterhead.relaxed_after,
                relaxed(content),
            )
        )
    return CompiledMessage(
        letterhead=letterhead,
        fields=b"".join((letterhead.before, subject, letterhead.after, content)),
        relaxed_fields=relaxed_fields,
        boundary=boundary,
        prefix=prefix,
        prefix_hash=sha256(prefix if letterhead.openings else b""),
        text=text[constant:],
        html=html_parts,
        plain={name: text.encode() for name, text in shared.items()},
        escaped={name: markup(text).encode() for name, text in shared.items()},
    )


def compile_message(
    composition: Composition, signer: Signer | None = None
) -> CompiledMessage:
    """Encode once a message that does not come in pieces; raises like `Press.join`."""
    content = f"{composition.subject}\0{composition.text}\0{composition.html}"
    heading = Heading(
        language=composition.language,
        dated_at=composition.dated_at,
        sender=composition.sender,
        reply_to=composition.reply_to,
        message_id_domain=composition.message_id_domain,
        message_id_secret=composition.message_id_secret,
        stream=composition.stream,
        kind=composition.kind,
    )
    return Press().join(
        heading,
        composition.subject,
        [Piece(composition.text, composition.html)],
        key=content,
        signer=signer,
    )


def _encoded(piece: Piece, is_last: bool) -> EncodedPiece:  # noqa: FBT001 (a cache's key)
    page = for_mail(piece.html)
    if is_last:
        return EncodedPiece(splice(_ended(piece.text)), splice(_ended(page)))
    return EncodedPiece(splice(piece.text, is_last=False), splice(page, is_last=False))


def _letterhead(heading: Heading, signer: Signer | None) -> Letterhead:
    before, after = common_fields(heading)
    openings: tuple[Opening, ...] = ()
    if signer is not None:
        is_stream = heading.stream is not None
        common = (*before, b"Subject:", *after, b"Content-Type:")
        names = [field.partition(b":")[0].decode() for field in common]
        own = own_field_names(is_stream=is_stream)
        openings = signer.prepare([*own, *names], heading.dated_at)
    return Letterhead(
        heading,
        b"".join(before),
        b"".join(after),
        checked_domain("Message-ID", heading.message_id_domain),
        openings,
        b"".join(map(relaxed, before)),
        b"".join(map(relaxed, after)),
    )


def _check_slots(
    kind: str, parts: Sequence[SplicedBody], known: frozenset[str], heading: Heading
) -> None:
    used: frozenset[str] = frozenset().union(
        *(part.slots for part in parts if part.windows)
    )
    if unknown := sorted(used - known):
        listed = ", ".join(sorted(known))
        msg = f'the {kind} part uses the slot "{unknown[0]}"; readers have: {listed}'
        raise TemplateError(msg)
    if heading.stream is not None and "leave_url" not in used:
        msg = (
            f'the {kind} part of "{heading.stream.key}" has no link to leave:'
            " its template must show personal.leave_url"
        )
        raise TemplateError(msg)


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _part_head(boundary: bytes, kind: bytes) -> bytes:
    return (
        b"--%b\r\nContent-Type: text/%b; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" % (boundary, kind)
    )
