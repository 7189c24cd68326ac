"""A message as it is before it is signed."""

from collections.abc import Sequence
from typing import NamedTuple

from publisher.mail.dkim.signing import Unsigned

__all__ = ["Draft"]


class Draft(NamedTuple):
    """A reader's message that lacks its signatures only, where there are any."""

    unsigned: Unsigned | None
    parts: tuple[bytes, ...]

    def signed(self, signatures: Sequence[bytes]) -> bytes:
        """Return the message with the signatures of what is `unsigned`, key by key."""
        fields = self.unsigned.fields(signatures) if self.unsigned else b""
        return b"".join((fields, *self.parts))

    def signed_here(self) -> bytes:
        """Return the message with signatures that are made here and now."""
        return self.signed(self.unsigned.sign() if self.unsigned else ())
