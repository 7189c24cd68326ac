"""Addresses as keyed hashes: one can be known again, and none can be read back.

A plain hash of an address is no protection: whoever has a list of addresses hashes them
all and compares. With a secret beside the store only its holder can.
"""

import hashlib
import hmac

__all__ = ["fingerprint", "hashed_address", "hashed_record"]

_ADDRESS = b"publisher address\0"
_RECORD = b"publisher record\0"
_FINGERPRINT = b"publisher address secret\0"


def hashed_address(address_key: str, secret: bytes) -> str:
    """Return the keyed hash of an address in its canonical spelling: 64 hex digits."""
    return _mac(_ADDRESS + address_key.encode(), secret)


def hashed_record(text: str, secret: bytes) -> str:
    """Return the keyed hash of a record: whoever kept a copy can prove what it said."""
    return _mac(_RECORD + text.encode(), secret)


def fingerprint(secret: bytes) -> str:
    """Return what tells a secret from others and gives nothing of it away."""
    return _mac(_FINGERPRINT, secret)


def _mac(text: bytes, secret: bytes) -> str:
    return hmac.new(secret, text, hashlib.sha256).hexdigest()
