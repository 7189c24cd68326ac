"""Of what operators were told by mail, and when."""

from datetime import datetime, timedelta

from publisher.store.engine import Transaction
from publisher.store.schema.alerts import alert
from publisher.store.upsert import insert_into

__all__ = ["may_tell"]


def may_tell(tx: Transaction, subject: str, now: datetime, rest: timedelta) -> bool:
    """Tell whether it is time to tell of a subject, and count it as told.

    Of several processes that ask at once, one is told yes.
    """
    told = tx.execute(
        insert_into(tx, alert)
        .values(subject=subject, told_at=now)
        .on_conflict_do_update(
            index_elements=["subject"],
            set_={"told_at": now},
            where=alert.c.told_at <= now - rest,
        )
        .returning(alert.c.subject)
    )
    return told.first() is not None
