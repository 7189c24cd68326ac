"""The fields for how often and on which days a digest comes."""

from dataclasses import dataclass, replace

from starlette.datastructures import FormData

from publisher.audience.choosing import LAST_DAY, WEEKDAYS, Wish, keep_rhythm
from publisher.model.digest import DigestRule
from publisher.model.timetable import Frequency, Timetable
from publisher.web.fields import text_field

__all__ = [
    "MONTH_DAYS",
    "TypedRhythm",
    "offered_frequencies",
    "read_rhythm",
    "stored_rhythm",
    "wish_rhythm",
]

MON_TO_FRI = WEEKDAYS[:5]
MONTH_DAYS = tuple(str(day) for day in range(1, LAST_DAY + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedRhythm:
    """What the fields hold: `days` for several in a week, `day` for one in a week.

    Without a frequency nothing was asked, and the rhythm stays.
    """

    frequency: str
    days: tuple[str, ...]
    day: str
    month_day: str


def offered_frequencies(rule: DigestRule) -> tuple[str, ...]:
    """Return how often readers may have a digest, the most frequent first."""
    return tuple(one.value for one in Frequency if rule.offers(one))


def stored_rhythm(timetable: Timetable, rule: DigestRule | None) -> TypedRhythm:
    """Return what the fields hold before anybody types.

    For frequencies that a reader does not have they show the digest's own days.
    """
    frequency = timetable.frequency
    own = tuple(WEEKDAYS[day] for day in timetable.weekdays)
    usual = tuple(WEEKDAYS[day] for day in rule.weekdays) if rule else ()
    usual = usual or MON_TO_FRI
    is_monthly = frequency is Frequency.MONTHLY
    month_day = timetable.month_day if is_monthly or not rule else rule.month_day
    is_offered = rule is None or rule.offers(frequency)
    return TypedRhythm(
        frequency=(frequency if is_offered or not rule else rule.frequency).value,
        days=own if frequency is Frequency.WEEKDAYS else usual,
        day=own[0] if frequency is Frequency.WEEKLY and own else usual[0],
        month_day=str(month_day),
    )


def read_rhythm(form: FormData) -> TypedRhythm:
    """Return what a reader sent; what is not there is empty."""
    return TypedRhythm(
        frequency=text_field(form, "frequency"),
        days=tuple(str(day) for day in form.getlist("days[]")),
        day=text_field(form, "day"),
        month_day=text_field(form, "month_day").strip(),
    )


def wish_rhythm(
    given: TypedRhythm, present: Timetable, rule: DigestRule, faults: dict[str, str]
) -> Wish:
    """Return the wish for a rhythm; what may not be asked for goes into `faults`."""
    kept = keep_rhythm(Wish(digest=rule.key), present, rule)
    if not given.frequency:
        return kept
    wish = Wish(digest=rule.key, frequency=given.frequency)
    fault = ""
    if given.frequency not in offered_frequencies(rule):
        fault = "frequency"
    elif given.frequency == Frequency.WEEKDAYS:
        wish = replace(wish, weekdays=given.days)
        fault = "" if given.days and set(given.days) <= set(WEEKDAYS) else "days"
    elif given.frequency == Frequency.WEEKLY:
        wish = replace(wish, weekdays=(given.day,))
        fault = "" if given.day in WEEKDAYS else "day"
    elif given.frequency == Frequency.MONTHLY:
        fault = "" if given.month_day in MONTH_DAYS else "month_day"
        wish = replace(wish, month_day=0 if fault else int(given.month_day))
    if fault:
        faults[fault] = ""
        return kept
    return wish
