"""An independent verifier of signatures: dkimpy, with the keys of a signer as its DNS.

For Ed25519 dkimpy wants one more library; it gets the primitive from `cryptography`
here, and does everything else itself.
"""

from base64 import b64decode
from collections.abc import Callable, Sequence
from typing import TypeAlias

import dkim
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from publisher.mail.dkim.signing import Signer

__all__ = ["verdicts"]

LookUp: TypeAlias = Callable[..., bytes]


class Point:
    """A public key as dkimpy wants it."""

    def __init__(self, record: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(
            b64decode(record.partition(b"p=")[2])
        )

    def verify(self, digest: bytes, signature: bytes) -> None:
        """Remember whether the signature is one over the digest.

        It may not raise: dkimpy would look for an error of the library it lacks.
        """
        self.is_good = True
        try:
            self._key.verify(signature, digest)
        except InvalidSignature:
            self.is_good = False


class Verifier(dkim.DKIM):  # type: ignore[misc] # it has no types
    """dkimpy, for both kinds of keys."""

    def verify_sig(
        self,
        sig: dict[bytes, bytes],
        include_headers: list[bytes],
        sig_header: tuple[bytes, bytes],
        dnsfunc: LookUp,
    ) -> bool:
        if sig[b"a"] != b"ed25519-sha256":
            return bool(super().verify_sig(sig, include_headers, sig_header, dnsfunc))
        name = sig[b"s"] + b"._domainkey." + sig[b"d"] + b"."
        self.pk, self.keysize, self.ktag = Point(dnsfunc(name)), 256, b"ed25519"
        self.verify_sig_process(sig, include_headers, sig_header, dnsfunc)
        return self.pk.is_good


def verdicts(message: bytes, signer: Signer) -> Sequence[bool]:
    """Return whether each signature holds, in the order of the signer's keys."""
    published = {f"{r.name}.".encode(): r.text.encode() for r in signer.records}

    def look_up(name: bytes, timeout: int = 0) -> bytes:
        del timeout
        return published[name]

    def is_good(number: int) -> bool:
        try:
            return bool(Verifier(message).verify(number, dnsfunc=look_up))
        except dkim.DKIMException:
            return False

    return [is_good(number) for number in range(len(signer.keys))]
