"""Return addresses that name the message (VERP), so that a report finds its reader.

Half of all reports come back without anything else that names the message.
"""

from collections.abc import Mapping

from publisher.mail.address_token import name_in, takes_tokens, with_token
from publisher.mail.message_name import DeliveryName, LetterName, MessageName

__all__ = ["make_return_path", "name_in_return_path", "takes_tokens"]

PURPOSES: Mapping[type[MessageName], bytes] = {
    DeliveryName: b"publisher return path\0",
    LetterName: b"publisher return path of letters\0",
}
"""Under which a name is signed: no report about a letter is one about a delivery."""


def make_return_path(return_address: str, name: MessageName, secret: bytes) -> str:
    """Return `b+token@domain` for `b+@domain`, and any other address as it is.

    The same for every attempt. Raises HeaderError when the local part gets too long.
    """
    if not takes_tokens(return_address):
        return return_address
    purpose = PURPOSES[type(name)]
    return with_token(return_address, name.number, secret, purpose, name.generation)


def name_in_return_path(address: str, secret: bytes) -> MessageName | None:
    """Return the message that an address of ours names, or None.

    Forgives capitals, and what relays wrap around return addresses (BATV, SRS).
    """
    for kind, purpose in PURPOSES.items():
        found = name_in(address, secret, purpose)
        if found is not None:
            return kind(*found)
    return None
