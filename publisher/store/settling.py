"""The statements that settle a batch of deliveries: one for all that ended alike."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    Update,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from publisher.model.delivery import DeliveryState
from publisher.store.chains import Chain, Step, chained
from publisher.store.lists import among, listed
from publisher.store.schema.editions import attempt, delivery, edition
from publisher.store.schema.metadata import BIG_ID, UtcDateTime
from publisher.store.schema.readers import subscription
from publisher.store.upsert import greater

__all__ = ["ANSWERED", "MAX_REPLY", "advance_cursors", "settling"]

MAX_REPLY = 1000

ANSWERED = ("outcome", "phase", "code", "reply")
"""What an attempt keeps of a reply; empty until there is one."""

TOLD: dict[str, TypeEngine[Any]] = {
    "of": BIG_ID,
    "tried": Integer(),
    "outcome": Text(),
    "phase": Text(),
    "code": Integer(),
    "reply": Text(),
}


@cache
def settling(dialect: str, state: DeliveryState, *, has_begun: bool) -> Chain:
    """Return what gives deliveries a state, closes attempts and moves readers on.

    It takes `ids` and `told` about them, a reason `why`, the time `at` which it is and
    `again_at` which they are due.
    """
    before = DeliveryState.BEGUN if has_begun else DeliveryState.WAITING
    told = listed(dialect, "told", TOLD)
    at = bindparam("at", type_=UtcDateTime())
    changed = (
        update(delivery)
        .where(
            # The numbers alone are looked up in the key.
            among(dialect, delivery.c.id, "ids"),
            delivery.c.id == told.c.of,
            delivery.c.attempts == told.c.tried,
            delivery.c.state == before.value,
        )
        .values(
            state=state.value,
            reason=bindparam("why"),
            ready_at=bindparam("again_at", type_=UtcDateTime()),
            attempts=delivery.c.attempts + (0 if has_begun else 1),
            settled_at=at if state.is_final else None,
        )
        .returning(delivery.c.id, delivery.c.edition_id, delivery.c.subscription_id)
    )
    steps: list[Step] = []
    if has_begun:
        # Also of one whose delivery has gone on: it was answered all the same.
        steps.append(lambda _: _close_attempts(dialect, told, at))
    if state is DeliveryState.SENT:
        steps.append(lambda changed: advance_cursors(dialect, changed))
    return chained(dialect, changed, steps)


def _close_attempts(dialect: str, told: Any, at: ColumnElement[datetime]) -> Update:  # noqa: ANN401
    """Keep what was answered, once; only a doubt may be cleared afterwards."""
    return (
        update(attempt)
        .where(
            among(dialect, attempt.c.delivery_id, "ids"),
            attempt.c.delivery_id == told.c.of,
            attempt.c.number == told.c.tried,
            or_(attempt.c.outcome == "", attempt.c.outcome == "doubt"),
        )
        .values(ended_at=at, **{name: told.c[name] for name in ANSWERED})
    )


def advance_cursors(dialect: str, changed: Any) -> Update:  # noqa: ANN401 (a CTE, or a list)
    """Count an edition's articles as had by the readers who were sent it (law 8)."""
    reached = (
        select(changed.c.subscription_id, func.max(edition.c.up_to).label("up_to"))
        .join(edition, edition.c.id == changed.c.edition_id)
        .group_by(changed.c.subscription_id)
        .subquery("reached")
    )
    return (
        update(subscription)
        .where(subscription.c.id == reached.c.subscription_id)
        .values(cursor=greater(dialect, subscription.c.cursor, reached.c.up_to))
    )
