"""Who asked for what we know of them, and which page their letter opens."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from publisher.store.engine import Transaction
from publisher.store.letters import NewLetter, post
from publisher.store.schema.readers import data_request, subscriber, suppression
from publisher.store.upsert import number_for

__all__ = ["DataRequest", "ask", "find_request"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRequest:
    """An open page: whose data it shows, and until when."""

    id: int
    email: str
    address_key: str
    language: str
    expires_at: datetime


def ask(
    tx: Transaction, address_key: str, origin: str, now: datetime, expires_at: datetime
) -> bool:
    """Post a letter with a link to the data of an address; tell whether one goes.

    None goes to who is no reader, may not be written to, or has had one today (UTC).
    """
    reader = tx.execute(
        select(subscriber.c.id, subscriber.c.email, subscriber.c.language)
        .outerjoin(suppression, suppression.c.subscriber_id == subscriber.c.id)
        .where(
            subscriber.c.address_key == address_key, suppression.c.address_key.is_(None)
        )
    ).first()
    if reader is None:
        return False
    number = tx.execute(
        insert(data_request)
        .values(
            **number_for(tx, data_request),
            subscriber_id=reader.id,
            origin=origin,
            asked_at=now,
            expires_at=expires_at,
        )
        .returning(data_request.c.id)
    ).scalar_one()
    is_first = post(
        tx,
        NewLetter(
            once=f"export-{reader.id}-{now.date()}",
            kind="export",
            email=reader.email,
            language=reader.language,
            facts={"export": number, "expires_on": expires_at.date().isoformat()},
            expires_at=expires_at,
            subscriber_id=reader.id,
        ),
        now,
    )
    if not is_first:
        tx.execute(delete(data_request).where(data_request.c.id == number))
    return is_first


def find_request(tx: Transaction, number: int, now: datetime) -> DataRequest | None:
    """Return a request whose page is open still, or None."""
    row = tx.execute(
        select(
            data_request.c.id,
            subscriber.c.email,
            subscriber.c.address_key,
            subscriber.c.language,
            data_request.c.expires_at,
        )
        .join(subscriber, subscriber.c.id == data_request.c.subscriber_id)
        .where(data_request.c.id == number, data_request.c.expires_at > now)
    ).first()
    return None if row is None else DataRequest(**row._mapping)  # noqa: SLF001
