"""Turn what a person asked for into a choice the service can keep, or say why not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from difflib import get_close_matches
from zoneinfo import available_timezones

from publisher.errors import SubscriberError
from publisher.model.digest import DigestRule
from publisher.model.rubric import RubricTree
from publisher.model.selection import Selection
from publisher.model.timetable import Frequency
from publisher.store.readers import Choice

__all__ = ["Wish", "choice_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person typed or ticked; empty means the digest's default."""

    digest: str
    rubrics: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    zone: str = ""
    hour: str = ""
    language: str = ""


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
        raise SubscriberError(_unknown("digest", wish.digest, rules))
    language = wish.language or languages[0]
    if language not in languages:
        raise SubscriberError(_unknown("language", language, languages))
    if wish.zone and wish.zone not in available_timezones():
        raise SubscriberError(_unknown("time zone", wish.zone, available_timezones()))
    if wish.hour and rule.frequency is Frequency.INSTANT:
        msg = f'digest "{rule.key}" comes with every article and has no hour'
        raise SubscriberError(msg)
    chosen = tuple(_rubric(tree, name) for name in wish.rubrics or rule.rubrics)
    selection = Selection(chosen, tuple(_rubric(tree, name) for name in wish.excluded))
    if not selection.rubrics(tree):
        msg = "these rubrics leave nothing to read; exclude fewer"
        raise SubscriberError(msg)
    return Choice(
        timetable=rule.timetable(wish.zone or zone, _hour(wish.hour)),
        selection=selection,
        language=language,
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


def _hour(text: str) -> time | None:
    if not text:
        return None
    hour, _, minute = text.strip().partition(":")
    try:
        return time(int(hour), int(minute or 0))
    except ValueError:
        msg = f'hour "{text}" is not a time of day; write it as 7 or 07:30'
        raise SubscriberError(msg) from None


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    few = 10
    hint = f' (did you mean "{near[0]}"?)' if near else ""
    listed = f"; there are: {', '.join(names)}" if len(names) <= few else ""
    return f'{what} "{name}" is not known{hint}{listed}'
