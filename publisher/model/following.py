"""What follows when an operator changes the hour or the days of a digest.

Readers who have the digest's own hour follow it, and so do those who have its own days;
what is different from the digest's was their own choice, and stays.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from publisher.model.digest import CatchUp, DigestRule, Rhythm
from publisher.model.timetable import Slot, Timetable

__all__ = ["due_after_change", "due_in_zone", "followed"]

_FARTHEST_MOVE = timedelta(hours=6)
"""Further than a zone ever moves by, but for the date line."""


def followed(before: Timetable, rule: DigestRule, present: Timetable) -> Timetable:
    """Return what becomes of a timetable when its digest's changes; maybe the same.

    `before` is what the digest's own was until now, in whatever zone.
    """
    has_days = (present.frequency, present.weekdays, present.month_day) == (
        before.frequency,
        before.weekdays,
        before.month_day,
    )
    # An instant one has no hour: where it gets one, that is the digest's.
    has_hour = present.is_instant or (not before.is_instant and present.at == before.at)
    own = Rhythm(present.frequency, present.weekdays, present.month_day)
    return rule.timetable(
        present.zone,
        None if has_hour else present.at,
        None if has_days else own,
    )


def due_after_change(
    rule: DigestRule,
    before: Timetable,
    after: Timetable,
    last_due_at: datetime | None,
    now: datetime,
) -> datetime | None:
    """Return when a changed timetable is due next; None: with the next article.

    Who had the edition of this day, week or month does not get another, and who had not
    gets it, even where its new hour has passed. `last_due_at` is when the newest
    edition was due.
    """
    if after.is_instant:
        return None
    following = after.next_slot(now)
    if last_due_at is None or before.is_instant:
        return following.due_at
    last_day = last_due_at.astimezone(ZoneInfo(after.zone)).date()

    def is_had(slot: Slot) -> bool:
        """Tell whether a slot's edition is the one that was had, at another hour."""
        if before.frequency is not after.frequency:
            return slot.day <= last_day
        return slot.period == after.period_of(last_day)

    newest = after.last_slot(now)
    is_missing = newest.due_at > last_due_at and not is_had(newest)
    is_in_time = rule.expires_at(after, newest) > now
    if is_missing and is_in_time and rule.catch_up is not CatchUp.NONE:
        return newest.due_at
    while is_had(following):
        following = after.next_slot(following.due_at)
    return following.due_at


def due_in_zone(timetable: Timetable, due_at: datetime, now: datetime) -> datetime:
    """Return when a timetable is due that was to be at an instant, as zones are now.

    Zone data may be newer than what that was reckoned with. To look too early does no
    harm; an instant that is a slot's stands, whatever slots are before it.
    """
    slot = timetable.slot_on(due_at.astimezone(ZoneInfo(timetable.zone)).date())
    if slot is not None and abs(slot.due_at - due_at) < _FARTHEST_MOVE:
        return min(due_at, slot.due_at)
    return min(due_at, timetable.next_slot(now).due_at)
