"""Hubs that we tell of changes, and how we know whether they pass them on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from publisher.model.hub import HubState, retry_after
from publisher.store.engine import Transaction
from publisher.store.schema.feeds import document, feed
from publisher.store.schema.hubs import hub, hub_ping, hub_push, hub_subscription
from publisher.store.upsert import insert_into, last_number

__all__ = [
    "HubRow",
    "Ping",
    "due_watches",
    "find_watch",
    "is_published",
    "lease_pings",
    "list_hubs",
    "note_delivery",
    "note_watch",
    "settle_pings",
    "sync_hubs",
    "take_changes",
]

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Ping:
    """A document that a hub has yet to be told of."""

    path: str
    change_no: int
    attempts: int
    etag: str


@dataclass(frozen=True, slots=True)
class HubRow:
    """A hub as it is kept, with how many pings wait for it."""

    url: str
    state: HubState
    reply: str
    watch_key: str
    watch_secret: str
    waiting: int = 0


def sync_hubs(tx: Transaction, keys: Mapping[str, tuple[str, str]]) -> None:
    """Keep a row for each hub of the configuration, and no other.

    `keys` are the watch key and secret for hubs that are new, by address. A new hub is
    told of changes from now on.
    """
    known = set(tx.execute(select(hub.c.url)).scalars())
    for url in sorted(known - keys.keys()):
        tx.execute(delete(hub_ping).where(hub_ping.c.hub_url == url))
        tx.execute(delete(hub).where(hub.c.url == url))
    change_no = last_number(tx, "document")
    for url, (watch_key, watch_secret) in keys.items():
        if url not in known:
            statement = insert_into(tx, hub).values(
                url=url,
                change_no=change_no,
                reply="",
                watch_key=watch_key,
                watch_secret=watch_secret,
            )
            tx.execute(statement.on_conflict_do_nothing())


def take_changes(
    tx: Transaction,
    url: str,
    languages: Sequence[str],
    now: datetime,
    delay: timedelta,
    *,
    is_own: bool,
) -> int:
    """Record what a hub must be told of since the last time; return how many.

    Numbers of changes are in the order of commits, so none is missed (law 4). Other
    hubs get pings, our own its subscribers. Archives never change and are not told of,
    and feeds in other than the newspaper's `languages` are not there for anybody.
    """
    newest = last_number(tx, "document")
    if newest == tx.execute(select(hub.c.change_no).where(hub.c.url == url)).scalar():
        return 0
    cursor = tx.execute(
        select(hub.c.change_no).where(hub.c.url == url).with_for_update()
    ).scalar()
    if cursor is None:
        return 0
    changed = tx.execute(
        select(document.c.path, document.c.published_no)
        .join(feed, feed.c.id == document.c.feed_id)
        .where(
            document.c.published_no > cursor,
            feed.c.month == "",
            feed.c.language.in_(["", *languages]),
            document.c.etag != "",
        )
    ).all()
    for row in changed:
        if is_own:
            _push(tx, row.path, row.published_no, now)
        else:
            _ping(tx, url, row.path, row.published_no, now + delay)
    tx.execute(update(hub).where(hub.c.url == url).values(change_no=newest))
    return len(changed)


def _ping(
    tx: Transaction, url: str, path: str, change_no: int, ready_at: datetime
) -> None:
    values = {"change_no": change_no, "attempts": 0, "ready_at": ready_at}
    statement = insert_into(tx, hub_ping).values(hub_url=url, path=path, **values)
    tx.execute(
        statement.on_conflict_do_update(index_elements=["hub_url", "path"], set_=values)
    )


def _push(tx: Transaction, path: str, change_no: int, now: datetime) -> None:
    ids = tx.execute(
        select(hub_subscription.c.id).where(
            hub_subscription.c.path == path, hub_subscription.c.expires_at > now
        )
    ).scalars()
    values = {"change_no": change_no, "attempts": 0, "ready_at": now}
    for number in ids.all():
        statement = insert_into(tx, hub_push).values(subscription_id=number, **values)
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=["subscription_id"], set_=values
            )
        )


def lease_pings(
    tx: Transaction, url: str, now: datetime, until: datetime, limit: int
) -> list[Ping]:
    """Take pings that are ready; nobody else gets them before `until`."""
    ready = (
        select(hub_ping.c.path)
        .where(hub_ping.c.hub_url == url, hub_ping.c.ready_at <= now)
        .order_by(hub_ping.c.ready_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("ready")
    )
    leased = tx.execute(
        update(hub_ping)
        .where(hub_ping.c.hub_url == url, hub_ping.c.path.in_(select(ready.c.path)))
        .values(ready_at=until)
        .returning(hub_ping.c.path, hub_ping.c.change_no, hub_ping.c.attempts)
    ).all()
    rows = tx.execute(
        select(document.c.path, document.c.etag).where(
            document.c.path.in_([row.path for row in leased])
        )
    )
    etags = {row.path: row.etag for row in rows}
    return [
        Ping(row.path, row.change_no, row.attempts, etags.get(row.path, ""))
        for row in leased
    ]


def settle_pings(
    tx: Transaction, url: str, pings: Sequence[Ping], now: datetime, reply: str
) -> int:
    """Record how a hub answered; an empty `reply` is that it took them.

    What changed meanwhile is told once more. Return how many were given up.
    """
    given_up = 0
    for ping in pings:
        is_it = (
            (hub_ping.c.hub_url == url)
            & (hub_ping.c.path == ping.path)
            & (hub_ping.c.change_no == ping.change_no)
        )
        wait = retry_after(ping.attempts + 1) if reply else None
        if wait is not None:
            values = {"attempts": ping.attempts + 1, "ready_at": now + wait}
            tx.execute(update(hub_ping).where(is_it).values(**values))
        else:
            given_up += bool(reply)
            tx.execute(delete(hub_ping).where(is_it))
    values_of_hub: dict[str, object] = {"reply": reply}
    if not reply:
        values_of_hub["pinged_at"] = now
    tx.execute(update(hub).where(hub.c.url == url).values(**values_of_hub))
    return given_up


def list_hubs(tx: Transaction) -> list[HubRow]:
    """Return every hub in the order of addresses; for operators."""
    rows = tx.execute(select(hub).order_by(hub.c.url)).all()
    found = []
    for row in rows:
        waiting = tx.execute(
            select(hub_ping.c.path).where(hub_ping.c.hub_url == row.url)
        ).all()
        found.append(_row(row, len(waiting)))
    return found


def find_watch(tx: Transaction, key: str) -> HubRow | None:
    """Return the hub whose callback has a key."""
    row = tx.execute(select(hub).where(hub.c.watch_key == key)).first()
    return None if row is None else _row(row)


def due_watches(
    tx: Transaction, now: datetime, asked_before: datetime, ends_before: datetime
) -> list[HubRow]:
    """Return hubs to ask for a subscription, and note that they were asked.

    Those are due whose lease ends before one moment and that were not asked since
    another.
    """
    rows = tx.execute(
        select(hub)
        .where(
            (hub.c.watched_until.is_(None)) | (hub.c.watched_until < ends_before),
            (hub.c.watch_asked_at.is_(None)) | (hub.c.watch_asked_at < asked_before),
        )
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        tx.execute(update(hub).where(hub.c.url == row.url).values(watch_asked_at=now))
    return [_row(row) for row in rows]


def is_published(tx: Transaction, path: str) -> bool:
    """Tell whether there is a document at a path."""
    found = select(document.c.path).where(document.c.path == path).limit(1)
    return tx.execute(found).first() is not None


def note_watch(tx: Transaction, key: str, until: datetime) -> None:
    """Record that a hub has confirmed our subscription."""
    tx.execute(update(hub).where(hub.c.watch_key == key).values(watched_until=until))


def note_delivery(
    tx: Transaction, key: str, path: str, now: datetime
) -> timedelta | None:
    """Record that a hub brought a document; return how long after its change."""
    built_at: datetime | None = tx.execute(
        select(document.c.built_at).where(document.c.path == path)
    ).scalar()
    if built_at is None:
        return None
    delay: timedelta = max(now - built_at, timedelta(0))
    milliseconds = min(int(delay.total_seconds() * 1000), 2**31 - 1)
    tx.execute(
        update(hub)
        .where(hub.c.watch_key == key)
        .values(delivered_at=now, delay_ms=milliseconds)
    )
    return delay


def _row(row: object, waiting: int = 0) -> HubRow:
    values = row._mapping  # type: ignore[attr-defined]  # noqa: SLF001 (a row's API)
    delay_ms = values["delay_ms"]
    return HubRow(
        url=values["url"],
        state=HubState(
            pinged_at=values["pinged_at"],
            watched_until=values["watched_until"],
            delivered_at=values["delivered_at"],
            delay=None if delay_ms is None else timedelta(milliseconds=delay_ms),
        ),
        reply=values["reply"],
        watch_key=values["watch_key"],
        watch_secret=values["watch_secret"],
        waiting=waiting,
    )
