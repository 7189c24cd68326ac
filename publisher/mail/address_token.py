"""Tokens for local parts of addresses: a number under a MAC, for one purpose.

With a number may stand the generation of the store it is of; 0 is the first, and needs
no room.

In small base32, because some mail servers fold the case of local parts, and under a
MAC, because anybody can write to an address.
"""

import base64
import binascii
import hmac
import re

from publisher.errors import HeaderError
from publisher.model.mac import mac

__all__ = ["name_in", "number_in", "takes_tokens", "with_token"]

ID_BYTES = 6
MAC_BYTES = 9
GENERATION_BYTES = 4
LONG_MAC_BYTES = 10
"""Beside a generation, so that the token is a whole number of letters again."""
MAX_LOCAL = 64
"""Octets of a local part (RFC 5321 section 4.5.3.1.1)."""

_TOKEN = re.compile(r"(?<![a-z2-7])[a-z2-7]{24}(?:[a-z2-7]{8})?(?![a-z2-7])")


def takes_tokens(address: str) -> bool:
    """Tell whether an address has a place for a token: its local part ends in `+`."""
    return address.rpartition("@")[0].endswith("+")


def with_token(
    address: str, number: int, secret: bytes, purpose: bytes, generation: int = 0
) -> str:
    """Return `b+token@domain` for `b+@domain`, the same whenever it is asked for.

    Raises HeaderError when the local part gets too long.
    """
    local, _, domain = address.rpartition("@")
    head, length = number.to_bytes(ID_BYTES, "big"), MAC_BYTES
    if generation:
        head += generation.to_bytes(GENERATION_BYTES, "big")
        length = LONG_MAC_BYTES
    code = mac(secret, purpose + head)[:length]
    token = base64.b32encode(head + code).decode().lower()
    if len(local) + len(token) > MAX_LOCAL:
        msg = (
            f'address "{address}": with a token of {len(token)} its local'
            f" part is longer than {MAX_LOCAL}; choose a shorter one"
        )
        raise HeaderError(msg)
    return f"{local}{token}@{domain}"


def name_in(text: str, secret: bytes, purpose: bytes) -> tuple[int, int] | None:
    """Return number and generation of the first token of ours in a text, or None.

    Forgives capitals, and whatever stands around it.
    """
    for token in _TOKEN.findall(text.lower()):
        try:
            raw = base64.b32decode(token.upper())
        except binascii.Error:
            continue
        is_long = len(raw) > ID_BYTES + MAC_BYTES
        length = LONG_MAC_BYTES if is_long else MAC_BYTES
        head, code = raw[:-length], raw[-length:]
        if hmac.compare_digest(mac(secret, purpose + head)[:length], code):
            number, generation = head[:ID_BYTES], head[ID_BYTES:]
            return int.from_bytes(number, "big"), int.from_bytes(generation, "big")
    return None


def number_in(text: str, secret: bytes, purpose: bytes) -> int | None:
    """Return the number of the first token of ours in a text, or None."""
    found = name_in(text, secret, purpose)
    return found[0] if found is not None else None
