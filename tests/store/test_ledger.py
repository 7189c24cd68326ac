"""A message is begun once, settled once, and never sent against a reader's will.

Right before the envelope everything is asked again (law 9); what was begun is durable
before the final dot and what became of it after the reply (law 10).
"""

from datetime import timedelta

import pytest

from publisher.model.delivery import DeliveryState
from publisher.store import editions
from publisher.store.doubts import send_again
from publisher.store.ledger import Answer, Asked
from publisher.store.schema.editions import attempt, segment
from tests.builders import a_choice, an_article
from tests.store.mailroom import LEASE, Mailroom, a_verdict
from tests.store.newsroom import Newsroom

SENT, WAITING, FAILED = (
    DeliveryState.SENT,
    DeliveryState.WAITING,
    DeliveryState.FAILED,
)
HELD, EXPIRED = DeliveryState.HELD, DeliveryState.EXPIRED


@pytest.fixture
def mailroom(newsroom: Newsroom) -> Mailroom:
    """Return a mailroom with three readers and one article for all of them."""
    newsroom.take(an_article())
    for name in ("anna", "bolat", "clara"):
        newsroom.join(f"{name}@reader.example")
    return Mailroom(newsroom)


def test_what_is_waiting_may_begin_and_is_recorded_before_it_does(
    mailroom: Mailroom,
) -> None:
    mailroom.plan(1)
    lease = mailroom.must_lease()

    answers = mailroom.begin(lease, 1, 2)

    assert answers == [Answer.BEGUN, Answer.BEGUN]
    assert [mailroom.delivery(n).state for n in (1, 2, 3)] == [
        *("begun", "begun"),
        "waiting",
    ]
    tries = mailroom.newsroom.rows(attempt)
    assert [(t.delivery_id, t.number, t.ended_at) for t in tries] == [
        (1, 1, None),
        (2, 1, None),
    ]


def test_what_has_begun_may_not_begin_again(mailroom: Mailroom) -> None:
    mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.begin(lease, 1)

    assert mailroom.begin(lease, 1) == [Answer.GONE]


@pytest.mark.parametrize("state", [SENT, FAILED, HELD, EXPIRED])
def test_what_is_settled_may_not_begin_again(
    mailroom: Mailroom, state: DeliveryState
) -> None:
    mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.begin(lease, 1)
    mailroom.settle(a_verdict(1, state))

    assert mailroom.begin(lease, 1) == [Answer.GONE]
    assert mailroom.delivery(1).state == state


def test_who_left_gets_nothing_more(mailroom: Mailroom) -> None:
    opened = mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.newsroom.leave(1)

    assert mailroom.begin(lease, 1, 2) == [Answer.GONE, Answer.BEGUN]

    assert mailroom.states(opened)[0] == ("skipped", "left")


def test_a_suppressed_address_gets_nothing_more(mailroom: Mailroom) -> None:
    opened = mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.suppress("bolat@reader.example")

    assert mailroom.begin(lease, 1, 2) == [Answer.BEGUN, Answer.GONE]

    assert mailroom.states(opened)[1] == ("skipped", "suppressed")


def test_a_withdrawn_article_holds_up_every_message_that_shows_it(
    mailroom: Mailroom,
) -> None:
    mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.newsroom.take(an_article(is_withdrawn=True))

    assert mailroom.begin(lease, 1, 2, 3) == [Answer.STALE] * 3

    assert {mailroom.delivery(n).state for n in (1, 2, 3)} == {"waiting"}


def test_who_left_is_told_from_what_is_stale(mailroom: Mailroom) -> None:
    mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.newsroom.take(an_article(is_withdrawn=True))
    mailroom.newsroom.leave(1)

    assert mailroom.begin(lease, 1, 2) == [Answer.GONE, Answer.STALE]


def test_a_worker_whose_chunk_was_taken_over_begins_nothing(
    mailroom: Mailroom,
) -> None:
    mailroom.plan(1)
    late = mailroom.must_lease()
    mailroom.newsroom.wait(minutes=6)
    present = mailroom.must_lease()

    assert present.chunk_id == late.chunk_id
    assert mailroom.begin(late, 1) == [Answer.GONE]
    assert mailroom.delivery(1).state == "waiting"
    assert mailroom.begin(present, 1) == [Answer.BEGUN]


