"""Signed tokens for links in mails: short, of constant length, without expiry.

A token is purpose (1 byte), key number (1), subject (6, big-endian) and a MAC (16),
in URL-safe base64: 32 characters. It opens only what its purpose names; the subject is
a row number and says nothing about a person.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from publisher.errors import TokenError
from publisher.model.mac import mac

__all__ = ["Purpose", "TokenKeys"]

_MAC_BYTES = 16
_HEAD_BYTES = 8


class Purpose(Enum):
    """What a token lets its bearer do; the value is the byte it is written as."""

    LEAVE = 1
    """Leave one subscription. Stands in forwarded mails, so it opens nothing else."""
    PREFERENCES = 2
    """See and change one subscriber's choices."""
    EDITION = 3
    """Read what some readers of an edition got. Names their segment, and no reader."""
    CONFIRM = 4
    """Confirm one request to join."""
    ADDRESS = 5
    """Confirm that a subscriber's new address is theirs. Names the change."""
    EXPORT = 6
    """Fetch one export of what we know of a subscriber."""
    LEAVE_ALL = 7
    """Leave all digests. Names a subscriber, and opens nothing of theirs."""
    RETURN = 8
    """Come back to a subscription just left, from the page that said goodbye."""
    FORM = 9
    """Send a form. Names the second at which the form was shown, and nobody."""


@dataclass(frozen=True)
class TokenKeys:
    """The signing keys by number; new tokens are signed with `current`.

    Keep a retired key in `keys` for as long as links signed with it must work.
    """

    keys: Mapping[int, bytes] = field(repr=False)
    current: int

    def sign(self, purpose: Purpose, subject: int) -> str:
        """Return the token that lets its bearer do `purpose` to `subject`."""
        head = bytes([purpose.value, self.current]) + subject.to_bytes(6, "big")
        mac = self._mac(self.secret, head)
        return base64.urlsafe_b64encode(head + mac).decode("ascii")

    def subject(self, purpose: Purpose, token: str) -> int:
        """Return a token's subject; raises TokenError unless we signed it for this."""
        try:
            raw = base64.urlsafe_b64decode(token.encode("ascii"))
        except (UnicodeEncodeError, binascii.Error):
            raw = b""
        head, mac = raw[:_HEAD_BYTES], raw[_HEAD_BYTES:]
        key = self.keys.get(head[1]) if len(head) == _HEAD_BYTES else None
        is_ours = key is not None and hmac.compare_digest(self._mac(key, head), mac)
        if not is_ours or head[0] != purpose.value:
            msg = f"this link is not a valid {purpose.name.lower()} link"
            raise TokenError(msg)
        return int.from_bytes(head[2:], "big")

    def as_of(self, number: int) -> "TokenKeys":
        """Return the keys as they were when `number` was the current one.

        What was begun under a key is finished under it, so that a retry is the same
        message (law 11). Where that key was thrown away the present one stands in.
        """
        if number == self.current or number not in self.keys:
            return self
        return replace(self, current=number)

    @property
    def secret(self) -> bytes:
        """The current key, for MACs of other kinds than tokens."""
        return self.keys[self.current]

    def _mac(self, key: bytes, head: bytes) -> bytes:
        return mac(key, head)[:_MAC_BYTES]
