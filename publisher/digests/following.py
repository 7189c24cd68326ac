"""Let readers follow when the operator has changed the hour or days of a digest."""

import logging
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfoNotFoundError

from publisher.clock import Clock
from publisher.model.digest import DigestRule
from publisher.model.following import due_after_change, followed
from publisher.model.timetable import Timetable
from publisher.store import Store, Transaction, editions, rhythms
from publisher.store.timetables import TimetableRow

__all__ = ["follow"]

_log = logging.getLogger("publisher.digests")


def follow(store: Store, clock: Clock, rules: Iterable[DigestRule]) -> None:
    """Move the readers of digests that are not as they were at the last start.

    What breaks off in the middle is finished at the next start.
    """
    for rule in rules:
        own = rule.timetable("")
        before = store.query(rhythms.rhythm_of, rule.key)
        if before == own:
            continue
        if before is not None:
            for row in store.query(rhythms.timetables_of, rule.key):
                _move(store, clock.now(), rule, before, row)
        store.transact(rhythms.keep_rhythm_of, own)


def _move(
    store: Store,
    now: datetime,
    rule: DigestRule,
    before: Timetable,
    row: TimetableRow,
) -> None:
    wanted = followed(before, rule, row.timetable)
    if wanted == row.timetable:
        return
    try:
        new_id = store.transact(_change, rule, row, wanted, now)
    except ZoneInfoNotFoundError:
        # Its readers get nothing before the zone is known again (law 19).
        _log.exception("digest.not_moved digest=%s zone=%s", rule.key, wanted.zone)
        return
    if new_id != row.id:
        most = rhythms.READERS_AT_ONCE
        while store.transact(rhythms.move_readers, row.id, new_id, most):
            pass
    _log.info(
        "digest.moved digest=%s zone=%s from=%s to=%s",
        rule.key,
        wanted.zone,
        _shown(row.timetable),
        _shown(wanted),
    )


def _change(
    tx: Transaction,
    rule: DigestRule,
    row: TimetableRow,
    wanted: Timetable,
    now: datetime,
) -> int:
    last = editions.last_edition(tx, row.id)
    due_at = due_after_change(
        rule, row.timetable, wanted, last.due_at if last else None, now
    )
    return rhythms.change_timetable(tx, row, wanted, due_at)


def _shown(timetable: Timetable) -> str:
    """Return a rhythm for the log, such as weekly:0@07:00."""
    if timetable.is_instant:
        return timetable.frequency.value
    days = ",".join(map(str, timetable.weekdays))
    return f"{timetable.frequency.value}:{days}@{timetable.at:%H:%M}"
