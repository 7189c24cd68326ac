"""What ends a doubt: a message counts as sent, or the same one is sent again."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from publisher.model.delivery import DeliveryState
from publisher.store import Transaction, enlisting, installations
from publisher.store.doubts import (
    find_doubts,
    list_doubts,
    send_again,
    take_as_bounced,
    take_as_sent,
)
from publisher.store.editions import EditionRow, close_finished, find_edition
from publisher.store.groups import groups_of
from publisher.store.held import HAD
from publisher.store.leases import release_chunk
from publisher.store.schema.editions import attempt, delivery, edition
from tests.builders import a_segment_text, an_article
from tests.store.mailroom import LEASE, Mailroom, a_verdict
from tests.store.moments import at_one_moment
from tests.store.newsroom import Newsroom

MINUTE = timedelta(minutes=1)
WAITING, EXPIRED = DeliveryState.WAITING, DeliveryState.EXPIRED


@pytest.fixture
def mailroom(newsroom: Newsroom) -> Mailroom:
    """Return a mailroom with two messages in doubt and a third that was sent."""
    return with_doubts(newsroom)


def with_doubts(newsroom: Newsroom) -> Mailroom:
    newsroom.take(an_article())
    for name in ("anna", "bolat", "clara"):
        newsroom.join(f"{name}@reader.example")
    room = Mailroom(newsroom)
    room.plan(1)
    room.begin(room.must_lease(), 1, 2)
    newsroom.clock.move(LEASE + MINUTE)
    room.send_all(room.must_lease())
    room.store.transact(close_finished)
    return room


def test_a_doubt_says_when_its_attempt_was_begun_and_ended(mailroom: Mailroom) -> None:
    found = mailroom.store.query(list_doubts, 10)

    assert [(row.id, row.number) for row in found] == [(2, 1), (1, 1)]
    assert {row.begun_at for row in found} == {mailroom.now - LEASE - MINUTE}
    assert {row.ended_at for row in found} == {mailroom.now}


def test_what_counts_as_sent_counts_as_had(mailroom: Mailroom) -> None:
    ids = mailroom.store.transact(take_as_sent, [1, 3], "the log says", mailroom.now)

    assert ids == [1]
    assert mailroom.delivery(1).state == "sent"
    [tried] = mailroom.newsroom.rows(attempt, attempt.c.delivery_id == 1)
    assert (tried.outcome, tried.reply) == ("sent", "the log says")
    had = mailroom.cursors()
    assert had[0] == had[2] > had[1]


def test_what_is_sent_again_is_leased_again_though_its_edition_was_closed(
    mailroom: Mailroom,
) -> None:
    assert mailroom.store.query(find_edition, 1).state == "closed"

    became = mailroom.store.transact(send_again, [2], "the log says no", mailroom.now)

    assert became == {2: WAITING}
    assert mailroom.send_all(mailroom.must_lease()) == 1
    assert mailroom.delivery(2).state == "sent"
    assert mailroom.delivery(2).attempts == 2
    assert [row.id for row in mailroom.store.query(find_doubts, [1, 2, 3])] == [1]


def test_what_is_sent_again_too_late_expires(mailroom: Mailroom) -> None:
    mailroom.newsroom.clock.move(timedelta(hours=12))
    mailroom.store.transact(send_again, [2], "no", mailroom.now)

    mailroom.must_lease()

    assert mailroom.delivery(2).state == "expired"


def test_articles_that_went_on_into_a_later_edition_do_not_go_twice(
    mailroom: Mailroom,
) -> None:
    mailroom.newsroom.clock.move(timedelta(days=1))
    later = mailroom.plan(1)
    assert [state for state, _ in mailroom.states(later)][:2] == ["waiting"] * 2

    became = mailroom.store.transact(send_again, [1, 2], "no", mailroom.now)

    assert became == {1: EXPIRED, 2: EXPIRED}
    assert mailroom.account(mailroom.store.query(find_edition, 1)).error == 0


def test_what_came_back_has_failed_and_its_articles_are_still_to_be_had(
    mailroom: Mailroom,
) -> None:
    became = mailroom.store.transact(take_as_bounced, [1], "bounced", mailroom.now)

    assert became == [1]
    assert mailroom.delivery(1).state == "failed"
    assert mailroom.delivery(1).reason == "bounced"
    assert mailroom.cursors()[0] == 0


def test_what_waits_with_articles_that_arrived_after_all_is_not_sent(
    mailroom: Mailroom,
) -> None:
    mailroom.newsroom.take(an_article("two"))
    mailroom.newsroom.clock.move(timedelta(days=1))
    later = mailroom.plan(1, 2)

    mailroom.store.transact(take_as_sent, [1], "the log says", mailroom.now)

    assert mailroom.states(later)[0] == ("expired", HAD)
    assert mailroom.states(later)[1] == ("waiting", "")
    assert mailroom.cursors()[0] < later.up_to


def test_what_is_in_doubt_too_is_not_sent_again_once_its_articles_arrived(
    mailroom: Mailroom,
) -> None:
    mailroom.newsroom.clock.move(timedelta(days=1))
    later = mailroom.plan(1)
    lease = mailroom.must_lease()
    number = mailroom.due(lease)[0].id
    mailroom.begin(lease, number)
    mailroom.settle(a_verdict(number, DeliveryState.HELD))
    mailroom.store.transact(take_as_sent, [1], "the log says", mailroom.now)

    became = mailroom.store.transact(send_again, [number], "no", mailroom.now)

    assert became == {number: EXPIRED}
    assert mailroom.states(later)[0] == ("expired", HAD)


def test_what_is_in_doubt_twice_is_sent_again_once(mailroom: Mailroom) -> None:
    mailroom.newsroom.clock.move(timedelta(days=1))
    mailroom.plan(1)
    lease = mailroom.must_lease()
    number = mailroom.due(lease)[0].id
    mailroom.begin(lease, number)
    mailroom.settle(a_verdict(number, DeliveryState.HELD))

    became = mailroom.store.transact(send_again, [1, number], "no", mailroom.now)

    assert became == {1: EXPIRED, number: WAITING}


def enlist_all(tx: Transaction, opened: EditionRow, now: datetime) -> None:
    """Let everybody who is due have an edition."""
    for group in groups_of(tx, opened.timetable_id, limit=100):
        text = a_segment_text(1, selection_id=group.selection_id)
        enlisting.enlist(tx, opened, group, text, now)


@pytest.mark.postgres
@pytest.mark.parametrize("is_planned_first", [True, False])
def test_who_plans_while_a_message_is_sent_again_gives_nobody_an_article_twice(
    newsroom_on_postgres: Newsroom, *, is_planned_first: bool
) -> None:
    mailroom = with_doubts(newsroom_on_postgres)
    mailroom.newsroom.clock.move(timedelta(days=1))
    opened = mailroom.open()
    assert opened is not None

    def enlist(tx: Transaction) -> None:
        enlist_all(tx, opened, mailroom.now)

    def resend(tx: Transaction) -> None:
        send_again(tx, [1, 2], "the log says no", mailroom.now)

    works = (enlist, resend) if is_planned_first else (resend, enlist)
    at_one_moment(mailroom.store, *works)

    rows = mailroom.newsroom.rows(delivery, delivery.c.state == "waiting")
    assert sorted(row.subscription_id for row in rows) == [1, 2, 3]


@pytest.mark.postgres
@pytest.mark.parametrize("is_heard_first", [True, False])
def test_a_chunk_given_back_while_a_message_of_it_is_to_go_again_is_leased_again(
    newsroom_on_postgres: Newsroom, *, is_heard_first: bool
) -> None:
    mailroom = with_doubts(newsroom_on_postgres)
    mailroom.store.transact(send_again, [1], "the log says no", mailroom.now)
    lease = mailroom.must_lease()
    mailroom.begin(lease, 1)
    mailroom.settle(a_verdict(1, number=2))

    def resend(tx: Transaction) -> None:
        send_again(tx, [2], "the log says no", mailroom.now)

    def give_back(tx: Transaction) -> None:
        release_chunk(tx, lease)

    works = (resend, give_back) if is_heard_first else (give_back, resend)
    at_one_moment(mailroom.store, *works)
    mailroom.store.transact(close_finished)

    assert mailroom.send_all(mailroom.must_lease()) == 1
    assert mailroom.delivery(2).state == "sent"


@pytest.mark.postgres
@pytest.mark.parametrize("is_heard_first", [True, False])
def test_an_edition_is_open_whose_message_is_to_go_again_while_it_is_closed(
    newsroom_on_postgres: Newsroom, *, is_heard_first: bool
) -> None:
    mailroom = with_doubts(newsroom_on_postgres)
    mailroom.store.transact(lambda tx: tx.execute(update(edition).values(state="open")))

    def resend(tx: Transaction) -> None:
        send_again(tx, [2], "the log says no", mailroom.now)

    works = (resend, close_finished) if is_heard_first else (close_finished, resend)
    at_one_moment(mailroom.store, *works)

    assert mailroom.store.query(find_edition, 1).state == "open"
    # So the next edition passes its reader over.
    mailroom.newsroom.clock.move(timedelta(days=1))
    following = mailroom.plan(1)
    assert ("skipped", "the one before is under way") in mailroom.states(following)


def test_what_was_held_before_it_was_in_a_chunk_can_be_sent_again(
    newsroom: Newsroom,
) -> None:
    """Law 10: a backup was made while the edition was planned, and restored."""
    newsroom.take(an_article())
    newsroom.join("anna@reader.example")
    mailroom = Mailroom(newsroom)
    opened = mailroom.open()
    assert opened is not None
    now = mailroom.now
    mailroom.store.transact(enlist_all, opened, now)
    assert mailroom.store.transact(installations.hold_in_question, now, now, now) == 1
    mailroom.store.transact(enlisting.cut_chunks, opened, 500)
    mailroom.store.transact(enlisting.open_chunks, opened, now)

    became = mailroom.store.transact(send_again, [1], "the log says no", now)

    assert became == {1: WAITING}
    assert mailroom.send_all(mailroom.must_lease()) == 1
    assert mailroom.delivery(1).state == "sent"


def test_what_was_held_after_one_restore_is_not_counted_as_sent_after_the_next(
    newsroom: Newsroom,
) -> None:
    newsroom.take(an_article())
    newsroom.join("anna@reader.example")
    mailroom = Mailroom(newsroom)
    mailroom.plan(1)
    now = mailroom.now
    assert mailroom.store.transact(installations.hold_in_question, now, now, now) == 1
    newsroom.clock.move(timedelta(days=1))
    now = mailroom.now

    take = installations.take_in_question_as_sent
    assert mailroom.store.transact(take, now, now, now) == 0

    assert mailroom.delivery(1).state == "held"
