"""What lets deliveries begin, as statements: whatever may speak against is asked.

It is asked of each row by itself, by a subquery with one value. Of EXISTS, PostgreSQL
makes a join or a list, and where it once knew a table to be small it reads all of it.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    bindparam,
    exists,
    false,
    func,
    insert,
    literal,
    select,
    update,
)

from publisher.model.delivery import DeliveryState
from publisher.store.lists import among, beside
from publisher.store.schema.editions import attempt, chunk, delivery, segment
from publisher.store.schema.metadata import BIG_ID, UtcDateTime
from publisher.store.schema.readers import subscription, suppression
from publisher.store.settling import ANSWERED, is_in_state

__all__ = ["begun_deliveries", "is_stale", "is_suppressed", "opened_attempts"]


def begun_deliveries(dialect: str) -> Any:  # noqa: ANN401 (an update that returns)
    """Return what begins those of `ids` that may, under a lease still ours.

    That is `of_chunk` with the fence `of_fence`. `segments` are those whose texts the
    worker has in hand: a delivery that another worker has moved to a newer one, without
    an article withdrawn since, must not begin with the old. It returns their numbers
    and attempts.
    """
    is_ours = exists(
        select(chunk.c.id).where(
            chunk.c.id == bindparam("of_chunk"), chunk.c.fence == bindparam("of_fence")
        )
    )
    reader_is = select(subscription.c.state).where(
        subscription.c.id == delivery.c.subscription_id
    )
    return (
        update(delivery)
        .where(
            among(dialect, delivery.c.id, "ids"),
            is_in_state(DeliveryState.WAITING),
            is_ours,
            reader_is.scalar_subquery() == "active",
            ~is_suppressed(),
            delivery.c.segment_id
            == beside(dialect, delivery.c.id, "ids", "segments", BIG_ID),
            ~is_stale(),
        )
        .values(state=DeliveryState.BEGUN.value, attempts=delivery.c.attempts + 1)
        .returning(delivery.c.id, delivery.c.attempts)
    )


def opened_attempts(changed: Any) -> Insert:  # noqa: ANN401 (a CTE, or a list)
    """Return what opens an attempt, begun `at`, for each that has begun."""
    opened = select(
        changed.c.id,
        changed.c.attempts,
        bindparam("at", type_=UtcDateTime()),
        *(literal(value) for value in ("", "", 0, "")),
    )
    columns = ("delivery_id", "number", "begun_at", *ANSWERED)
    return insert(attempt).from_select(columns, opened, include_defaults=False)


def is_suppressed() -> ColumnElement[bool]:
    """Return whether a delivery's reader may not be written to."""
    reader = (
        select(subscription.c.subscriber_id)
        .where(subscription.c.id == delivery.c.subscription_id)
        .correlate(delivery)
        .scalar_subquery()
    )
    found = select(func.count()).where(suppression.c.subscriber_id == reader)
    return found.scalar_subquery() > 0


def is_stale() -> ColumnElement[bool]:
    """Return whether an article in a delivery was withdrawn since."""
    found = select(segment.c.is_stale).where(segment.c.id == delivery.c.segment_id)
    return func.coalesce(found.scalar_subquery(), false())
