"""Tokens for local parts of addresses: a number under a MAC, for one purpose.

In small base32, because some mail servers fold the case of local parts, and under a
MAC, because anybody can write to an address.
"""

import base64
import binascii
import hmac
import re

from publisher.errors import HeaderError
from publisher.model.mac import mac

__all__ = ["number_in", "takes_tokens", "with_token"]

ID_BYTES = 6
MAC_BYTES = 9
MAX_LOCAL = 64
"""Octets of a local part (RFC 5321 section 4.5.3.1.1)."""

_TOKEN = re.compile(r"(?<![a-z2-7])[a-z2-7]{24}(?![a-z2-7])")


def takes_tokens(address: str) -> bool:
    """Tell whether an address has a place for a token: its local part ends in `+`."""
    return address.rpartition("@")[0].endswith("+")


def with_token(address: str, number: int, secret: bytes, purpose: bytes) -> str:
    """Return `b+token@domain` for `b+@domain`, the same whenever it is asked for.

    Raises HeaderError when the local part gets too long.
    """
    local, _, domain = address.rpartition("@")
    head = number.to_bytes(ID_BYTES, "big")
    token = base64.b32encode(head + _mac(head, secret, purpose)).decode().lower()
    if len(local) + len(token) > MAX_LOCAL:
        msg = (
            f'address "{address}": with a token of {len(token)} its local'
            f" part is longer than {MAX_LOCAL}; choose a shorter one"
        )
        raise HeaderError(msg)
    return f"{local}{token}@{domain}"


def number_in(text: str, secret: bytes, purpose: bytes) -> int | None:
    """Return the number of the first token of ours in a text, or None.

    Forgives capitals, and whatever stands around it.
    """
    for token in _TOKEN.findall(text.lower()):
        try:
            raw = base64.b32decode(token.upper())
        except binascii.Error:
            continue
        head, mac = raw[:ID_BYTES], raw[ID_BYTES:]
        if hmac.compare_digest(_mac(head, secret, purpose), mac):
            return int.from_bytes(head, "big")
    return None


def _mac(head: bytes, secret: bytes, purpose: bytes) -> bytes:
    return mac(secret, purpose + head)[:MAC_BYTES]
