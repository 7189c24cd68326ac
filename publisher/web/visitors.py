"""Who asks for a feed: what is sent along with a request, and nothing kept of it."""

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["Visitor", "visitor_of"]


class Visitor(NamedTuple):
    """What tells one reader from another, as far as HTTP does.

    Behind a proxy that we do not know, `forwarded` tells its clients apart.
    """

    address: str
    user_agent: bytes
    forwarded: bytes
    is_many: bool
    """Whether it is a proxy that does not say for whom it asks."""


def visitor_of(client: tuple[str, int] | None, given: Mapping[bytes, bytes]) -> Visitor:
    """Return who asks, from the connection's other end and the request's headers."""
    forwarded = given.get(b"x-forwarded-for") or given.get(b"forwarded", b"")
    return Visitor(
        client[0] if client and not forwarded else "",
        given.get(b"user-agent", b""),
        forwarded,
        b"via" in given and not forwarded,
    )
