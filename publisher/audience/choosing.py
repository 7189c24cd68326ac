"""Turn what a person asked for into a choice the service can keep, or say why not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
from difflib import get_close_matches

from publisher.clock import known_zones, zone_meant
from publisher.errors import SubscriberError
from publisher.model.digest import DigestRule, Rhythm
from publisher.model.rubric import RubricTree
from publisher.model.selection import Selection
from publisher.model.timetable import Frequency, Timetable
from publisher.store.readers import Choice

__all__ = [
    "LAST_DAY",
    "WEEKDAYS",
    "Wish",
    "choice_of",
    "keep_rhythm",
    "unknown",
]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LAST_DAY = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person typed or ticked; empty means the digest's default."""

    digest: str
    rubrics: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    zone: str = ""
    hour: str = ""
    language: str = ""
    frequency: str = ""
    weekdays: tuple[str, ...] = ()
    month_day: int = 0
    is_compact: bool = False


def keep_rhythm(wish: Wish, timetable: Timetable, rule: DigestRule) -> Wish:
    """Return a wish for the days a reader has now, as long as they are offered."""
    if not rule.offers(timetable.frequency):
        return wish
    return replace(
        wish,
        frequency=timetable.frequency.value,
        weekdays=tuple(WEEKDAYS[day] for day in timetable.weekdays),
        month_day=(
            timetable.month_day if timetable.frequency is Frequency.MONTHLY else 0
        ),
    )


def choice_of(
    wish: Wish,
    rules: Mapping[str, DigestRule],
    tree: RubricTree,
    languages: Sequence[str],
    zone: str,
) -> Choice:
    """Return the choice; raises SubscriberError naming what cannot be accepted."""
    rule = rules.get(wish.digest)
    if rule is None:
        raise SubscriberError(unknown("digest", wish.digest, rules))
    language = wish.language or languages[0]
    if language not in languages:
        raise SubscriberError(unknown("language", language, languages))
    if wish.zone and wish.zone not in known_zones():
        meant = zone_meant(wish.zone)
        hint = f'did you mean "{meant}"?' if meant else "write it like Asia/Almaty"
        msg = f'time zone "{wish.zone}" is not known ({hint})'
        raise SubscriberError(msg)
    rhythm = _rhythm(wish, rule)
    if wish.hour and rhythm.frequency is Frequency.INSTANT:
        msg = f'digest "{rule.key}" comes with every article and has no hour'
        raise SubscriberError(msg)
    chosen = tuple(_rubric(tree, name) for name in wish.rubrics or rule.rubrics)
    selection = Selection(chosen, tuple(_rubric(tree, name) for name in wish.excluded))
    if not selection.rubrics(tree):
        msg = "these rubrics leave nothing to read; exclude fewer"
        raise SubscriberError(msg)
    return Choice(
        timetable=rule.timetable(wish.zone or zone, _hour(wish.hour), rhythm),
        selection=selection,
        language=language,
        is_compact=wish.is_compact,
    )


def _rubric(tree: RubricTree, name: str) -> str:
    found = tree.find(name)
    if found is None:
        msg = f'rubric "{name}" is not defined{tree.suggestion(name)}'
        raise SubscriberError(msg)
    if found.is_closed:
        msg = f'rubric "{name}" is closed; choose another'
        raise SubscriberError(msg)
    return found.key


def _rhythm(wish: Wish, rule: DigestRule) -> Rhythm:
    """Return how often and on which days; the digest's own where nothing is said."""
    offered = [one.value for one in Frequency if rule.offers(one)]
    name = wish.frequency or rule.frequency.value
    if name not in offered:
        raise SubscriberError(unknown("frequency", name, offered))
    frequency = Frequency(name)
    if wish.weekdays and frequency not in {Frequency.WEEKDAYS, Frequency.WEEKLY}:
        msg = f"a {frequency} digest has no weekdays; leave them out"
        raise SubscriberError(msg)
    if wish.month_day and frequency is not Frequency.MONTHLY:
        msg = f"a {frequency} digest has no day of the month; leave it out"
        raise SubscriberError(msg)
    if not 0 <= wish.month_day <= LAST_DAY:
        msg = f"day {wish.month_day} is in no month; write 1 to {LAST_DAY}"
        raise SubscriberError(msg)
    for day in wish.weekdays:
        if day not in WEEKDAYS:
            raise SubscriberError(unknown("weekday", day, WEEKDAYS))
    own = tuple(WEEKDAYS.index(day) for day in wish.weekdays)
    weekdays = own or rule.weekdays or tuple(range(5))
    return Rhythm(frequency, weekdays, wish.month_day or rule.month_day)


def _hour(text: str) -> time | None:
    if not text:
        return None
    hour, _, minute = text.strip().partition(":")
    try:
        return time(int(hour), int(minute or 0))
    except (OverflowError, ValueError):
        msg = f'hour "{text}" is not a time of day; write it as 7 or 07:30'
        raise SubscriberError(msg) from None


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Say that there is no such thing, what it may have meant and what there is."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    few = 10
    hint = f' (did you mean "{near[0]}"?)' if near else ""
    listed = f"; there are: {', '.join(names) or 'none'}" if len(names) <= few else ""
    return f'{what} "{name}" is not known{hint}{listed}'
