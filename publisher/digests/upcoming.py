"""What a reader's next digest will hold as things are now, and when it comes.

Asks what the planner asks, and writes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.digests.composing import candidates
from publisher.model.article import Article
from publisher.model.content import trim
from publisher.model.digest import DigestRule
from publisher.model.rubric import RubricTree
from publisher.model.timetable import Slot
from publisher.store import Transaction
from publisher.store.editions import EditionRow
from publisher.store.groups import Group
from publisher.store.publication import LISTINGS
from publisher.store.readers import Subscription
from publisher.store.reading import load_articles
from publisher.store.received import cursor_of, had_of
from publisher.store.upsert import last_number

__all__ = ["Upcoming", "upcoming"]

LOADED = 100
"""Articles looked at more closely, those taken in last; of more only the count."""

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """The next digest: its slot, None for one that follows the articles.

    `articles` are the first it would show, newest first, of `count` in all; with fewer
    than `least` it does not come.
    """

    slot: Slot | None
    articles: tuple[Article, ...]
    count: int
    least: int


def upcoming(
    tx: Transaction,
    found: Subscription,
    rule: DigestRule,
    tree: RubricTree,
    now: datetime,
    shown: int,
) -> Upcoming:
    """Return what the next digest of an active reader will hold."""
    timetable = found.choice.timetable
    slot = None if timetable.is_instant else _next_slot(found, now)
    row = _edition_at(tx, found, slot, now)
    group = Group(
        language=found.choice.language,
        is_compact=found.choice.is_compact,
        selection_id=0,
        selection=found.choice.selection,
        cursor=cursor_of(tx, found.id),
        readers=1,
    )
    listed = candidates(tx, row, group, rule, tree)
    repeats = [number for number, is_repeat in listed.items() if is_repeat]
    ids = sorted(listed.keys() - had_of(tx, found.id, repeats))
    articles = load_articles(tx, ids[-LOADED:], tree).values()
    first, _ = trim(list(articles), min(shown, rule.max_articles))
    return Upcoming(slot=slot, articles=first, count=len(ids), least=rule.min_articles)


def _next_slot(found: Subscription, now: datetime) -> Slot:
    """Return the next slot, which may be the moment at which a pause ends.

    Who had this day's edition at another hour is not due at the first that comes.
    """
    until = found.paused_until or now + _MOMENT
    slot = found.choice.timetable.next_slot(until - _MOMENT)
    if found.next_due_at is None or found.next_due_at <= slot.due_at:
        return slot
    due = found.choice.timetable.next_slot(found.next_due_at - _MOMENT)
    return due if due.due_at == found.next_due_at else slot


def _edition_at(
    tx: Transaction, found: Subscription, slot: Slot | None, now: datetime
) -> EditionRow:
    """Return the edition that would be opened if its slot were now."""
    timetable = found.choice.timetable
    planned = slot or timetable.instant_slot(now)
    return EditionRow(
        id=0,
        timetable_id=0,
        digest_key=found.digest_key,
        slot=planned.key,
        dated=planned.day,
        due_at=planned.due_at,
        expires_at=planned.due_at,
        composed_at=now,
        up_to=last_number(tx, LISTINGS),
        state="planning",
        frequency=timetable.frequency,
    )
