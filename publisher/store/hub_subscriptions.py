"""Subscriptions to our own hub: asked for, confirmed, delivered to, ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, Table, delete, func, insert, literal, select, update

from publisher.model.feed import FeedFormat
from publisher.model.hub import Mode, retry_after
from publisher.store.documents import Document, load_document
from publisher.store.engine import Transaction
from publisher.store.schema.feeds import document
from publisher.store.schema.hubs import hub_push, hub_request, hub_subscription
from publisher.store.upsert import insert_into

__all__ = [
    "Push",
    "Request",
    "ask",
    "confirm",
    "count_subscriptions",
    "drop_expired",
    "end",
    "find_document",
    "has_room",
    "lease_pushes",
    "lease_requests",
    "refuse",
    "retry_request",
    "settle_push",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a subscriber asked for; `id` is 0 before it is kept."""

    path: str
    callback: str
    host: str
    mode: Mode
    secret: str
    lease: timedelta
    id: int = 0
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A subscription that has yet to get the present document."""

    subscription_id: int
    path: str
    callback: str
    host: str
    secret: str
    change_no: int
    attempts: int


def has_room(tx: Transaction, request: Request, per_host: int, in_all: int) -> bool:
    """Tell whether one more request is within both bounds, and what it asks for.

    Who is subscribed and renews or ends the lease needs no more room for that.
    """
    tables = [hub_request, hub_subscription]
    is_known = tx.execute(_same_as(request)).scalar() is not None
    if is_known or request.mode is Mode.UNSUBSCRIBE:
        tables.remove(hub_subscription)
    return not any(
        _reaches(tx, table, per_host, request.host) or _reaches(tx, table, in_all)
        for table in tables
    )


def _same_as(request: Request) -> Select[int]:
    """Select the number of the subscription to the same, by the same."""
    return select(hub_subscription.c.id).where(
        hub_subscription.c.path == request.path,
        hub_subscription.c.callback == request.callback,
    )


def _reaches(tx: Transaction, table: Table, bound: int, host: str = "") -> bool:
    """Tell whether there are that many rows, reading no more than those."""
    rows = select(literal(1)).select_from(table).limit(bound)
    if host:
        rows = rows.where(table.c.host == host)
    counted = tx.execute(select(func.count()).select_from(rows.subquery())).scalar()
    return int(counted or 0) >= bound


def ask(tx: Transaction, request: Request, now: datetime) -> None:
    """Keep what a subscriber asked for, to be confirmed."""
    tx.execute(
        insert(hub_request).values(
            path=request.path,
            callback=request.callback,
            host=request.host,
            mode=request.mode.value,
            secret=request.secret,
            lease_seconds=int(request.lease.total_seconds()),
            attempts=0,
            ready_at=now,
        )
    )


def lease_requests(
    tx: Transaction, now: datetime, until: datetime, limit: int
) -> list[Request]:
    """Take requests that are ready; nobody else gets them before `until`."""
    ready = (
        select(hub_request.c.id)
        .where(hub_request.c.ready_at <= now)
        .order_by(hub_request.c.ready_at, hub_request.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("ready")
    )
    rows = tx.execute(
        update(hub_request)
        .where(hub_request.c.id.in_(select(ready.c.id)))
        .values(ready_at=until)
        .returning(hub_request)
    ).all()
    return [
        Request(
            id=row.id,
            path=row.path,
            callback=row.callback,
            host=row.host,
            mode=Mode(row.mode),
            secret=row.secret,
            lease=timedelta(seconds=row.lease_seconds),
            attempts=row.attempts,
        )
        for row in sorted(rows, key=lambda row: int(row.id))
    ]


def confirm(tx: Transaction, request: Request, now: datetime) -> None:
    """Do what a subscriber asked for and has confirmed."""
    refuse(tx, request)
    if request.mode is Mode.UNSUBSCRIBE:
        number = tx.execute(_same_as(request)).scalar()
        if number is not None:
            end(tx, number)
        return
    values = {
        "host": request.host,
        "secret": request.secret,
        "expires_at": now + request.lease,
    }
    statement = insert_into(tx, hub_subscription).values(
        path=request.path, callback=request.callback, **values
    )
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["path", "callback"], set_=values
        )
    )


def refuse(tx: Transaction, request: Request) -> None:
    """Forget what a subscriber asked for."""
    tx.execute(delete(hub_request).where(hub_request.c.id == request.id))


def retry_request(tx: Transaction, request: Request, now: datetime) -> bool:
    """Ask a subscriber again later; tell whether it is not given up."""
    wait = retry_after(request.attempts + 1)
    if wait is None:
        refuse(tx, request)
        return False
    tx.execute(
        update(hub_request)
        .where(hub_request.c.id == request.id)
        .values(attempts=request.attempts + 1, ready_at=now + wait)
    )
    return True


def lease_pushes(
    tx: Transaction, now: datetime, until: datetime, limit: int
) -> list[Push]:
    """Take deliveries that are ready; nobody else gets them before `until`."""
    ready = (
        select(hub_push.c.subscription_id)
        .where(hub_push.c.ready_at <= now)
        .order_by(hub_push.c.ready_at, hub_push.c.subscription_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("ready")
    )
    leased = {
        row.subscription_id: row
        for row in tx.execute(
            update(hub_push)
            .where(hub_push.c.subscription_id.in_(select(ready.c.subscription_id)))
            .values(ready_at=until)
            .returning(
                hub_push.c.subscription_id, hub_push.c.change_no, hub_push.c.attempts
            )
        )
    }
    rows = tx.execute(
        select(hub_subscription)
        .where(hub_subscription.c.id.in_(leased))
        .order_by(hub_subscription.c.id)
    )
    return [
        Push(
            subscription_id=row.id,
            path=row.path,
            callback=row.callback,
            host=row.host,
            secret=row.secret,
            change_no=leased[row.id].change_no,
            attempts=leased[row.id].attempts,
        )
        for row in rows
    ]


def settle_push(tx: Transaction, push: Push, now: datetime, *, is_done: bool) -> bool:
    """Record the end of a delivery; tell whether it will be tried again.

    A document that changed meanwhile is delivered once more whatever the end was.
    """
    is_it = (hub_push.c.subscription_id == push.subscription_id) & (
        hub_push.c.change_no == push.change_no
    )
    wait = None if is_done else retry_after(push.attempts + 1)
    if wait is None:
        tx.execute(delete(hub_push).where(is_it))
        return False
    values = {"attempts": push.attempts + 1, "ready_at": now + wait}
    tx.execute(update(hub_push).where(is_it).values(**values))
    return True


def end(tx: Transaction, subscription_id: int) -> None:
    """End a subscription at once."""
    number = subscription_id
    tx.execute(delete(hub_push).where(hub_push.c.subscription_id == number))
    tx.execute(delete(hub_subscription).where(hub_subscription.c.id == number))


def drop_expired(tx: Transaction, now: datetime, limit: int = 500) -> int:
    """End subscriptions whose lease is over; return how many."""
    ids = tx.execute(
        select(hub_subscription.c.id)
        .where(hub_subscription.c.expires_at <= now)
        .limit(limit)
    ).scalars()
    numbers = list(ids)
    for number in numbers:
        end(tx, number)
    return len(numbers)


def find_document(tx: Transaction, path: str) -> Document | None:
    """Return the document at a path with its bytes, or None when there is none."""
    row = tx.execute(
        select(document.c.feed_id, document.c.format).where(
            document.c.path == path, document.c.etag != ""
        )
    ).first()
    if row is None:
        return None
    return load_document(tx, row.feed_id, FeedFormat(row.format))


def count_subscriptions(tx: Transaction, now: datetime) -> int:
    """Return how many subscriptions are active; for operators."""
    counted = tx.execute(
        select(func.count())
        .select_from(hub_subscription)
        .where(hub_subscription.c.expires_at > now)
    ).scalar()
    return int(counted or 0)
