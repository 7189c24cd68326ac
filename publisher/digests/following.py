"""Make timetables those of the configuration and of the zones as they are now."""

import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfoNotFoundError

from publisher.clock import Clock
from publisher.model.digest import DigestRule
from publisher.model.following import due_after_change, due_in_zone, followed
from publisher.model.timetable import Timetable
from publisher.store import Store, Transaction, editions, rhythms
from publisher.store.timetables import TimetableRow, set_next_due

__all__ = ["follow"]

_log = logging.getLogger("publisher.digests")


def follow(store: Store, clock: Clock, rules: Iterable[DigestRule]) -> None:
    """Move the readers of digests that are not as they were at the last start.

    What breaks off in the middle is finished at the next start. Zone data may be newer
    since then as well, so it is reckoned again when each timetable is due.
    """
    for rule in rules:
        own = rule.timetable("")
        before = store.query(rhythms.rhythm_of, rule.key)
        if before is not None and before != own:
            rows = store.query(rhythms.timetables_of, rule.key)
            # Of those who come to one rhythm, who chose nothing are last: who joins
            # comes to them, and their editions are the archive's.
            for row in sorted(rows, key=partial(_is_own, before)):
                _move(store, clock.now(), rule, before, row)
        if before != own:
            store.transact(rhythms.keep_rhythm_of, own)
        for row in store.query(rhythms.timetables_of, rule.key):
            _reckon_again(store, clock.now(), row)


def _is_own(before: Timetable, row: TimetableRow) -> bool:
    return row.timetable == replace(before, zone=row.timetable.zone)


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


def _reckon_again(store: Store, now: datetime, row: TimetableRow) -> None:
    if row.next_due_at is None:
        return
    with suppress(ZoneInfoNotFoundError):  # Told whenever it is due.
        due_at = due_in_zone(row.timetable, row.next_due_at, now)
        if due_at != row.next_due_at:
            store.transact(set_next_due, row, due_at)


def _change(
    tx: Transaction,
    rule: DigestRule,
    row: TimetableRow,
    wanted: Timetable,
    now: datetime,
) -> int:
    last = editions.last_edition(tx, row.id, was_opened=True)
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
