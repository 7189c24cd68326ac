"""What lets deliveries begin, as statements: whatever may speak against is asked.

It is asked of each row by itself, by a subquery with one value. Of EXISTS, PostgreSQL
makes a join or a list, and where it once knew a table to be small it reads all of it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Insert,
    bindparam,
    false,
    func,
    insert,
    literal,
    select,
    update,
)

from publisher.model.delivery import DeliveryState
from publisher.store.leases import Lease
from publisher.store.lists import among, beside
from publisher.store.schema.editions import attempt, chunk, delivery, segment
from publisher.store.schema.metadata import BIG_ID, UtcDateTime
from publisher.store.schema.readers import subscription, suppression
from publisher.store.settling import ANSWERED

__all__ = [
    "Asked",
    "begun_deliveries",
    "given_for",
    "is_stale",
    "is_suppressed",
    "opened_attempts",
]


class Asked(NamedTuple):
    """A delivery that a worker wants to begin, as that worker read it.

    Its message is of a segment, and so many attempts were made before.
    """

    delivery_id: int
    segment_id: int
    attempts: int
    lease: Lease


def begun_deliveries(dialect: str) -> Any:  # noqa: ANN401 (an update that returns)
    """Return what begins those that are asked about and may, under leases still ours.

    It takes what `given_for` returns. A delivery that another worker has moved to a
    newer segment, without an article withdrawn since, must not begin with the old text;
    nor one that a worker who had the chunk before has counted an attempt of since, for
    ours would go under a number that the record does not have. It returns their numbers
    and attempts.
    """

    def of(what: str) -> ColumnElement[Any]:
        return beside(dialect, delivery.c.id, "ids", what, BIG_ID)

    fence_is = select(chunk.c.fence).where(chunk.c.id == of("chunks"))
    reader_is = select(subscription.c.state).where(
        subscription.c.id == delivery.c.subscription_id
    )
    return (
        update(delivery)
        .where(
            among(dialect, delivery.c.id, "ids"),
            delivery.c.state == DeliveryState.WAITING.value,
            fence_is.scalar_subquery() == of("fences"),
            reader_is.scalar_subquery() == "active",
            ~is_suppressed(),
            delivery.c.segment_id == of("segments"),
            delivery.c.attempts == of("attempts"),
            ~is_stale(),
        )
        .values(state=DeliveryState.BEGUN.value, attempts=delivery.c.attempts + 1)
        .returning(delivery.c.id, delivery.c.attempts)
    )


def given_for(asked: Sequence[Asked]) -> dict[str, list[int]]:
    """Return what `begun_deliveries` takes: each delivery at most once."""
    return {
        "ids": [each.delivery_id for each in asked],
        "segments": [each.segment_id for each in asked],
        "attempts": [each.attempts for each in asked],
        "chunks": [each.lease.chunk_id for each in asked],
        "fences": [each.lease.fence for each in asked],
    }


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
