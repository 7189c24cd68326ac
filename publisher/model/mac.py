"""Message authentication codes (RFC 2104 with SHA-256), many under a few keys.

A message to a reader bears five of them. `hmac.digest` sets its key up anew each time
and, worse, lets go of the interpreter: in a process whose other threads are busy it
took 33 µs a call to get it back. Here a key is set up once, and that is copied.
"""

import hmac
from functools import lru_cache

__all__ = ["mac"]

KEYS_KEPT = 64


def mac(key: bytes, data: bytes) -> bytes:
    """Return the 32 bytes of a code that only who has the key can make."""
    code = _keyed(key).copy()
    code.update(data)
    return code.digest()


@lru_cache(KEYS_KEPT)
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")