def test_only_a_message_that_was_sent_moves_its_reader_on(mailroom: Mailroom) -> None:
    opened = mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.begin(lease, 1, 2, 3)

    mailroom.settle(a_verdict(1), a_verdict(2, FAILED), a_verdict(3, HELD))

    assert mailroom.cursors() == [opened.up_to, 0, 0]


def test_a_sent_delivery_refuses_further_news(mailroom: Mailroom) -> None:
    mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.begin(lease, 1)
    mailroom.settle(a_verdict(1))
    before = mailroom.delivery(1)

    mailroom.settle(a_verdict(1, FAILED))

    assert mailroom.delivery(1) == before


def test_a_message_refused_for_now_is_due_when_its_time_comes(
    mailroom: Mailroom,
) -> None:
    mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.begin(lease, 1)
    later = mailroom.now + timedelta(minutes=20)
    mailroom.settle(a_verdict(1, WAITING, retry_at=later))
    too_early = [one.id for one in mailroom.due(lease)]
    mailroom.newsroom.clock.move_to(later)

    due = [one.id for one in mailroom.due(lease)]

    assert (too_early, due) == ([2, 3], [1, 2, 3])
    assert mailroom.due(lease)[0].attempts == 1
    assert mailroom.begin(lease, 1) == [Answer.BEGUN]
    assert mailroom.delivery(1).attempts == 2


def test_every_try_is_kept_with_what_was_answered(mailroom: Mailroom) -> None:
    mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.begin(lease, 1)
    mailroom.settle(a_verdict(1, WAITING, retry_at=mailroom.now))
    mailroom.begin(lease, 1)
    mailroom.settle(a_verdict(1, number=2))

    tries = mailroom.newsroom.rows(attempt)

    assert [(t.number, t.outcome, t.code) for t in tries] == [
        (1, "waiting", 451),
        (2, "sent", 250),
    ]


def test_a_try_that_never_began_is_kept_too(mailroom: Mailroom) -> None:
    mailroom.plan(1)
    mailroom.must_lease()

    mailroom.settle(a_verdict(1, WAITING, retry_at=mailroom.now, has_begun=False))

    assert mailroom.delivery(1).attempts == 1
    (kept,) = mailroom.newsroom.rows(attempt)
    assert (kept.number, kept.outcome) == (1, "waiting")


@pytest.mark.parametrize("theirs", [None, SENT, FAILED, WAITING])
def test_a_try_that_never_began_says_nothing_about_that_of_somebody_else(
    mailroom: Mailroom, theirs: DeliveryState | None
) -> None:
    mailroom.plan(1)
    mailroom.must_lease()
    mailroom.newsroom.wait(minutes=6)
    present = mailroom.must_lease()
    mailroom.begin(present, 1)
    if theirs is not None:
        mailroom.settle(a_verdict(1, theirs, retry_at=mailroom.now))
    before = mailroom.delivery(1), mailroom.newsroom.rows(attempt)

    later = mailroom.now + timedelta(hours=1)
    mailroom.settle(a_verdict(1, WAITING, retry_at=later, has_begun=False))

    assert (mailroom.delivery(1), mailroom.newsroom.rows(attempt)) == before


def test_a_worker_begins_nothing_under_a_number_that_another_has_used(
    mailroom: Mailroom,
) -> None:
    """What it hears would be told about an attempt that was not its own."""
    mailroom.plan(1)
    old = mailroom.must_lease()
    mailroom.newsroom.clock.move(LEASE + timedelta(minutes=1))  # It slept.
    lease = mailroom.must_lease()
    read = [
        Asked(due.id, due.segment_id, due.attempts, lease)
        for due in mailroom.due(lease)
    ]
    later = mailroom.now + timedelta(minutes=5)
    late = a_verdict(1, WAITING, retry_at=later, has_begun=False)
    assert old.fence < lease.fence
    mailroom.settle(late)

    assert mailroom.ask(*read) == [Answer.GONE, Answer.BEGUN, Answer.BEGUN]
    assert mailroom.delivery(1).state == "waiting"


