"""What relays replied about a reader's messages, which may name the reader."""

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Select, select, update

from publisher.model.delivery import UNDER_WAY, DeliveryState
from publisher.store.engine import Transaction
from publisher.store.lists import among
from publisher.store.schema.editions import attempt, delivery
from publisher.store.schema.readers import subscription

__all__ = ["FORGOTTEN", "forget_late_replies", "forget_replies"]

FORGOTTEN = "reason forgotten"
"""Stands for a reason in somebody else's words; the attempt keeps phase and code."""

_OUR_WORDS = ("in doubt: %", "not accepted; %", "operator: %")
_QUOTING = [
    DeliveryState.FAILED.value,
    DeliveryState.EXPIRED.value,
    DeliveryState.HELD.value,
]

_UNDER_WAY_OR_SENT = [*UNDER_WAY, DeliveryState.SENT.value]
"""These need no reason."""


def forget_replies(tx: Transaction, delivery_ids: Collection[int]) -> int:
    """Empty what was replied about some deliveries; return how many replies it was."""
    tx.execute(
        update(delivery)
        .where(
            delivery.c.id.in_(delivery_ids),
            delivery.c.state.in_(_QUOTING),
            delivery.c.reason != "",
            *(delivery.c.reason.not_like(words) for words in _OUR_WORDS),
        )
        .values(reason=FORGOTTEN)
    )
    tx.execute(
        update(delivery)
        .where(
            delivery.c.id.in_(delivery_ids),
            delivery.c.state.in_(_UNDER_WAY_OR_SENT),
            delivery.c.reason != "",
        )
        .values(reason="")
    )
    emptied = tx.execute(
        update(attempt)
        .where(attempt.c.delivery_id.in_(delivery_ids), attempt.c.reply != "")
        .values(reply="")
    )
    return emptied.rowcount


def forget_late_replies(tx: Transaction, delivery_ids: Collection[int]) -> None:
    """Keep nothing that is replied about messages of who was erased meanwhile."""
    late = _of_erased(tx.dialect.name)
    if found := list(tx.execute(late, {"ids": list(delivery_ids)}).scalars()):
        forget_replies(tx, found)


@cache
def _of_erased(dialect: str) -> Select[Any]:
    return (
        select(delivery.c.id)
        .join(subscription, subscription.c.id == delivery.c.subscription_id)
        .where(among(dialect, delivery.c.id, "ids"), subscription.c.state == "erased")
    )
