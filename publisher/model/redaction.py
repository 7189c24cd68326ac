"""Texts of other machines without the addresses of readers that they may name."""

import re

__all__ = ["without_addresses"]

_ADDRESS = re.compile(
    r"[^\s<>\"'(),:;\[\]=]+@[^\s<>\"'(),:;\[\]=]*[^\s<>\"'(),:;\[\]=.]"
)


def without_addresses(text: str) -> str:
    """Return a text with an ellipsis wherever something like an address stands."""
    return _ADDRESS.sub("…", text) if "@" in text else text
