"""The consent record: every yes and no of a reader, in the words it was said in.

Rows are only added. Retention empties where a row came from, and erasing takes the rows
of one reader away, with a hash of them left behind.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import insert, select

from publisher.store.engine import Transaction
from publisher.store.schema.readers import consent

__all__ = ["Consent", "list_consent", "record_consent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Why we may write: what was said, where, in which words (law 14).

    `source` is the page the words stood on; `ip` and `agent` are of whoever said yes.
    """

    event: str
    origin: str
    wording: str
    at: datetime
    digest_key: str = ""
    source: str = ""
    ip: str = ""
    agent: str = ""

    @property
    def version(self) -> str:
        """Which text it was: the same for all who were shown the same words."""
        return sha256(self.wording.encode()).hexdigest()


def record_consent(
    tx: Transaction, subscriber_id: int, digest_key: str, said: Consent
) -> None:
    """Append to the consent record."""
    tx.execute(
        insert(consent).values(
            subscriber_id=subscriber_id,
            digest_key=digest_key,
            event=said.event,
            at=said.at,
            origin=said.origin,
            wording=said.wording,
            version=said.version,
            source=said.source[:500],
            ip=said.ip[:45],
            agent=said.agent[:300],
        )
    )


def list_consent(tx: Transaction, subscriber_id: int) -> list[Consent]:
    """Return everything a reader agreed to and withdrew, oldest first."""
    rows = tx.execute(
        select(consent)
        .where(consent.c.subscriber_id == subscriber_id)
        .order_by(consent.c.id)
    )
    return [
        Consent(
            event=row.event,
            origin=row.origin,
            wording=row.wording,
            at=row.at,
            digest_key=row.digest_key,
            source=row.source,
            ip=row.ip,
            agent=row.agent,
        )
        for row in rows
    ]
