"""Our own copies of lead pictures: how they are named and how wide they are."""

import base64
import hashlib

__all__ = ["LARGE", "SMALL", "WIDTHS", "picture_key", "picture_path"]

SMALL = 320
"""In pixels: a picture beside a headline, twice as wide as it is shown."""
LARGE = 1200
"""In pixels: a picture across a message of 600, for screens with twice the dots."""
WIDTHS = (SMALL, LARGE)

_KEY_BYTES = 15


def picture_key(url: str) -> str:
    """Return the name of the picture at an address: 24 small letters and digits.

    It comes from the address alone: another address is another picture, so that a
    copy may be kept for ever.
    """
    digest = hashlib.sha256(url.encode()).digest()[:_KEY_BYTES]
    return base64.b32encode(digest).decode("ascii").lower()


def picture_path(key: str, width: int) -> str:
    """Return the path at which a copy is served: `/pictures/<key>/<width>.jpg`."""
    return f"/pictures/{key}/{width}.jpg"
