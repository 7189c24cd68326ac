"""Requests to join, and how often addresses and domains were asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from publisher.model.joining import Asked, Reply, Written
from publisher.store.engine import Transaction
from publisher.store.schema.joinings import joining, joining_count
from publisher.store.upsert import insert_into, take_number

__all__ = [
    "Joining",
    "NewJoining",
    "add",
    "domain_asked",
    "find",
    "forget",
    "forget_address",
    "is_awaited",
    "keep_domain",
    "keep_written",
    "list_of_address",
    "mark_confirmed",
    "move_requests",
    "written_to",
]

JOININGS = "joinings"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJoining:
    """A request as it was sent; `wishes` are plain JSON values, one per digest."""

    email: str
    address_key: str
    reply: Reply
    language: str
    zone: str
    wishes: Sequence[Mapping[str, Any]]
    wording: str
    version: str
    source: str
    ip: str
    agent: str
    asked_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining(NewJoining):
    """A request that is kept."""

    id: int
    confirmed_at: datetime | None

    @property
    def letter(self) -> str:
        """What its letter is about, so that it is posted once."""
        return f"{self.reply}-{self.id}"


def add(tx: Transaction, new: NewJoining) -> Joining:
    """Keep a request, under a number that none had before."""
    row = tx.execute(
        insert(joining)
        .values(
            id=take_number(tx, JOININGS),
            email=new.email,
            address_key=new.address_key,
            reply=new.reply.value,
            language=new.language,
            zone=new.zone,
            wishes=[dict(wish) for wish in new.wishes],
            wording=new.wording,
            version=new.version,
            source=new.source,
            ip=new.ip,
            agent=new.agent,
            asked_at=new.asked_at,
            expires_at=new.expires_at,
        )
        .returning(joining)
    ).one()
    return _joining(row)


def find(tx: Transaction, number: int, *, is_locked: bool = False) -> Joining | None:
    """Return a request by its number, or None; locked, nobody else confirms it."""
    statement = select(joining).where(joining.c.id == number)
    row = tx.execute(statement.with_for_update() if is_locked else statement).first()
    return _joining(row) if row else None


def _joining(row: Row[Any]) -> Joining:
    return Joining(
        id=row.id,
        email=row.email,
        address_key=row.address_key,
        reply=Reply(row.reply),
        language=row.language,
        zone=row.zone,
        wishes=row.wishes,
        wording=row.wording,
        version=row.version,
        source=row.source,
        ip=row.ip,
        agent=row.agent,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        confirmed_at=row.confirmed_at,
    )


def mark_confirmed(tx: Transaction, number: int, now: datetime) -> None:
    """Record that the button of a request was pressed."""
    this = update(joining).where(joining.c.id == number)
    tx.execute(this.values(confirmed_at=now))


def forget(
    tx: Transaction, asked_before: datetime, counted_before: datetime, limit: int
) -> int:
    """Delete requests made before a moment, and counts of domains; return how many."""
    old = (
        select(joining.c.id)
        .where(joining.c.asked_at < asked_before)
        .order_by(joining.c.asked_at)
        .limit(limit)
    )
    of_domains = joining_count.c.key.startswith("domain:", autoescape=True)
    tx.execute(
        delete(joining_count).where(of_domains, joining_count.c.since < counted_before)
    )
    gone = tx.execute(delete(joining).where(joining.c.id.in_(old)))
    return int(gone.rowcount)


def list_of_address(tx: Transaction, address_key: str) -> list[Joining]:
    """Return what was asked for with an address, oldest first."""
    of_address = select(joining).where(joining.c.address_key == address_key)
    return [_joining(row) for row in tx.execute(of_address.order_by(joining.c.id))]


def forget_address(tx: Transaction, address_key: str) -> int:
    """Delete what was asked for with an address; return how many requests it was.

    How often it was written to is kept: that is a hash, and protects its owner.
    """
    gone = tx.execute(delete(joining).where(joining.c.address_key == address_key))
    return int(gone.rowcount)


def is_awaited(tx: Transaction, address_key: str, now: datetime) -> bool:
    """Tell whether a request of an address may still be confirmed."""
    waiting = select(joining.c.id).where(
        joining.c.address_key == address_key,
        joining.c.reply == Reply.CONFIRM.value,
        joining.c.confirmed_at.is_(None),
        joining.c.expires_at > now,
    )
    return tx.execute(waiting.limit(1)).first() is not None


def move_requests(tx: Transaction, old_key: str, email: str, address_key: str) -> None:
    """Let what was asked for with an address be asked for with the one after it."""
    of_address = update(joining).where(joining.c.address_key == old_key)
    tx.execute(of_address.values(email=email, address_key=address_key))


def written_to(tx: Transaction, marks: Sequence[str]) -> Written:
    """Return how often an address was written to, and hold it until commit.

    `marks` are its hashes, by the present key first; what an older key counted goes on.
    """
    found = [_held(tx, f"address:{mark}") for mark in marks[:1]]
    older = select(joining_count.c.since, joining_count.c.times).where(
        joining_count.c.key.in_([f"address:{mark}" for mark in marks[1:]])
    )
    if marks[1:]:
        found += [(row.since, row.times) for row in tx.execute(older)]
    moments = [since for since, _ in found if since is not None]
    return Written(max(moments, default=None), max(count for _, count in found))


def keep_written(tx: Transaction, marks: Sequence[str], written: Written) -> None:
    """Keep how often an address was written to; after an answer by every key."""
    keys = [f"address:{mark}" for mark in marks]
    _keep(tx, keys[0], written.last_at, written.unanswered)
    if keys[1:]:
        tx.execute(delete(joining_count).where(joining_count.c.key.in_(keys[1:])))


def domain_asked(tx: Transaction, mark: str) -> Asked:
    """Return how often a domain was asked for lately, and hold it until commit."""
    since, count = _held(tx, f"domain:{mark}")
    return Asked(since, count)


def keep_domain(tx: Transaction, mark: str, asked: Asked) -> None:
    """Keep how often a domain was asked for."""
    _keep(tx, f"domain:{mark}", asked.since, asked.count)


def _held(tx: Transaction, key: str) -> tuple[datetime | None, int]:
    """Return a count; of those who ask for it at once, one goes on at a time."""
    new = insert_into(tx, joining_count).values(key=key, since=None, times=0)
    tx.execute(new.on_conflict_do_nothing())
    of_key = select(joining_count).where(joining_count.c.key == key)
    row = tx.execute(of_key.with_for_update()).one()
    return row.since, row.times


def _keep(tx: Transaction, key: str, since: datetime | None, times: int) -> None:
    this = update(joining_count).where(joining_count.c.key == key)
    tx.execute(this.values(since=since, times=times))
