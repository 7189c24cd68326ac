"""Nobody is welcomed who has left again: queued mail stops with leaving (law 9)."""

from datetime import timedelta

from publisher.model.delivery import DeliveryState
from publisher.store import letter_queue
from publisher.store.letter_queue import LeasedLetter
from publisher.store.letters import LetterRow, list_letters
from tests.store.newsroom import Newsroom
from tests.store.test_joinings import ANNA, Desk

MINUTE = timedelta(minutes=1)


def welcomed(newsroom: Newsroom) -> LeasedLetter:
    """Let a reader join, and return the welcome as it waits to be sent."""
    desk = Desk.open(newsroom)
    desk.ask()
    desk.confirm()
    now = newsroom.clock.now()
    lease = letter_queue.lease_letters
    letters = newsroom.store.transact(lease, now, now + MINUTE, 10).letters
    (welcome,) = (one for one in letters if one.kind == "welcome")
    newsroom.store.transact(letter_queue.freeze, welcome, b"bytes")
    return welcome


def begin(newsroom: Newsroom, letter: LeasedLetter) -> bool:
    now = newsroom.clock.now()
    return newsroom.store.transact(letter_queue.begin, letter, ANNA, now + MINUTE, now)


def the_welcome(newsroom: Newsroom) -> LetterRow:
    rows = newsroom.store.query(list_letters, 10)
    return next(row for row in rows if row.kind == "welcome")


def test_who_has_left_again_is_not_welcomed(newsroom: Newsroom) -> None:
    welcome = welcomed(newsroom)
    newsroom.leave(1)

    assert not begin(newsroom, welcome)
    told = the_welcome(newsroom)
    assert (told.state, told.reason) == (DeliveryState.FAILED, "the reader has left")


def test_who_stays_is_welcomed(newsroom: Newsroom) -> None:
    welcome = welcomed(newsroom)

    assert begin(newsroom, welcome)
    assert the_welcome(newsroom).state is DeliveryState.BEGUN
