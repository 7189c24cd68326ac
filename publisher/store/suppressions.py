"""Addresses we may not write to, each kept as a keyed hash.

Who knows the address finds it; the list tells nobody who is on it. A suppression of a
present reader also names the reader by number, so that the check right before the
envelope (law 9) needs no address.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zlib import crc32

from sqlalchemy import delete, func, insert, select, update

from publisher.errors import StoreError
from publisher.model.address_hash import fingerprint, hashed_address, hashed_record
from publisher.model.joining import LIFTED
from publisher.store.engine import Transaction
from publisher.store.schema.readers import address_secret, subscriber, suppression
from publisher.store.turns import take_turns
from publisher.store.upsert import insert_into

__all__ = [
    "ERASED",
    "MAX_REASON",
    "SuppressionRow",
    "check_secret",
    "find_suppression",
    "has_secret",
    "hash_of",
    "hold_address",
    "is_other_secret",
    "list_suppressions",
    "record_hash",
    "relink",
    "renew_secret",
    "settle_secret",
    "suppress",
    "unsuppress",
]

ERASED = "erased"
"""The reason of who asked to be erased; their own confirmed joining may lift it."""

MAX_REASON = 200
"""In characters: longer reasons are cut."""

TURNS = 4096
"""All addresses share so many turns, so that no row is left of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionRow:
    """A suppressed address: its keyed hash, and its spelling while it has a reader."""

    address_hash: str
    email: str
    reason: str
    at: datetime


def hash_of(tx: Transaction, address_key: str) -> str:
    """Return an address as this store keeps it; raises StoreError without a secret."""
    return hashed_address(address_key, _secret(tx))


def record_hash(tx: Transaction, text: str) -> str:
    """Return the keyed hash of a record that is to be forgotten."""
    return hashed_record(text, _secret(tx))


def hold_address(tx: Transaction, address_key: str) -> None:
    """Let nobody else join with an address, suppress it or erase it until commit.

    Of two that do so at one moment on PostgreSQL neither would see what the other
    wrote, and a reader who may not be written to would be. On SQLite nobody writes
    beside another anyway.
    """
    number = crc32(address_key.encode()) % TURNS
    take_turns(tx, [f"address {number}"], is_shared=False)


def find_suppression(tx: Transaction, address_key: str) -> str | None:
    """Return why an address may not be written to, or None."""
    of_address = suppression.c.address_key == hash_of(tx, address_key)
    return tx.execute(select(suppression.c.reason).where(of_address)).scalar()


def suppress(tx: Transaction, address_key: str, reason: str, now: datetime) -> None:
    """Never write to an address again, whatever it is subscribed to.

    The reason before stays, but for one that the reader could lift.
    """
    hold_address(tx, address_key)
    owner = select(subscriber.c.id).where(subscriber.c.address_key == address_key)
    new = insert_into(tx, suppression).values(
        address_key=hash_of(tx, address_key),
        subscriber_id=tx.execute(owner).scalar(),
        reason=reason[:MAX_REASON],
        at=now,
    )
    if reason in LIFTED:
        tx.execute(new.on_conflict_do_nothing())
        return
    tx.execute(
        new.on_conflict_do_update(
            index_elements=["address_key"],
            set_={"reason": reason[:MAX_REASON], "at": now},
            where=suppression.c.reason.in_(LIFTED),
        )
    )


def unsuppress(tx: Transaction, address_key: str) -> str | None:
    """Allow writing to an address again; return why it was not, None if it was."""
    of_address = suppression.c.address_key == hash_of(tx, address_key)
    lifted = delete(suppression).where(of_address).returning(suppression.c.reason)
    return tx.execute(lifted).scalar()


def relink(tx: Transaction, subscriber_id: int, address_key: str) -> None:
    """Let what is known of an address hold for the reader who has it now.

    For a new reader, and after a change of address.
    """
    hashed = hash_of(tx, address_key)
    tx.execute(
        update(suppression)
        .where(
            suppression.c.subscriber_id == subscriber_id,
            suppression.c.address_key != hashed,
        )
        .values(subscriber_id=None)
    )
    tx.execute(
        update(suppression)
        .where(suppression.c.address_key == hashed)
        .values(subscriber_id=subscriber_id)
    )


def list_suppressions(tx: Transaction, after: str, limit: int) -> list[SuppressionRow]:
    """Return a page of suppressed addresses in the order of their hashes."""
    rows = tx.execute(
        select(suppression, func.coalesce(subscriber.c.email, "").label("email"))
        .outerjoin(subscriber, subscriber.c.id == suppression.c.subscriber_id)
        .where(suppression.c.address_key > after)
        .order_by(suppression.c.address_key)
        .limit(limit)
    )
    return [
        SuppressionRow(
            address_hash=row.address_key, email=row.email, reason=row.reason, at=row.at
        )
        for row in rows
    ]


def has_secret(tx: Transaction) -> bool:
    """Tell whether addresses of this store were hashed before."""
    found = select(address_secret.c.fingerprint).limit(1)
    return tx.execute(found).first() is not None


def settle_secret(tx: Transaction, now: datetime) -> int:
    """Remember the secret of this store, and hash what was kept plain before.

    Return how many addresses were hashed. Does nothing the second time.
    """
    if has_secret(tx):
        return 0
    own = {"fingerprint": fingerprint(_secret(tx)), "since": now}
    tx.execute(insert(address_secret).values(own))
    plain = suppression.c.address_key.like("%@%")
    keys = tx.execute(select(suppression.c.address_key).where(plain)).scalars().all()
    for key in keys:
        tx.execute(
            update(suppression)
            .where(suppression.c.address_key == key)
            .values(address_key=hash_of(tx, key))
        )
    return len(keys)


def is_other_secret(tx: Transaction) -> bool:
    """Tell whether addresses here were hashed with another secret than ours."""
    known: Any = tx.execute(select(address_secret.c.fingerprint)).scalars().all()
    return bool(known != [fingerprint(_secret(tx))])


def check_secret(tx: Transaction) -> None:
    """Raise StoreError unless our secret is the one that addresses were hashed with."""
    if is_other_secret(tx):
        msg = (
            "the address secret is not the one that suppressed addresses of this store"
            " were hashed with, so they would be written to; put back the file"
            " address_secret_file of [store] from the backup, or see"
            " `publisher suppressions renew-secret`"
        )
        raise StoreError(msg)


def renew_secret(tx: Transaction, now: datetime) -> tuple[int, int]:
    """Go on with another secret, when the one before is lost for good.

    Return how many addresses stay suppressed, which are those of readers, and how many
    are lost: their hashes cannot be made again from anything.
    """
    tx.execute(delete(address_secret))
    known = tx.execute(
        select(suppression.c.address_key, subscriber.c.address_key.label("plain")).join(
            subscriber, subscriber.c.id == suppression.c.subscriber_id
        )
    ).all()
    for row in known:
        tx.execute(
            update(suppression)
            .where(suppression.c.address_key == row.address_key)
            .values(address_key=hash_of(tx, row.plain))
        )
    lost = tx.execute(delete(suppression).where(suppression.c.subscriber_id.is_(None)))
    own = {"fingerprint": fingerprint(_secret(tx)), "since": now}
    tx.execute(insert(address_secret).values(own))
    return len(known), lost.rowcount


def _secret(tx: Transaction) -> bytes:
    secret: bytes = tx.get_execution_options().get("address_secret", b"")
    if not secret:
        msg = "the store was opened without the secret that addresses are hashed with"
        raise StoreError(msg)
    return secret
