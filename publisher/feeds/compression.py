"""The compressed twins of a document: in haste at first, with care when there is time.

A document is published with a gzip made in haste; a better one and brotli follow as
soon as nothing is left to be published. zlib-ng does the work of zlib in a third of the
time, where it is installed. The levels are reasoned in docs/decisions (0014).
"""

import logging
import zlib
from dataclasses import dataclass

import brotli

from publisher.model.feed import FeedFormat
from publisher.store import Store, documents

try:
    from zlib_ng.zlib_ng import compressobj
except ImportError:  # The extra `speed` is not installed.
    from zlib import compressobj  # type: ignore[assignment]

__all__ = ["Packer", "compress", "compress_in_haste", "compress_with_brotli"]

LEVEL = 6
"""Level 9 takes three times as long for 1 % fewer bytes."""
HASTY_LEVEL = 1
"""A tenth of the time, and up to 70 % more bytes, for the second that it lasts."""
QUALITY = 7
"""An eighth fewer bytes than gzip in the time of zlib; 11 takes 30 times as long."""

# No time and no operating system in the header (RFC 1952 section 2.3.1).
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

_log = logging.getLogger("publisher.feeds")


def compress(body: bytes, level: int = LEVEL) -> bytes:
    """Return the bytes as a gzip file that depends on nothing but them and on zlib."""
    packer = compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    sums = zlib.crc32(body).to_bytes(4, "little")
    size = (len(body) & 0xFFFFFFFF).to_bytes(4, "little")
    packed = (packer.compress(body), packer.flush())
    return b"".join([_GZIP_HEADER, *packed, sums, size])


def compress_in_haste(body: bytes) -> bytes:
    """Return the bytes as a larger gzip file, at a tenth of the time."""
    return compress(body, HASTY_LEVEL)


def compress_with_brotli(body: bytes) -> bytes:
    """Return the bytes as brotli (RFC 7932); never empty."""
    packed: bytes = brotli.compress(body, mode=brotli.MODE_TEXT, quality=QUALITY)
    return packed


@dataclass(frozen=True, slots=True)
class Packer:
    """Makes the twins of what was published in haste; any number may run."""

    store: Store

    def pack_waiting(self, limit: int = 5) -> int:
        """Pack up to `limit` documents; return how many.

        Does nothing, at the price of one small query, when all are packed.
        """
        packed = 0
        while packed < limit:
            found = self.store.query(documents.find_unpacked)
            if found is None:
                break
            self._pack(*found)
            packed += 1
        if packed:
            _log.debug("documents.packed count=%d", packed)
        return packed

    def _pack(self, feed_id: int, form: FeedFormat) -> None:
        document = self.store.query(documents.load_document, feed_id, form)
        if document is not None and not document.is_packed:
            # False when somebody changed or packed it meanwhile: nothing is lost.
            self.store.transact(
                documents.pack,
                document,
                gzip_body=compress(document.body),
                brotli_body=compress_with_brotli(document.body),
            )
