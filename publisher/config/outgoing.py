"""Requests of ours: `[outgoing]`."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator

from publisher.config.section import Section

__all__ = ["Outgoing"]


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError as error:
        msg = "is not a network such as 10.1.0.0/16"
        raise ValueError(msg) from error
    return text


class Outgoing(Section):
    """`[outgoing]`: requests that somebody outside asks us to make."""

    allow: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    """Networks that such requests may go to although they are not public, as
    10.1.0.0/16; for development."""
