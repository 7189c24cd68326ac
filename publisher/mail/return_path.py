"""Return addresses that name the delivery (VERP), so that a report finds its reader.

Half of all reports come back without anything else that names the message.
"""

from publisher.mail.address_token import name_in, number_in, takes_tokens, with_token
from publisher.mail.delivery_name import DeliveryName

__all__ = [
    "delivery_in_return_path",
    "letter_in_return_path",
    "make_letter_return_path",
    "make_return_path",
    "takes_tokens",
]

PURPOSE = b"publisher return path\0"
OF_LETTERS = b"publisher return path of letters\0"


def make_return_path(return_address: str, name: DeliveryName, secret: bytes) -> str:
    """Return `b+token@domain` for `b+@domain`, and any other address as it is.

    The same for every attempt. Raises HeaderError when the local part gets too long.
    """
    return _made(return_address, name, secret, PURPOSE)


def make_letter_return_path(return_address: str, letter_id: int, secret: bytes) -> str:
    """Return the same for a letter, whose numbers are others than deliveries'."""
    return _made(return_address, DeliveryName(letter_id), secret, OF_LETTERS)


def _made(
    return_address: str, name: DeliveryName, secret: bytes, purpose: bytes
) -> str:
    if not takes_tokens(return_address):
        return return_address
    return with_token(return_address, name.number, secret, purpose, name.generation)


def delivery_in_return_path(address: str, secret: bytes) -> DeliveryName | None:
    """Return the delivery that an address of ours names, or None.

    Forgives capitals, and what relays wrap around return addresses (BATV, SRS).
    """
    found = name_in(address, secret, PURPOSE)
    return DeliveryName(*found) if found is not None else None


def letter_in_return_path(address: str, secret: bytes) -> int | None:
    """Return the number of the letter that an address of ours names, or None."""
    return number_in(address, secret, OF_LETTERS)
