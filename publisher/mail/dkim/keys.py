"""Keys that sign our messages: made, loaded, and as the DNS must show them."""

import base64
from dataclasses import dataclass, field
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from publisher.errors import ConfigError

__all__ = ["Algorithm", "DkimKey", "DnsRecord", "dns_record", "load_key", "make_key"]

Algorithm: TypeAlias = str
"""`rsa-sha256` (RFC 6376) or `ed25519-sha256` (RFC 8463)."""

RSA, ED25519 = "rsa-sha256", "ed25519-sha256"
RSA_BITS = 2048
MOST_RSA_BITS = 4096
ED25519_BYTES = 64
DIGEST_BYTES = 32
"""What is signed: a SHA-256 hash."""
MAX_TXT = 255
"""Bytes in one string of a TXT record (RFC 1035 section 3.3)."""

_PADDING, _HASHED = padding.PKCS1v15(), Prehashed(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key under the selector that its public half is found by."""

    selector: str
    private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> Algorithm:
        return RSA if isinstance(self.private, rsa.RSAPrivateKey) else ED25519

    @property
    def strength(self) -> str:
        """What kind of key it is, for people."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            return f"RSA-{self.private.key_size}"
        return "Ed25519"

    @property
    def signature_bytes(self) -> int:
        """How long a signature is."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.key_size // 8
        return ED25519_BYTES

    @property
    def pem(self) -> bytes:
        """The private key itself, not encrypted: for a process of our own."""
        return _pem(self.private)

    def sign(self, digest: bytes) -> bytes:
        """Return the signature of a SHA-256 hash; the same always gives the same.

        RFC 8463 section 3: Ed25519 signs the hash as well.
        """
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(digest, _PADDING, _HASHED)
        return self.private.sign(digest)


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """A TXT record: its name and its text, whole and as a zone file writes it."""

    name: str
    text: str

    @property
    def quoted(self) -> str:
        pieces = [
            self.text[start : start + MAX_TXT]
            for start in range(0, len(self.text), MAX_TXT)
        ]
        return " ".join(f'"{piece}"' for piece in pieces)


def make_key(algorithm: Algorithm) -> bytes:
    """Return a new private key as PEM (PKCS 8, not encrypted)."""
    private = (
        rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
        if algorithm == RSA
        else ed25519.Ed25519PrivateKey.generate()
    )
    return _pem(private)


def _pem(private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def load_key(pem: bytes, algorithm: Algorithm, selector: str, name: str) -> DkimKey:
    """Return the key in a PEM; raises ConfigError calling it `name`.

    RSA keys have 2048 to 4096 bits: weaker ones are broken or ignored (RFC 8301),
    longer ones need not be verified and do not fit into many name servers.
    """
    try:
        private = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        reason = str(error).partition("(")[0].strip().rstrip(".")
        msg = f"{name} is no private key in PEM: {reason or 'unreadable'}; {_REMEDY}"
        raise ConfigError([msg]) from error
    if algorithm == ED25519 and isinstance(private, ed25519.Ed25519PrivateKey):
        return DkimKey(selector, private)
    if algorithm != RSA or not isinstance(private, rsa.RSAPrivateKey):
        msg = f"{name} is not a key for {algorithm}; {_REMEDY}"
        raise ConfigError([msg])
    if not RSA_BITS <= private.key_size <= MOST_RSA_BITS:
        msg = (
            f"{name} has {private.key_size} bits; receivers want {RSA_BITS} to"
            f" {MOST_RSA_BITS}; {_REMEDY}"
        )
        raise ConfigError([msg])
    return DkimKey(selector, private)


_REMEDY = "name another file, or have one made there by `publisher mail dkim`"


def dns_record(key: DkimKey, domain: str) -> DnsRecord:
    """Return the record that lets receivers verify what a key signs."""
    public = key.private.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        kind, form = "rsa", serialization.PublicFormat.SubjectPublicKeyInfo
        data = public.public_bytes(serialization.Encoding.DER, form)
    else:
        # RFC 8463 section 4.2: the bare key.
        kind, data = "ed25519", public.public_bytes_raw()
    text = f"v=DKIM1; k={kind}; p={base64.b64encode(data).decode()}"
    return DnsRecord(f"{key.selector}._domainkey.{domain}", text)
