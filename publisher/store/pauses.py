"""Pauses: readers who want nothing for a while, and whose pause ends by itself.

A paused subscription belongs to no group, so it costs an edition nothing, and its
cursor stays where it was: what is listed meanwhile comes afterwards (law 8).
"""

from datetime import datetime

from sqlalchemy import ColumnElement, literal_column, select, update

from publisher.errors import SubscriberError
from publisher.store.consents import Consent, record_consent
from publisher.store.engine import Transaction
from publisher.store.locking import lock_rows
from publisher.store.readers import ENDED
from publisher.store.schema.readers import subscription
from publisher.store.timetables import look_back

__all__ = ["end_due", "has_ended", "pause", "resume"]


def pause(
    tx: Transaction, subscription_id: int, until: datetime, said: Consent
) -> None:
    """Pause a subscription up to a moment, or move the end of its pause.

    Raises SubscriberError for a subscription that has ended or never was.
    """
    paused = tx.execute(
        update(subscription)
        .where(subscription.c.id == subscription_id, subscription.c.state.not_in(ENDED))
        .values(state="paused", paused_until=until)
        .returning(subscription.c.subscriber_id, subscription.c.digest_key)
    ).first()
    if paused is None:
        msg = f"subscription {subscription_id} has ended; there is nothing to pause"
        raise SubscriberError(msg)
    record_consent(tx, paused.subscriber_id, paused.digest_key, said)


def resume(tx: Transaction, subscription_id: int, said: Consent) -> bool:
    """End the pause of a subscription; return whether there was one."""
    of_this = subscription.c.id == subscription_id
    owner = tx.execute(
        select(subscription.c.subscriber_id, subscription.c.digest_key).where(of_this)
    ).first()
    if owner is None or not _end(tx, of_this):
        return False
    record_consent(tx, owner.subscriber_id, owner.digest_key, said)
    return True


def has_ended(tx: Transaction, now: datetime) -> bool:
    """Tell whether any pause is over."""
    ended = select(subscription.c.id).where(*_due(now)).limit(1)
    return tx.execute(ended).first() is not None


def end_due(tx: Transaction, now: datetime) -> int:
    """End the pauses that are over; return how many."""
    return _end(tx, *_due(now))


def _due(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    # Spelled as in the index ix_subscription_paused, so that SQLite finds it.
    is_paused = subscription.c.state == literal_column("'paused'")
    return is_paused, subscription.c.paused_until <= now


def _end(tx: Transaction, *which: ColumnElement[bool]) -> int:
    which = (subscription.c.state == "paused", *which)
    lock_rows(tx, subscription, *which)
    ended = tx.execute(
        update(subscription)
        .where(*which)
        .values(state="active", paused_until=None)
        .returning(subscription.c.timetable_id, subscription.c.cursor)
    ).all()
    oldest: dict[int, int] = {}
    for row in ended:
        reached = oldest.get(row.timetable_id, row.cursor)
        oldest[row.timetable_id] = min(reached, row.cursor)
    for timetable_id, cursor in sorted(oldest.items()):
        look_back(tx, timetable_id, cursor)
    return len(ended)
