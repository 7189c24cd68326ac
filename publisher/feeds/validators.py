"""What tells one state of a document from another: ETag, Last-Modified, its gzip."""

import hashlib
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum

__all__ = ["Encoding", "Validators", "compress", "validators_of"]

DIGEST_LENGTH = 32
LEVEL = 6
"""Level 9 takes three times as long for 4 % fewer bytes."""

# No time and no operating system in the header (RFC 1952 section 2.3.1).
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


class Encoding(StrEnum):
    """How the bytes travel; the value is the Content-Encoding."""

    IDENTITY = "identity"
    GZIP = "gzip"


@dataclass(frozen=True, slots=True)
class Validators:
    """The validators of a document (RFC 9110 section 8.8).

    `digest` comes from the uncompressed bytes, so that it is equal on machines whose
    zlib compresses differently. `modified_at` has whole seconds.
    """

    digest: str
    modified_at: datetime

    def etag(self, encoding: Encoding) -> str:
        """Return the strong entity tag of the document in an encoding, with quotes."""
        suffix = "" if encoding is Encoding.IDENTITY else f"-{encoding.value}"
        return f'"{self.digest}{suffix}"'

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


def compress(body: bytes) -> bytes:
    """Return the bytes as a gzip file that depends on nothing but them and on zlib."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    sums = zlib.crc32(body).to_bytes(4, "little")
    size = (len(body) & 0xFFFFFFFF).to_bytes(4, "little")
    packed = (packer.compress(body), packer.flush())
    return b"".join([_GZIP_HEADER, *packed, sums, size])
