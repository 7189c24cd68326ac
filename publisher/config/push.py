"""Telling readers at once: `[push]`."""

from typing import Annotated, Literal

from pydantic import Field

from publisher.config.section import Section, Url

__all__ = ["Push"]


class Push(Section):
    """`[push]`: WebSub hubs, which bring feeds to who subscribed to them there."""

    own_hub: bool = True
    """Run a hub of our own at `/hub`, so that nobody else is needed."""
    hubs: tuple[Url, ...] = ()
    """Addresses of other hubs that are told of changes."""
    lease_days: Annotated[int, Field(ge=1, le=30)] = 10
    """How long a subscription to our hub lasts when none is asked for."""
    max_subscriptions: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    """Subscriptions to our hub in all."""
    max_per_host: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    """Subscriptions to our hub with callbacks on one host."""
    signature: Literal["sha256", "sha1"] = "sha256"
    """How deliveries of our hub are signed for who gave a secret."""
