"""What an attempt to send a message came to."""

from datetime import datetime
from typing import NamedTuple

from publisher.model.delivery import DeliveryState

__all__ = ["Verdict"]


class Verdict(NamedTuple):
    """What became of an attempt: the delivery's next state, and the reply.

    `may_recall` is False where the digest is known not to be an instant one: no newer
    edition has passed its reader over.
    """

    delivery_id: int
    number: int
    state: DeliveryState
    reason: str
    retry_at: datetime | None
    outcome: str
    phase: str
    code: int
    reply: str
    has_begun: bool
    may_recall: bool = True
