"""What tells one state of a document from another: ETag, Last-Modified, encodings."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum

__all__ = ["Encoding", "Validators", "validators_of"]

DIGEST_LENGTH = 32

_SUFFIXES = {"identity": "", "gzip": "-gzip", "br": "-br"}
_HASTY_GZIP = "-gz"


class Encoding(StrEnum):
    """How the bytes travel; the value is the Content-Encoding."""

    IDENTITY = "identity"
    GZIP = "gzip"
    BROTLI = "br"


@dataclass(frozen=True, slots=True)
class Validators:
    """The validators of a document (RFC 9110 section 8.8).

    `digest` comes from the uncompressed bytes, so that it is equal on machines whose
    zlib compresses differently. `modified_at` has whole seconds. Until a document
    `is_packed` its gzip is one made in haste, and there is no brotli: other bytes, so
    another strong tag.
    """

    digest: str
    modified_at: datetime
    is_packed: bool = True

    @property
    def encodings(self) -> tuple[Encoding, ...]:
        """The encodings there are, the best first."""
        if self.is_packed:
            return Encoding.BROTLI, Encoding.GZIP, Encoding.IDENTITY
        return Encoding.GZIP, Encoding.IDENTITY

    def etag(self, encoding: Encoding) -> str:
        """Return the strong entity tag of the document in an encoding, with quotes."""
        suffix = _SUFFIXES[encoding.value]
        if encoding is Encoding.GZIP and not self.is_packed:
            suffix = _HASTY_GZIP
        return f'"{self.digest}{suffix}"'

    @property
    def issued(self) -> frozenset[str]:
        """Every tag that this state was ever sent with."""
        suffixes = (*_SUFFIXES.values(), _HASTY_GZIP)
        return frozenset(f'"{self.digest}{suffix}"' for suffix in suffixes)

    @property
    def last_modified(self) -> str:
        """The moment of the last change as an HTTP date."""
        return format_datetime(self.modified_at, usegmt=True)


def validators_of(body: bytes, updated_at: datetime) -> Validators:
    """Return the validators of a document's uncompressed bytes.

    `updated_at` is the head's, aware; HTTP dates know no fractions of seconds.
    """
    return Validators(
        hashlib.sha256(body).hexdigest()[:DIGEST_LENGTH],
        updated_at.astimezone(UTC).replace(microsecond=0),
    )
