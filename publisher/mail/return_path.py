"""Return addresses that name the delivery (VERP), so that a report finds its reader.

Half of all reports come back without anything else that names the message. The token
is in small base32, because some mail servers fold the case of local parts, and bears a
MAC, because anybody can write to a return address.
"""

import base64
import binascii
import hmac
import re

from publisher.errors import HeaderError

__all__ = [
    "delivery_in_return_path",
    "letter_in_return_path",
    "make_letter_return_path",
    "make_return_path",
    "takes_tokens",
]

PURPOSE = b"publisher return path\0"
OF_LETTERS = b"publisher return path of letters\0"
ID_BYTES = 6
MAC_BYTES = 9
MAX_LOCAL = 64
"""Octets of a local part (RFC 5321 section 4.5.3.1.1)."""

_TOKEN = re.compile(r"\+([a-z2-7]{24})(?![a-z2-7])")


def takes_tokens(return_address: str) -> bool:
    """Tell whether an address has a place for a token: its local part ends in `+`."""
    return return_address.rpartition("@")[0].endswith("+")


def make_return_path(return_address: str, delivery_id: int, secret: bytes) -> str:
    """Return `b+token@domain` for `b+@domain`, and any other address as it is.

    The same for every attempt. Raises HeaderError when the local part gets too long.
    """
    return _made(return_address, delivery_id, secret, PURPOSE)


def make_letter_return_path(return_address: str, letter_id: int, secret: bytes) -> str:
    """Return the same for a letter, whose numbers are others than deliveries'."""
    return _made(return_address, letter_id, secret, OF_LETTERS)


def delivery_in_return_path(address: str, secret: bytes) -> int | None:
    """Return the number of the delivery that an address of ours names, or None.

    Forgives capitals, and what relays wrap around return addresses (BATV, SRS).
    """
    return _number_in(address, secret, PURPOSE)


def letter_in_return_path(address: str, secret: bytes) -> int | None:
    """Return the number of the letter that an address of ours names, or None."""
    return _number_in(address, secret, OF_LETTERS)


def _made(return_address: str, number: int, secret: bytes, purpose: bytes) -> str:
    if not takes_tokens(return_address):
        return return_address
    local, _, domain = return_address.rpartition("@")
    head = number.to_bytes(ID_BYTES, "big")
    token = base64.b32encode(head + _mac(head, secret, purpose)).decode().lower()
    if len(local) + len(token) > MAX_LOCAL:
        msg = (
            f'return address "{return_address}": with a token of {len(token)} its local'
            f" part is longer than {MAX_LOCAL}; choose a shorter one"
        )
        raise HeaderError(msg)
    return f"{local}{token}@{domain}"


def _number_in(address: str, secret: bytes, purpose: bytes) -> int | None:
    for token in _TOKEN.findall(address.lower()):
        try:
            raw = base64.b32decode(token.upper())
        except binascii.Error:
            continue
        head, mac = raw[:ID_BYTES], raw[ID_BYTES:]
        if hmac.compare_digest(_mac(head, secret, purpose), mac):
            return int.from_bytes(head, "big")
    return None


def _mac(head: bytes, secret: bytes, purpose: bytes) -> bytes:
    return hmac.digest(secret, purpose + head, "sha256")[:MAC_BYTES]
