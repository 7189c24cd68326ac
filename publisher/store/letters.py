"""Letters: posted in the transaction of what they tell of, and sent soon after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from publisher.store.engine import Transaction
from publisher.store.schema.letters import letter
from publisher.store.upsert import insert_into

__all__ = ["NewLetter", "post"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLetter:
    """A letter to be sent.

    `once` says what it is about, such as `confirm-17`: of two with the same, the second
    is not posted. `kind` names its folder in `templates/email`. `facts` are plain JSON
    values that its template is filled with. After `expires_at` it is not sent any more.
    """

    once: str
    kind: str
    email: str
    language: str
    facts: Mapping[str, Any]
    expires_at: datetime
    subscriber_id: int | None = None


def post(tx: Transaction, new: NewLetter, now: datetime) -> bool:
    """Put a letter into the queue; return whether it was not there before."""
    posted = tx.execute(
        insert_into(tx, letter)
        .values(
            once=new.once,
            kind=new.kind,
            subscriber_id=new.subscriber_id,
            email=new.email,
            language=new.language,
            facts=dict(new.facts),
            posted_at=now,
            expires_at=new.expires_at,
            state="waiting",
            reason="",
            attempts=0,
            ready_at=now,
            fence=0,
        )
        .on_conflict_do_nothing(index_elements=["once"])
        .returning(letter.c.id)
    )
    return posted.first() is not None
