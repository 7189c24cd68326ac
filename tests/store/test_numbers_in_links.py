"""A number that a link names is nobody else's, however long ago its row went.

A link opens whatever has its number: of somebody else it would open all that is known.
"""

from datetime import timedelta

from publisher.audience.address_changes import AddressChanges, Confirmation
from publisher.store import data_requests
from publisher.store.erasing import erase_address
from publisher.store.schema.letters import letter
from publisher.store.schema.readers import data_request, subscriber
from publisher.store.schema.requests import address_change
from tests.store.newsroom import Newsroom
from tests.store.test_joinings import Desk

ANNA = "anna@reader.example"
BOLAT = "bolat@reader.example"
WEEK = timedelta(days=7)


def ask_for_data(newsroom: Newsroom, email: str) -> int:
    now = newsroom.clock.now()
    newsroom.store.transact(data_requests.ask, email, "test", now, now + WEEK)
    return max(int(row.id) for row in newsroom.rows(data_request))


def erase(newsroom: Newsroom, email: str) -> None:
    newsroom.store.transact(erase_address, email, newsroom.clock.now())


def test_the_link_to_ones_data_never_opens_anothers(newsroom: Newsroom) -> None:
    newsroom.join(ANNA)
    newsroom.join(BOLAT)
    number = ask_for_data(newsroom, ANNA)
    erase(newsroom, ANNA)

    other = ask_for_data(newsroom, BOLAT)

    now = newsroom.clock.now()
    assert other != number
    assert newsroom.store.query(data_requests.find_request, number, now) is None


def test_a_mailbox_never_agrees_to_anothers_change(newsroom: Newsroom) -> None:
    """Or who was erased agrees for the mailbox of a reader whose digest they have."""
    newsroom.join(ANNA)
    newsroom.join(BOLAT)
    changes = AddressChanges(Desk.open(newsroom).joinings.membership)
    changes.ask(1, "anna@another.example")
    (asked,) = newsroom.rows(address_change)
    erase(newsroom, ANNA)

    changes.ask(2, "eve@another.example")
    for is_new in (True, False):
        changes.confirm(Confirmation(asked.id, is_new=is_new))

    assert newsroom.rows(subscriber)[1].email == BOLAT


def test_no_two_letters_have_one_name(newsroom: Newsroom) -> None:
    """Their Message-ID is made of it, and mailboxes drop what they have had."""
    desk = Desk.open(newsroom)
    desk.ask(ANNA)
    (first,) = newsroom.rows(letter)
    erase(newsroom, ANNA)
    newsroom.clock.move(timedelta(days=2))

    desk.ask(ANNA)

    (second,) = newsroom.rows(letter)
    assert second.id != first.id