def test_late_evidence_that_it_was_sent_counts(mailroom: Mailroom) -> None:
    opened = mailroom.plan(1)
    late = mailroom.must_lease()
    mailroom.begin(late, 1)
    mailroom.newsroom.wait(minutes=6)
    mailroom.must_lease()
    in_doubt = mailroom.delivery(1).state

    mailroom.settle(a_verdict(1))

    assert in_doubt == "held"
    assert mailroom.delivery(1).state == "sent"
    assert mailroom.cursors()[0] == opened.up_to
    (kept,) = mailroom.newsroom.rows(attempt)
    assert kept.outcome == "sent"


@pytest.fixture
def doubted(mailroom: Mailroom) -> Mailroom:
    """Return a mailroom whose first message is held, with a worker who may be late."""
    mailroom.plan(1)
    mailroom.begin(mailroom.must_lease(), 1)
    mailroom.newsroom.wait(minutes=6)
    mailroom.send_all(mailroom.must_lease())
    mailroom.store.transact(editions.close_finished)
    return mailroom


def test_late_evidence_that_it_was_refused_for_now_lets_it_wait_again(
    doubted: Mailroom,
) -> None:
    later = doubted.now + timedelta(minutes=20)
    in_doubt = doubted.delivery(1).state

    doubted.settle(a_verdict(1, WAITING, retry_at=later))

    assert (in_doubt, doubted.delivery(1).state) == ("held", "waiting")
    too_early = doubted.lease()
    doubted.newsroom.clock.move_to(later)
    assert too_early is None
    assert doubted.send_all(doubted.must_lease()) == 1
    assert doubted.delivery(1).state == "sent"


@pytest.mark.parametrize("state", [FAILED, EXPIRED])
def test_late_evidence_that_it_was_refused_for_good_ends_the_doubt(
    doubted: Mailroom, state: DeliveryState
) -> None:
    doubted.settle(a_verdict(1, state))

    assert doubted.delivery(1).state == state
    assert doubted.cursors()[0] == 0


def test_late_evidence_that_it_was_refused_comes_too_late_for_articles_that_went_on(
    doubted: Mailroom,
) -> None:
    doubted.newsroom.clock.move(timedelta(days=1))
    doubted.plan(1)

    doubted.settle(a_verdict(1, WAITING, retry_at=doubted.now))

    assert doubted.delivery(1).state == "expired"


def test_late_evidence_that_it_was_sent_stops_what_was_to_be_sent_again(
    doubted: Mailroom,
) -> None:
    doubted.store.transact(send_again, [1], "so it was said", doubted.now)

    doubted.settle(a_verdict(1))

    assert doubted.delivery(1).state == "sent"
    assert doubted.due(doubted.must_lease()) == []


def test_a_late_doubt_holds_nothing_that_is_to_be_sent_again(doubted: Mailroom) -> None:
    doubted.store.transact(send_again, [1], "the log says no", doubted.now)

    doubted.settle(a_verdict(1, HELD))

    assert doubted.delivery(1).state == "waiting"


def test_an_equation_that_holds_names_every_reader(mailroom: Mailroom) -> None:
    mailroom.newsroom.join("dana@reader.example", a_choice(language="kk"))
    opened = mailroom.plan(1)
    lease = mailroom.must_lease()
    first, second, third, fourth = mailroom.due(lease)
    mailroom.newsroom.leave(second.subscription_id)
    mailroom.begin(lease, first.id, second.id, third.id, fourth.id)
    mailroom.settle(a_verdict(first.id), a_verdict(third.id, FAILED))

    accounting = mailroom.account(opened)

    assert accounting.due == 4
    assert accounting.by_state == {
        SENT: 1,
        FAILED: 1,
        DeliveryState.BEGUN: 1,
        DeliveryState.SKIPPED: 1,
    }
    assert accounting.skipped_by_reason == {"left": 1}
    assert (accounting.waiting, accounting.error) == (1, 0)


def test_a_stale_segment_is_known_as_that(mailroom: Mailroom) -> None:
    mailroom.plan(1)

    mailroom.newsroom.take(an_article(is_withdrawn=True))

    assert [row.is_stale for row in mailroom.newsroom.rows(segment)] == [True]
