"""The form of one subscription: what is stored, what was typed, what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from publisher.audience.choosing import Wish, keep_rhythm
from publisher.audience.membership import Membership
from publisher.digests.upcoming import Upcoming
from publisher.model.digest import DigestRule
from publisher.model.selection import Selection
from publisher.model.timetable import Frequency
from publisher.store.readers import Subscription
from publisher.store.received import Received
from publisher.web.fields import text_field
from publisher.web.outline import Node, iter_nodes
from publisher.web.rhythms import TypedRhythm, read_rhythm, stored_rhythm, wish_rhythm
from publisher.web.ticks import selection_of, shown_ticks
from publisher.web.zones import proper_zone, similar_zone

__all__ = ["Checked", "DigestForm", "Typed", "check", "stored", "typed", "wish_again"]

Outline = tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What the fields hold; `shown` are the rubrics that were ticked at first.

    `until` is the day typed for the end of a pause.
    """

    rhythm: TypedRhythm
    hour: str
    zone: str
    language: str
    ticked: frozenset[str]
    shown: frozenset[str]
    is_compact: bool = False
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A wish that may be asked for; `faults` names the fields that may not.

    `typed` is what to show again: as typed, with the boxes as they were understood.
    """

    wish: Wish
    typed: Typed
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestForm:
    """A subscription as the page shows it; `rule` is None for a digest that ended.

    `next` is None for one that brings nothing; `paused_until` and `pausable` are local
    days; `rarer` is a frequency to be offered before leaving. `past` are the digests
    this reader got last, with the addresses to read them at. `done` says what was done
    just now, such as saved, left or returned.
    """

    id: int
    title: str
    rule: DigestRule | None
    is_active: bool
    typed: Typed
    frequency: str
    frequencies: tuple[str, ...]
    hours: tuple[str, ...]
    zone: ZoneInfo
    faults: Mapping[str, str]
    done: str
    next: Upcoming | None = None
    paused_until: date | None = None
    pausable: tuple[date, date] | None = None
    rarer: Frequency | None = None
    past: tuple[tuple[Received, str], ...] = ()


def stored(subscription: Subscription, membership: Membership, nodes: Outline) -> Typed:
    """Return what the fields of a subscription hold before anybody types."""
    choice = subscription.choice
    ticks = shown_ticks(choice.selection, membership.tree, nodes)
    rule = membership.rules.get(subscription.digest_key)
    return Typed(
        rhythm=stored_rhythm(choice.timetable, rule),
        hour=f"{choice.timetable.at:%H:%M}",
        zone=choice.timetable.zone,
        language=choice.language,
        ticked=ticks,
        shown=ticks,
        is_compact=choice.is_compact,
    )


def typed(form: FormData) -> Typed:
    """Return what a reader sent; files and fields that are not there are empty."""
    return Typed(
        rhythm=read_rhythm(form),
        hour=text_field(form, "hour"),
        zone=text_field(form, "zone").strip(),
        language=text_field(form, "language"),
        ticked=frozenset(str(key) for key in form.getlist("rubric[]")),
        shown=frozenset(text_field(form, "shown").split()),
        is_compact=bool(text_field(form, "compact")),
        until=text_field(form, "until").strip(),
    )


def check(
    given: Typed, subscription: Subscription, membership: Membership, nodes: Outline
) -> Checked:
    """Return the wish that the fields stand for, and what is wrong with each field."""
    key = subscription.digest_key
    rule = membership.rules[key]
    zone = proper_zone(given.zone)
    faults: dict[str, str] = {}
    own = wish_rhythm(given.rhythm, subscription.choice.timetable, rule, faults)
    frequency = Frequency(own.frequency) if own.frequency else rule.frequency
    hour = "" if frequency is Frequency.INSTANT else given.hour
    if not membership.accepts(Wish(digest=key, zone=zone)):
        faults["zone"] = similar_zone(given.zone)
    if not membership.accepts(replace(own, hour=hour)):
        faults["hour"] = ""
    if not membership.accepts(Wish(digest=key, language=given.language)):
        faults["language"] = ""
    selection = _selection(given, subscription, membership, nodes)
    known = {node.key for node in iter_nodes(nodes)}
    understood: frozenset[str] = frozenset()
    if given.ticked & known:
        understood = shown_ticks(selection, membership.tree, nodes)
    if not understood:
        faults["rubrics"] = ""
    wish = replace(
        own,
        rubrics=_spelled_out(selection, rule, nodes),
        excluded=selection.excluded,
        zone=zone,
        hour=hour,
        language=given.language,
        is_compact=given.is_compact,
    )
    if not faults and not membership.accepts(wish):
        faults["rubrics"] = ""
    again = replace(given, ticked=understood, shown=understood)
    return Checked(wish=wish, typed=again, faults=faults)


def wish_again(
    subscription: Subscription, membership: Membership, nodes: Outline
) -> Wish:
    """Return the wish for what a reader had before leaving, where it still exists."""
    before = stored(subscription, membership, nodes)
    selection = _open(subscription.choice.selection, nodes)
    rule = membership.rules[subscription.digest_key]
    is_known = before.language in membership.languages
    timetable = subscription.choice.timetable
    return replace(
        keep_rhythm(Wish(digest=rule.key), timetable, rule),
        rubrics=_spelled_out(selection, rule, nodes),
        excluded=selection.excluded,
        zone=before.zone,
        hour="" if timetable.is_instant else before.hour,
        language=before.language if is_known else membership.languages[0],
        is_compact=before.is_compact,
    )


def _selection(
    given: Typed, subscription: Subscription, membership: Membership, nodes: Outline
) -> Selection:
    """Return the choice; one that nobody touched stays as it was spelled."""
    present = stored(subscription, membership, nodes).shown
    if given.ticked == given.shown == present:
        return _open(subscription.choice.selection, nodes)
    return selection_of(given.ticked, given.shown, nodes)


def _open(selection: Selection, nodes: Outline) -> Selection:
    """Return a choice without the rubrics that were closed since."""
    known = {node.key for node in iter_nodes(nodes)}
    return Selection(
        tuple(key for key in selection.chosen if key in known),
        tuple(key for key in selection.excluded if key in known),
    )


def _spelled_out(
    selection: Selection, rule: DigestRule, nodes: Outline
) -> tuple[str, ...]:
    """Return the chosen rubrics, where choosing none would mean the digest's own."""
    if selection.chosen or not rule.rubrics:
        return selection.chosen
    return tuple(node.key for node in nodes)
