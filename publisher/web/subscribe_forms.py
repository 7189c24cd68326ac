"""The form to join: what it offers, what was typed, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from starlette.datastructures import FormData

from publisher.audience.choosing import WEEKDAYS, Wish
from publisher.audience.membership import Membership
from publisher.errors import SubscriberError
from publisher.mail.address import parse_address
from publisher.model.digest import DigestRule, Rhythm
from publisher.model.timetable import Frequency
from publisher.rendering.language import Language
from publisher.rendering.rhythm import rhythm_text
from publisher.web.fields import text_field
from publisher.web.outline import Node, iter_nodes
from publisher.web.ticks import selection_of
from publisher.web.zones import proper_zone, similar_zone

__all__ = [
    "TRAP",
    "Checked",
    "OfferedDigest",
    "Typed",
    "check",
    "fresh",
    "offered",
    "source_of",
    "typed",
]

TRAP = "homepage"
"""A field that people do not see, and programs fill in."""

MAX_TYPED = 320
MAX_SOURCE = 500

Outline = tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedDigest:
    """A digest in the form; `options` are (value, text) of how often it may come."""

    key: str
    title: str
    rhythm: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What the fields hold; `shown` are the rubrics that were ticked at first.

    `often` has, by digest, the value of one of its options; empty is its own rhythm.
    """

    email: str = ""
    digests: frozenset[str] = frozenset()
    often: Mapping[str, str] = field(default_factory=dict)
    ticked: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    hour: str = ""
    zone: str = ""
    language: str = ""
    is_compact: bool = False
    has_agreed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Wishes that may be asked for; `faults` names the fields that may not."""

    wishes: tuple[Wish, ...]
    faults: Mapping[str, str]


def offered(membership: Membership, language: Language) -> tuple[OfferedDigest, ...]:
    """Return the digests of the newspaper as the form offers them."""
    return tuple(
        OfferedDigest(
            key=rule.key,
            title=rule.title(language.code),
            rhythm=rhythm_text(
                language, rule.timetable(membership.zone), has_zone=False
            ),
            options=_options(rule, language, membership.zone),
        )
        for rule in membership.rules.values()
    )


def _options(
    rule: DigestRule, language: Language, zone: str
) -> tuple[tuple[str, str], ...]:
    """Return how often a digest may be had, none where there is no choice."""
    options: list[tuple[str, str]] = []
    for frequency in Frequency:
        if not rule.offers(frequency):
            continue
        if frequency is Frequency.WEEKLY and frequency is not rule.frequency:
            rhythms = [
                (f"weekly:{name}", Rhythm(frequency, (day,)))
                for day, name in enumerate(WEEKDAYS)
            ]
        else:
            weekdays = rule.weekdays or tuple(range(5))
            value = "" if frequency is rule.frequency else frequency.value
            rhythms = [(value, Rhythm(frequency, weekdays, rule.month_day))]
        options += [
            (
                value,
                rhythm_text(
                    language, rule.timetable(zone, None, rhythm), has_hour=False
                ),
            )
            for value, rhythm in rhythms
        ]
    return tuple(options) if len(options) > 1 else ()


def fresh(
    membership: Membership,
    nodes: Outline,
    language: str,
    rubrics: Sequence[str],
    digests: Sequence[str],
) -> Typed:
    """Return what the form holds at first; what a link preselects stands in it."""
    first = next(iter(membership.rules), "")
    wanted = [key for key in digests if key in membership.rules]
    ticked = frozenset(
        below
        for node in iter_nodes(nodes)
        if node.key in rubrics
        for below in node.subtree
    )
    return Typed(
        digests=frozenset(wanted or [first]),
        ticked=ticked,
        shown=ticked,
        zone=membership.zone,
        language=language,
    )


def typed(form: FormData) -> Typed:
    """Return what was sent; files and fields that are not there are empty."""
    prefix = "often-"
    return Typed(
        email=text_field(form, "email").strip(),
        digests=frozenset(str(key) for key in form.getlist("digest[]")),
        often={
            name.removeprefix(prefix): str(value)
            for name, value in form.items()
            if name.startswith(prefix)
        },
        ticked=frozenset(str(key) for key in form.getlist("rubric[]")),
        shown=frozenset(text_field(form, "shown").split()),
        hour=text_field(form, "hour"),
        zone=text_field(form, "zone").strip(),
        language=text_field(form, "language"),
        is_compact=bool(text_field(form, "compact")),
        has_agreed=bool(text_field(form, "consent")),
    )


def source_of(page: object, referrer: str) -> str:
    """Return the page that a form stood on, without its query; empty if not told."""
    for given in (page, referrer):
        if not isinstance(given, str) or not given.isprintable():
            continue
        try:
            parts = urlsplit(given)
        except ValueError:
            continue
        if parts.scheme in {"http", "https"} and parts.hostname:
            host = parts.netloc.rpartition("@")[2]
            return f"{parts.scheme}://{host}{parts.path}"[:MAX_SOURCE]
    return ""


def check(given: Typed, membership: Membership, nodes: Outline) -> Checked:
    """Return the wishes that the fields stand for, and what is wrong with each field.

    Nothing here depends on whether we know the address.
    """
    faults = dict(_faults(given, membership))
    rules = [r for key, r in membership.rules.items() if key in given.digests]
    if not rules:
        faults["digests"] = ""
    wishes = tuple(_wish(given, rule, nodes) for rule in rules)
    if not faults and not all(membership.accepts(wish) for wish in wishes):
        faults["rubrics"] = ""
    return Checked(wishes=wishes, faults=faults)


def _faults(given: Typed, membership: Membership) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not _is_address(given.email):
        faults["email"] = ""
    if not given.has_agreed:
        faults["consent"] = ""
    rules = membership.rules
    first = next(iter(rules))
    zone = proper_zone(given.zone)
    if not membership.accepts(Wish(digest=first, zone=zone)):
        faults["zone"] = similar_zone(given.zone)
    if not membership.accepts(Wish(digest=first, language=given.language)):
        faults["language"] = ""
    clocked = [key for key, rule in rules.items() if not _is_instant(rule)]
    if clocked and not membership.accepts(Wish(digest=clocked[0], hour=given.hour)):
        faults["hour"] = ""
    for key in given.digests & rules.keys():
        frequency, weekdays = _rhythm(given.often.get(key, ""))
        wish = Wish(digest=key, frequency=frequency, weekdays=weekdays)
        if not membership.accepts(wish):
            faults["digests"] = key
    return faults


def _is_instant(rule: DigestRule) -> bool:
    return rule.frequency is Frequency.INSTANT


def _rhythm(option: str) -> tuple[str, tuple[str, ...]]:
    frequency, _, weekday = option.partition(":")
    return frequency, (weekday,) if weekday else ()


def _wish(given: Typed, rule: DigestRule, nodes: Outline) -> Wish:
    """Return what is wanted of one digest; without a tick, the rubrics it has."""
    frequency, weekdays = _rhythm(given.often.get(rule.key, ""))
    selection = selection_of(given.ticked, given.shown, nodes)
    known = {node.key for node in iter_nodes(nodes)}
    wish = Wish(
        digest=rule.key,
        zone=proper_zone(given.zone),
        language=given.language,
        frequency=frequency,
        weekdays=weekdays,
        is_compact=given.is_compact,
    )
    if (frequency or rule.frequency.value) != Frequency.INSTANT.value:
        wish = replace(wish, hour=given.hour)
    if not given.ticked & known:
        return wish
    chosen = selection.chosen
    if not chosen and rule.rubrics:
        chosen = tuple(node.key for node in nodes)
    return replace(wish, rubrics=chosen, excluded=selection.excluded)


def _is_address(text: str) -> bool:
    if len(text) > MAX_TYPED:
        return False
    try:
        parse_address(text)
    except SubscriberError:
        return False
    return True
