"""Message-IDs: the same for every try of a delivery, and ours beyond doubt.

The delivery's key stands in it readably, so that an operator finds it in the log of the
relay, and under a MAC, so that a report which quotes it can be believed.
"""

import hmac
import re

from publisher.errors import HeaderError
from publisher.model.mac import mac

__all__ = ["find_key", "key_in_message_id", "make_message_id"]

PURPOSE = b"publisher message-id\0"
MAC_BYTES = 10

_KEY = re.compile(r"[a-z0-9-]{1,40}")
_DOMAIN = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_FIELD = re.compile(rb"^Message-ID: <([a-z0-9-]{1,40})\.", re.MULTILINE)
_MESSAGE_ID = re.compile(r"\s*<?([a-z0-9-]{1,40})\.([0-9a-f]{20})@[^\s<>@]+>?\s*")


def make_message_id(key: str, secret: bytes, domain: str) -> str:
    """Return `<key.mac@domain>`, which depends on nothing else; raises HeaderError.

    Keep the secret as long as deliveries are tried again: with another one a retry
    would be another message (law 11).
    """
    if not _KEY.fullmatch(key) or not _DOMAIN.fullmatch(domain):
        msg = (
            f'Message-ID: no id from the key "{key}" at "{domain}"; a key has up to 40'
            " small letters, digits and dashes, a domain is in lower case A-labels"
        )
        raise HeaderError(msg)
    return f"<{key}.{_mac(key, secret)}@{domain}>"


def key_in_message_id(text: str, secret: bytes) -> str | None:
    """Return the key of the delivery that a Message-ID names, None when it is not ours.

    Forgives lost angle brackets and capitals, which some mail servers cause.
    """
    found = _MESSAGE_ID.fullmatch(text.lower())
    if found is None or not hmac.compare_digest(_mac(found[1], secret), found[2]):
        return None
    return found[1]


def find_key(message: bytes) -> str | None:
    """Return the key in the Message-ID of a message that we have made, or None.

    Of one that somebody else may have made it proves nothing.
    """
    found = _FIELD.search(message)
    return found[1].decode("ascii") if found else None


def _mac(key: str, secret: bytes) -> str:
    return mac(secret, PURPOSE + key.encode())[:MAC_BYTES].hex()
