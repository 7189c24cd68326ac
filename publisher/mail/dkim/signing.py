"""DKIM signatures (RFC 6376, relaxed/simple), as much as possible made once.

What all readers of a segment share is made canonical once; per message there remain
the reader's own fields, the hash of the body and the signature. The body is sent in
base64 with short lines, so that the simple form of it is the body itself.

The time in the signature is when the message was composed: the same fields, body and
key always give the same signature (law 11). Another key, after a rotation, gives a
retry another signature over the same message, as the old one may no longer be found.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from publisher.errors import ConfigError, SubscriberError
from publisher.mail.address import ascii_domain
from publisher.mail.dkim.keys import DkimKey, DnsRecord, dns_record

__all__ = ["Opening", "Signer", "Unsigned", "relaxed", "unsigned"]

GUARDED = ("from", "reply-to", "to", "subject", "date")
"""Named once more than they stand there, so that nobody can add another one (RFC 6376
section 8.15): what mail programs show."""

LINE = 72
_BLANKS = re.compile(rb"[ \t\r\n]+")
_SELECTOR = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9-]{1,63})*")


def relaxed(header_field: bytes) -> bytes:
    """Return a field in the relaxed form (RFC 6376 section 3.4.2)."""
    name, _, value = header_field.partition(b":")
    return b"%b:%b\r\n" % (name.strip().lower(), _BLANKS.sub(b" ", value).strip())


@dataclass(frozen=True, slots=True)
class Opening:
    """One key's field up to the hash of the body: as sent and in the relaxed form."""

    key: DkimKey
    sent: bytes
    canonical: bytes

    def digest(self, canonical_fields: bytes, body_hash: bytes) -> bytes:
        """Return the SHA-256 hash that is to be signed; `body_hash` is in base64."""
        signed = b"%b%b bh=%b; b=" % (canonical_fields, self.canonical, body_hash)
        return sha256(signed).digest()

    def field(self, body_hash: bytes, signature: bytes) -> bytes:
        """Return the whole DKIM-Signature field."""
        encoded = base64.b64encode(signature)
        lines = [
            encoded[start : start + LINE] for start in range(0, len(encoded), LINE)
        ]
        return b"%b bh=%b;\r\n b=%b\r\n" % (self.sent, body_hash, b"\r\n ".join(lines))


@dataclass(frozen=True, slots=True)
class Unsigned:
    """What is to be signed of a message, once by each key; `digests` go with them."""

    openings: Sequence[Opening]
    body_hash: bytes
    digests: Sequence[bytes]

    def sign(self) -> list[bytes]:
        """Return the signatures, made here and now."""
        pairs = zip(self.openings, self.digests, strict=True)
        return [opening.key.sign(digest) for opening, digest in pairs]

    def fields(self, signatures: Sequence[bytes]) -> bytes:
        """Return the DKIM-Signature fields."""
        pairs = zip(self.openings, signatures, strict=True)
        return b"".join(
            [opening.field(self.body_hash, each) for opening, each in pairs]
        )


def unsigned(
    openings: Sequence[Opening], own: Sequence[bytes], common: bytes, body_hash: bytes
) -> Unsigned:
    """Return what the keys have to sign.

    `own` are a reader's fields and `common` the others in the relaxed form, together
    those that were announced; `body_hash` is the SHA-256 of the body, which ends in
    exactly one CRLF.
    """
    fields, hashed = b"".join([*map(relaxed, own), common]), base64.b64encode(body_hash)
    return Unsigned(
        openings, hashed, [opening.digest(fields, hashed) for opening in openings]
    )


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for a domain with one key or several."""

    domain: str
    keys: tuple[DkimKey, ...]

    def __post_init__(self) -> None:
        """Raise ConfigError for what cannot stand in a signature."""
        try:
            ascii_form = ascii_domain(self.domain)
        except SubscriberError as error:
            msg = f"mail.dkim.domain: {error}"
            raise ConfigError([msg]) from None
        object.__setattr__(self, "domain", ascii_form)
        for key in self.keys:
            if not _SELECTOR.fullmatch(key.selector):
                msg = (
                    f'mail.dkim: "{key.selector}" cannot be a selector; use small'
                    " letters, digits and dashes"
                )
                raise ConfigError([msg])

    @property
    def records(self) -> tuple[DnsRecord, ...]:
        """The records that the domain must have for the signatures to be verified."""
        return tuple(dns_record(key, self.domain) for key in self.keys)

    def prepare(self, names: Sequence[str], signed_at: datetime) -> tuple[Opening, ...]:
        """Announce the names of the fields, in the order in which they are signed."""
        named = [name.lower() for name in names]
        named += [name for name in GUARDED if name in named]
        return tuple(self._opening(key, named, signed_at) for key in self.keys)

    def _opening(
        self, key: DkimKey, names: Sequence[str], signed_at: datetime
    ) -> Opening:
        lines = [
            f"v=1; a={key.algorithm}; c=relaxed/simple;",
            f"d={self.domain};",
            f"s={key.selector}; t={int(signed_at.timestamp())};",
            *_listed(names),
        ]
        return Opening(
            key,
            "\r\n ".join([f"DKIM-Signature: {lines[0]}", *lines[1:], ""])
            .removesuffix(" ")
            .encode(),
            f"dkim-signature:{' '.join(lines)}".encode(),
        )


def _listed(names: Sequence[str]) -> list[str]:
    """Return the tag h= in lines, each to be begun with a blank."""
    lines = ["h="]
    for number, name in enumerate(names, start=1):
        piece = f"{name}{';' if number == len(names) else ':'}"
        if len(lines[-1]) + len(piece) > LINE:
            lines.append(piece)
        else:
            lines[-1] += piece
    return lines
