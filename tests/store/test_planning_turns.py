"""Whoever plans, moves or comes late at one moment: no article twice, nothing stuck."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from typing_extensions import override

from publisher.clock import SteppedClock
from publisher.model.delivery import DeliveryState
from publisher.store import Transaction, enlisting, readers, rhythms
from publisher.store.doubts import send_again
from publisher.store.editions import EditionRow, close_finished
from publisher.store.groups import groups_of
from publisher.store.pieces import keep_pieces
from publisher.store.schema.editions import delivery, edition
from tests.books import discrepancies
from tests.builders import (
    a_choice,
    a_consent,
    a_rule,
    a_segment_text,
    a_timetable,
    an_article,
)
from tests.store.desk import Desk
from tests.store.mailroom import LEASE, Mailroom
from tests.store.moments import at_one_moment
from tests.store.newsroom import Newsroom

DAY = timedelta(days=1)
EARLY, LATE = a_timetable(), a_timetable(at=time(20, 0))
ANNA, BOLAT = "anna@reader.example", "bolat@reader.example"

Work = Callable[[Transaction], object]


def with_readers(newsroom: Newsroom) -> Mailroom:
    """Let Anna read in the morning, and Bolat in the evening."""
    newsroom.take(an_article())
    newsroom.join(ANNA, a_choice(timetable=EARLY))
    newsroom.join(BOLAT, a_choice(timetable=LATE))
    newsroom.clock.move(DAY)
    # What was rendered for others before: nobody waits for whoever renders it first.
    newsroom.store.transact(keep_pieces, a_segment_text(1).pieces)
    return Mailroom(newsroom)


@pytest.fixture
def mailroom(newsroom: Newsroom) -> Mailroom:
    """Return a mailroom with a reader in the morning and one in the evening."""
    return with_readers(newsroom)


@pytest.fixture
def mailroom_on_postgres(newsroom_on_postgres: Newsroom) -> Mailroom:
    """Return such a mailroom for what only PostgreSQL can get wrong."""
    return with_readers(newsroom_on_postgres)


def opened(mailroom: Mailroom, timetable_id: int = 1) -> EditionRow:
    """Open the edition that is due, and plan nothing yet."""
    row = mailroom.open(timetable_id=timetable_id)
    assert row is not None
    return row


def enlists(mailroom: Mailroom, row: EditionRow) -> Work:
    """Return what gives every reader of an edition the article."""

    def work(tx: Transaction) -> None:
        for group in groups_of(tx, row.timetable_id, limit=100):
            text = a_segment_text(1, selection_id=group.selection_id)
            enlisting.enlist(tx, row, group, text, mailroom.now)

    return work


def cuts(row: EditionRow) -> Work:
    """Return what puts the deliveries of an edition into chunks."""
    return lambda tx: enlisting.cut_chunks(tx, row, 500)


def opens(mailroom: Mailroom, row: EditionRow) -> Work:
    """Return what lets workers have an edition."""
    return lambda tx: enlisting.open_chunks(tx, row, mailroom.now)


def changes_hour(mailroom: Mailroom, tx: Transaction) -> None:
    """Let Anna read in the evening."""
    said = a_consent("changed", at=mailroom.now)
    readers.change(tx, 1, a_choice(timetable=LATE), said)


def comes_back(mailroom: Mailroom, tx: Transaction) -> None:
    """Let Anna leave, and come back as a reader in the evening."""
    readers.leave(tx, 1, a_consent("withdrawn", at=mailroom.now))
    given = a_consent(at=mailroom.now)
    readers.subscribe(tx, 1, a_choice(timetable=LATE), given, cursor=0)


def follows(_: Mailroom, tx: Transaction) -> None:
    """Move all who read in the morning to the evening."""
    rhythms.move_readers(tx, 1, 2, 100)


MOVES = [changes_hour, comes_back, follows]


def waiting(mailroom: Mailroom) -> dict[int, int]:
    """Return how many messages wait for each reader."""
    rows = mailroom.newsroom.rows(delivery, delivery.c.state == "waiting")
    return dict(Counter(row.subscription_id for row in rows))


@pytest.mark.postgres
def test_two_editions_planned_at_one_moment_give_nobody_an_article_twice(
    mailroom_on_postgres: Mailroom,
) -> None:
    mailroom = mailroom_on_postgres
    first = opened(mailroom)
    mailroom.newsroom.clock.move(DAY)
    second = opened(mailroom)

    at_one_moment(mailroom.store, enlists(mailroom, first), enlists(mailroom, second))

    assert waiting(mailroom) == {1: 1}


@pytest.mark.postgres
@pytest.mark.parametrize("move", MOVES)
def test_who_moves_while_an_edition_is_planned_gets_no_article_twice(
    mailroom_on_postgres: Mailroom, move: Callable[[Mailroom, Transaction], None]
) -> None:
    mailroom = mailroom_on_postgres
    morning, evening = opened(mailroom), opened(mailroom, 2)

    at_one_moment(
        mailroom.store,
        enlists(mailroom, morning),
        lambda tx: move(mailroom, tx),
        enlists(mailroom, evening),
    )

    assert waiting(mailroom) == {1: 1, 2: 1}


@pytest.mark.postgres
@pytest.mark.parametrize("is_planned_first", [True, False])
def test_who_has_moved_gets_no_article_twice_though_a_message_is_sent_again(
    mailroom_on_postgres: Mailroom, *, is_planned_first: bool
) -> None:
    mailroom = mailroom_on_postgres
    mailroom.plan(1)
    mailroom.begin(mailroom.must_lease(), 1)
    mailroom.newsroom.clock.move(LEASE + LEASE)
    mailroom.release(mailroom.must_lease())
    mailroom.store.transact(close_finished)
    mailroom.store.transact(lambda tx: changes_hour(mailroom, tx))
    plans = enlists(mailroom, opened(mailroom, 2))

    def resends(tx: Transaction) -> None:
        became = send_again(tx, [1], "the log says no", mailroom.now)
        assert set(became) == {1}

    works = (plans, resends) if is_planned_first else (resends, plans)
    at_one_moment(mailroom.store, *works)

    assert waiting(mailroom) == {1: 1, 2: 1}


def test_who_comes_late_to_plan_adds_nothing_to_what_is_handed_out(
    mailroom: Mailroom,
) -> None:
    row = opened(mailroom)
    transact = mailroom.store.transact
    for work in (enlists(mailroom, row), cuts(row), opens(mailroom, row)):
        transact(work)
    mailroom.newsroom.join("late@reader.example", a_choice(timetable=EARLY))

    for work in (enlists(mailroom, row), cuts(row), opens(mailroom, row)):
        transact(work)

    assert mailroom.account(row).by_state == {DeliveryState.WAITING: 1}
    assert discrepancies(mailroom.store) == []


class InterruptedClock(SteppedClock):
    """Lets something happen once, when it is asked for the third time."""

    def __init__(self, at: datetime, happens: Callable[[], object]) -> None:
        super().__init__(at)
        self.happens, self.times_asked = happens, 0

    @override
    def now(self) -> datetime:
        self.times_asked += 1
        if self.times_asked == 3:
            self.happens()
        return super().now()


def test_what_another_planner_enlists_before_the_handing_out_is_handed_out_too(
    mailroom: Mailroom,
) -> None:
    row = opened(mailroom)

    def another_comes() -> None:
        mailroom.newsroom.join("late@reader.example", a_choice(timetable=EARLY))
        mailroom.store.transact(enlists(mailroom, row))

    # Asked when planning begins, for the only group, and before handing out.
    clock = InterruptedClock(mailroom.now, another_comes)
    replace(Desk(mailroom, a_rule()).planner, clock=clock).plan(row)

    assert mailroom.account(row).by_state == {DeliveryState.WAITING: 2}
    assert discrepancies(mailroom.store) == []


@pytest.mark.postgres
@pytest.mark.parametrize("is_any_enlisted", [True, False])
def test_what_is_cut_while_an_edition_is_handed_out_is_not_stuck(
    mailroom_on_postgres: Mailroom, *, is_any_enlisted: bool
) -> None:
    mailroom = mailroom_on_postgres
    row = opened(mailroom)
    if is_any_enlisted:
        mailroom.store.transact(enlists(mailroom, row))
        mailroom.store.transact(cuts(row))
        mailroom.newsroom.join("late@reader.example", a_choice(timetable=EARLY))

    def finds_another(tx: Transaction) -> None:
        enlists(mailroom, row)(tx)
        cuts(row)(tx)

    at_one_moment(mailroom.store, finds_another, opens(mailroom, row))
    mailroom.store.transact(close_finished)

    assert discrepancies(mailroom.store) == []
    assert mailroom.newsroom.one(edition).state == "open"
