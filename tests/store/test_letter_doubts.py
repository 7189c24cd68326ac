"""A doubt about a letter ends once, whoever ends it, and its bytes stay until then."""

from collections.abc import Callable

import pytest

from publisher.model.delivery import DeliveryState
from publisher.store import Store, letter_doubts, letters
from publisher.store.letter_queue import Leased, LeasedLetter
from tests.books import discrepancies
from tests.store.test_letters import DAY, HOUR, LEASE, MINUTE, Letterbox


@pytest.fixture
def box(store: Store) -> Letterbox:
    return Letterbox(store)


def put_in_doubt(box: Letterbox, once: str = "confirm-1") -> LeasedLetter:
    """Post a letter, and lose the process that had begun it."""
    box.post(once)
    leased = box.must_lease()
    box.freeze(leased, b"bytes of " + once.encode())
    box.begin(leased)
    box.clock.move(LEASE + MINUTE)
    assert box.lease().held == (leased.id,)
    return leased


def test_letters_in_doubt_are_listed_with_when_they_were_on_the_wire(
    box: Letterbox,
) -> None:
    begun_at = box.clock.now()
    first = put_in_doubt(box)
    held_at = box.clock.now()
    second = put_in_doubt(box, "confirm-2")
    box.post("confirm-3")

    found = box.store.query(letter_doubts.list_doubts, 10)
    lately = box.store.query(letter_doubts.list_doubts, 10, box.clock.now())

    assert [row.word for row in found] == [f"letter-{second.id}", f"letter-{first.id}"]
    assert (found[1].begun_at, found[1].ended_at) == (begun_at, held_at)
    assert found[1].head == b"bytes of confirm-1"
    assert [row.id for row in lately] == [second.id]
    assert box.store.query(letter_doubts.count_doubts) == 2


def test_the_letter_that_was_held_last_stands_first(box: Letterbox) -> None:
    first = put_in_doubt(box)
    put_in_doubt(box, "confirm-2")
    again = [first.id], "operator: once more", box.clock.now()
    box.store.transact(letter_doubts.send_again, *again)
    box.begin(box.must_lease())
    box.clock.move(LEASE + MINUTE)
    assert box.lease().held == (first.id,)

    (row,) = box.store.query(letter_doubts.list_doubts, 1)

    assert row.id == first.id


End = Callable[..., object]


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (letter_doubts.take_as_sent, DeliveryState.SENT),
        (letter_doubts.take_as_bounced, DeliveryState.FAILED),
    ],
)
def test_a_doubt_ends_once(box: Letterbox, end: End, state: DeliveryState) -> None:
    leased, now = put_in_doubt(box), box.clock.now()

    assert box.store.transact(end, [leased.id, 99], "the log says", now) == [leased.id]
    assert box.store.transact(end, [leased.id], "again", now) == []
    assert not box.store.transact(letter_doubts.send_again, [leased.id], "no", now)

    row = box.only()
    assert (row.state, row.reason) == (state, "the log says")
    assert box.lease() == Leased(())
    assert discrepancies(box.store) == []


def test_what_did_not_arrive_goes_again_as_the_same_bytes(box: Letterbox) -> None:
    leased, now = put_in_doubt(box), box.clock.now()

    again = box.store.transact(letter_doubts.send_again, [leased.id], "log", now)

    assert again == {leased.id: DeliveryState.WAITING}
    assert box.must_lease().message == b"bytes of confirm-1"
    assert discrepancies(box.store) == []


def test_what_did_not_arrive_in_its_time_expires(box: Letterbox) -> None:
    leased = put_in_doubt(box)
    box.clock.move(8 * DAY)
    now = box.clock.now()

    again = box.store.transact(letter_doubts.send_again, [leased.id], "log", now)

    assert again == {leased.id: DeliveryState.EXPIRED}
    assert box.only().reason == "log; its time was over"
    assert box.lease() == Leased(())
    assert discrepancies(box.store) == []


def test_a_reply_that_comes_late_keeps_a_letter_from_going_again(
    box: Letterbox,
) -> None:
    leased, now = put_in_doubt(box), box.clock.now()
    box.store.transact(letter_doubts.send_again, [leased.id], "policy", now)

    assert not box.settle(leased, DeliveryState.HELD)
    assert box.settle(leased, DeliveryState.SENT)

    assert box.only().state is DeliveryState.SENT
    assert box.lease() == Leased(())
    assert discrepancies(box.store) == []


def test_a_reply_to_an_attempt_before_says_nothing_of_the_next(box: Letterbox) -> None:
    leased, now = put_in_doubt(box), box.clock.now()
    box.store.transact(letter_doubts.send_again, [leased.id], "policy", now)
    box.begin(box.must_lease())

    assert not box.settle(leased, DeliveryState.SENT)

    assert box.only().state is DeliveryState.BEGUN


def test_evidence_is_asked_after_a_restore_about_what_was_composed_before(
    box: Letterbox,
) -> None:
    box.post("composed")
    leased = box.must_lease()
    box.freeze(leased)
    box.begin(leased)
    box.settle(leased, DeliveryState.WAITING, again=MINUTE)
    box.post("not-composed")
    known_at = box.clock.now()
    box.clock.move(HOUR)
    now = box.clock.now()

    box.store.transact(letter_doubts.hold_in_question, known_at, now, now)

    fresh, composed = box.store.query(letter_doubts.list_doubts, 10)
    assert (composed.begun_at, composed.ended_at) == (known_at, now)
    assert (fresh.begun_at, fresh.head) == (None, None)
    assert composed.is_of_lost_store
    assert fresh.is_of_lost_store
    assert discrepancies(box.store) == []


def test_many_letters_in_question_are_counted_as_sent(box: Letterbox) -> None:
    in_doubt = put_in_doubt(box)
    for number in range(2, 5):
        box.post(f"confirm-{number}")
    now = box.clock.now()

    box.store.transact(letter_doubts.take_in_question_as_sent, now, now, now)

    rows = box.store.query(letters.list_letters, 10)
    held = [row.id for row in rows if row.state is DeliveryState.HELD]
    assert held == [in_doubt.id], "a missing reply is nobody's word"
    assert {row.state for row in rows if row.id not in held} == {DeliveryState.SENT}
    assert discrepancies(box.store) == []
