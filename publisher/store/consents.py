"""The consent record: every yes and no of a reader, in the words it was said in.

Rows are only added (law 14). Retention empties where a row came from, and erasing takes
the rows of one reader away, with a hash of them left behind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import insert, select

from publisher.store.engine import Transaction
from publisher.store.schema.readers import consent

__all__ = ["Consent", "list_consent", "record_consent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Why we may write: what was said, where, in which words (law 14).

    `version` is what the operator calls the wording, else its SHA-256 is recorded;
    `language` is that of the wording, `source` the page it stood on,
    `ip` and `agent` tell who sent it. `choices` are plain JSON values: what was agreed
    to. `letter` is the one whose button was pressed. What is not known is empty.
    """

    event: str
    origin: str
    wording: str
    at: datetime
    digest_key: str = ""
    version: str = ""
    language: str = ""
    source: str = ""
    ip: str = ""
    agent: str = ""
    choices: Mapping[str, Any] | None = None
    letter: str = ""


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
            version=said.version or sha256(said.wording.encode()).hexdigest(),
            language=said.language,
            source=said.source[:500],
            ip=said.ip[:45],
            agent=said.agent[:300],
            choices=None if said.choices is None else dict(said.choices),
            letter=said.letter,
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
            version=row.version,
            language=row.language,
            source=row.source,
            ip=row.ip,
            agent=row.agent,
            choices=row.choices,
            letter=row.letter,
        )
        for row in rows
    ]
