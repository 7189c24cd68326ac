"""A letter is in one process's hands at a time, and never sent twice by itself."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.clock import SteppedClock
from publisher.model.delivery import DeliveryState
from publisher.store import Store, letter_queue, letters
from publisher.store.letter_queue import Leased, LeasedLetter, LetterVerdict
from publisher.store.letters import LetterRow, NewLetter
from publisher.store.readers import suppress
from tests.books import discrepancies
from tests.builders import MORNING
from tests.effort import effort
from tests.store.databases import empty

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LEASE = 5 * MINUTE


@dataclass
class Letterbox:
    """A store with letters, and a clock."""

    store: Store
    clock: SteppedClock = field(default_factory=lambda: SteppedClock(MORNING))

    def post(self, once: str = "confirm-1", expires: timedelta = 7 * DAY) -> bool:
        new = NewLetter(
            once=once,
            kind="confirm",
            email=f"{once}@reader.example",
            language="ru",
            facts={"joining": 1},
            expires_at=self.clock.now() + expires,
        )
        return self.store.transact(letters.post, new, self.clock.now())

    def lease(self, limit: int = 10) -> Leased:
        now = self.clock.now()
        return self.store.transact(letter_queue.lease_letters, now, now + LEASE, limit)

    def must_lease(self) -> LeasedLetter:
        (leased,) = self.lease().letters
        return leased

    def freeze(self, leased: LeasedLetter, message: bytes = b"bytes") -> bool:
        return self.store.transact(letter_queue.freeze, leased, message)

    def begin(self, leased: LeasedLetter) -> bool:
        now = self.clock.now()
        return self.store.transact(
            letter_queue.begin, leased, leased.email, now + LEASE, now
        )

    def settle(
        self,
        leased: LeasedLetter,
        state: DeliveryState,
        *,
        has_begun: bool = True,
        again: timedelta | None = None,
    ) -> bool:
        now = self.clock.now()
        verdict = LetterVerdict(
            number=leased.attempts + 1,
            state=state,
            reason="" if state is DeliveryState.SENT else "451 not now",
            retry_at=now + again if again is not None else None,
            has_begun=has_begun,
        )
        return self.store.transact(letter_queue.settle, leased, verdict, now)

    def only(self) -> LetterRow:
        (row,) = self.store.query(letters.list_letters, 10)
        return row


@pytest.fixture
def box(store: Store) -> Letterbox:
    return Letterbox(store)


def test_of_two_letters_about_the_same_one_is_posted(box: Letterbox) -> None:
    assert box.post()
    assert not box.post()
    assert box.only().state is DeliveryState.WAITING


def test_a_letter_is_leased_to_one_process_at_a_time(box: Letterbox) -> None:
    box.post()

    first, second = box.lease(), box.lease()

    assert len(first.letters) == 1
    assert second == Leased(())


def test_processes_that_lease_at_once_share_the_letters(box: Letterbox) -> None:
    for number in range(20):
        box.post(f"confirm-{number}")
    barrier = threading.Barrier(4)

    def lease(_: int) -> list[int]:
        barrier.wait()
        return [letter.id for letter in box.lease(5).letters]

    with ThreadPoolExecutor(4) as pool:
        found = [number for ids in pool.map(lease, range(4)) for number in ids]

    assert len(found) == len(set(found))
    rest = [letter.id for letter in box.lease(20).letters]
    assert len(found) + len(rest) == 20


def test_a_letter_goes_from_waiting_to_begun_to_sent(box: Letterbox) -> None:
    box.post()
    leased = box.must_lease()

    assert box.freeze(leased)
    assert box.begin(leased)
    assert box.only().state is DeliveryState.BEGUN
    assert box.settle(leased, DeliveryState.SENT)

    assert box.only().state is DeliveryState.SENT
    assert box.lease() == Leased(())
    assert discrepancies(box.store) == []


def test_its_bytes_are_kept_for_a_retry_and_no_longer(box: Letterbox) -> None:
    box.post()
    first = box.must_lease()
    box.freeze(first, b"first")
    box.begin(first)
    box.settle(first, DeliveryState.WAITING, again=MINUTE)
    box.clock.move(2 * MINUTE)

    again = box.must_lease()

    assert again.message == b"first"
    assert not box.freeze(again, b"second")
    assert again.attempts == 1
    box.begin(again)
    box.settle(again, DeliveryState.SENT)
    assert discrepancies(box.store) == []


def test_nothing_is_begun_that_was_not_composed(box: Letterbox) -> None:
    box.post()

    assert not box.begin(box.must_lease())


def test_a_letter_that_was_begun_by_a_process_that_is_gone_is_held(
    box: Letterbox,
) -> None:
    box.post()
    leased = box.must_lease()
    box.freeze(leased)
    box.begin(leased)
    box.clock.move(LEASE + MINUTE)

    taken = box.lease()

    assert taken.letters == ()
    assert taken.held == (leased.id,)
    assert box.only().state is DeliveryState.HELD
    box.clock.move(DAY)
    assert box.lease() == Leased(())


def test_a_late_verdict_on_a_letter_that_is_held_counts_if_it_is_final(
    box: Letterbox,
) -> None:
    box.post()
    leased = box.must_lease()
    box.freeze(leased)
    box.begin(leased)
    box.clock.move(LEASE + MINUTE)
    box.lease()

    assert not box.settle(leased, DeliveryState.WAITING, again=MINUTE)
    assert box.settle(leased, DeliveryState.SENT)
    assert box.only().state is DeliveryState.SENT


def test_a_process_that_comes_too_late_is_refused(box: Letterbox) -> None:
    box.post()
    late = box.must_lease()
    box.clock.move(LEASE + MINUTE)
    box.must_lease()

    assert not box.freeze(late)
    assert not box.begin(late)
    assert not box.settle(late, DeliveryState.FAILED, has_begun=False)
    assert box.only().attempts == 0


def test_a_letter_past_its_time_expires(box: Letterbox) -> None:
    box.post(expires=HOUR)
    box.clock.move(HOUR)

    leased = box.lease()

    assert leased.letters == ()
    assert len(leased.expired) == 1
    assert box.only().state is DeliveryState.EXPIRED


def test_a_letter_that_is_given_back_waits_until_then(box: Letterbox) -> None:
    box.post()
    leased = box.must_lease()

    box.store.transact(letter_queue.give_back, [leased], box.clock.now() + MINUTE)

    assert box.lease() == Leased(())
    box.clock.move(MINUTE)
    assert box.must_lease().attempts == 0


def test_a_suppressed_address_is_not_written_to(box: Letterbox) -> None:
    box.post()
    leased = box.must_lease()
    box.freeze(leased)
    box.store.transact(suppress, leased.email, "bounced", box.clock.now())

    assert not box.begin(leased)

    row = box.only()
    assert (row.state, row.reason) == (DeliveryState.FAILED, "suppressed: bounced")


@pytest.mark.parametrize("state", [DeliveryState.HELD, DeliveryState.FAILED])
def test_what_is_held_or_has_failed_is_sent_again_by_an_operator(
    box: Letterbox, state: DeliveryState
) -> None:
    box.post()
    leased = box.must_lease()
    box.freeze(leased)
    box.begin(leased)
    box.settle(leased, state)

    assert box.store.transact(letters.send_again, leased.id, "again", box.clock.now())

    again = box.must_lease()
    # One that is in doubt may have arrived: its bytes must be the same.
    assert again.message == (b"bytes" if state is DeliveryState.HELD else None)


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.EXPIRED])
def test_nothing_else_is_sent_again(box: Letterbox, state: DeliveryState) -> None:
    box.post()
    leased = box.must_lease()
    box.freeze(leased)
    box.begin(leased)
    box.settle(leased, state)

    assert not box.store.transact(
        letters.send_again, leased.id, "again", box.clock.now()
    )


def test_what_is_past_its_time_is_not_sent_again(box: Letterbox) -> None:
    box.post(expires=HOUR)
    leased = box.must_lease()
    box.settle(leased, DeliveryState.FAILED, has_begun=False)
    box.clock.move(2 * HOUR)

    assert not box.store.transact(
        letters.send_again, leased.id, "again", box.clock.now()
    )


def test_what_was_settled_long_ago_is_removed_and_what_is_in_doubt_stays(
    box: Letterbox,
) -> None:
    for number, state in enumerate((DeliveryState.SENT, DeliveryState.HELD)):
        box.post(f"confirm-{number}", expires=60 * DAY)
        leased = box.must_lease()
        box.freeze(leased)
        box.begin(leased)
        box.settle(leased, state)
    box.post("confirm-2")

    def kept() -> list[DeliveryState]:
        box.clock.move(31 * DAY)
        before = box.clock.now() - 30 * DAY
        box.store.transact(letters.clear_settled, before)
        rows = box.store.query(letters.list_letters, 10)
        return [row.state for row in rows]

    assert kept() == [DeliveryState.WAITING, DeliveryState.HELD]
    kept()
    assert kept() == [DeliveryState.WAITING]


@dataclass
class Hands(Letterbox):
    """Processes that lease letters and then do anything with them, however late."""

    leased: list[LeasedLetter] = field(default_factory=list)
    begun: list[tuple[int, int]] = field(default_factory=list)

    def work(self, step: str, number: int) -> None:
        """Do one thing with a letter that somebody holds or held."""
        one = self.leased[number % len(self.leased)]
        if step == "freeze":
            self.freeze(one)
        elif step != "begin":
            self.settle(one, OUTCOMES[step], again=MINUTE)
        elif self.begin(one):
            self.begun.append((one.id, one.attempts + 1))

    def happen(self, step: str, number: int) -> None:
        """Let something happen that concerns nobody's letter in particular."""
        now = self.clock.now()
        if step == "post":
            self.post(f"confirm-{number}", expires=HOUR)
        elif step == "lease":
            self.leased += self.lease(2).letters
        elif step == "again":
            self.store.transact(letters.send_again, number + 1, "again", now)
        else:
            self.clock.move(LEASE + MINUTE if step == "long" else MINUTE)


OUTCOMES = {
    "sent": DeliveryState.SENT,
    "retry": DeliveryState.WAITING,
    "refused": DeliveryState.FAILED,
    "doubt": DeliveryState.HELD,
}
WORK = ["freeze", "begin", *OUTCOMES]
STEP = st.sampled_from([*WORK, "post", "lease", "again", "wait", "long"])


@effort(25)
@given(steps=st.lists(st.tuples(STEP, st.integers(0, 3)), max_size=40))
def test_the_books_of_letters_balance_whatever_happens(
    shared_sqlite: Store, steps: list[tuple[str, int]]
) -> None:
    hands = Hands(shared_sqlite)
    try:
        for step, number in steps:
            if step not in WORK:
                hands.happen(step, number)
            elif hands.leased:
                hands.work(step, number)

        assert discrepancies(hands.store) == []
        assert len(hands.begun) == len(set(hands.begun)), "an attempt was begun twice"
    finally:
        empty(shared_sqlite)
