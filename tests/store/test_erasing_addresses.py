"""Erasing finds a reader under every address and spelling that we were given."""

from datetime import timedelta

from publisher.store import address_changes
from publisher.store.erasing import erase_address
from publisher.store.letters import NewLetter, post
from publisher.store.records import records_of
from publisher.store.schema.letters import letter
from tests.builders import a_consent
from tests.store.newsroom import Newsroom
from tests.store.test_joinings import Desk
from tests.store.traces import traces_of

OLD = "anna.dauletova@reader.example"
NEW = "dauletova@another.example"
WEEK = timedelta(days=7)


def erase(newsroom: Newsroom, key: str) -> None:
    newsroom.store.transact(erase_address, key, newsroom.clock.now())


def write(newsroom: Newsroom, email: str, **values: object) -> None:
    new = NewLetter(
        **{
            "once": f"confirm-{email}"[:80],
            "kind": "confirm",
            "email": email,
            "language": "ru",
            "facts": {},
            "expires_at": newsroom.clock.now() + WEEK,
            **values,
        }  # type: ignore[arg-type]
    )
    newsroom.store.transact(post, new, newsroom.clock.now())


def ask_to_move(newsroom: Newsroom, subscriber_id: int, email: str) -> int:
    now = newsroom.clock.now()
    ask = address_changes.ask
    return newsroom.store.transact(ask, subscriber_id, email, email, now + WEEK, now)


def move(newsroom: Newsroom, subscriber_id: int, email: str) -> None:
    change = ask_to_move(newsroom, subscriber_id, email)
    said = a_consent("changed", at=newsroom.clock.now())
    newsroom.store.transact(address_changes.settle, change, said)


def test_who_moved_to_another_address_is_erased_with_the_one_before(
    newsroom: Newsroom,
) -> None:
    desk = Desk.open(newsroom)
    desk.ask(OLD)
    desk.confirm(1)
    newsroom.clock.move(timedelta(days=2))
    desk.ask(OLD)
    move(newsroom, 1, NEW)

    known = newsroom.store.query(records_of, NEW)
    erase(newsroom, NEW)

    assert known is not None
    assert len(known["joinings"]) == 2
    assert {row["kind"] for row in known["letters"]} == {
        "confirm",
        "welcome",
        "preferences",
    }
    assert traces_of(newsroom.store, OLD, NEW) == []


def test_a_request_outlasts_a_change_of_address(newsroom: Newsroom) -> None:
    desk = Desk.open(newsroom)
    number = newsroom.join(OLD)
    desk.joinings.membership.leave(number, origin="test")
    desk.ask(OLD)
    move(newsroom, 1, NEW)

    done = desk.confirm(1)

    assert [one.email for one in done.subscriptions] == [NEW]
    assert done.subscriber_id == 1


def test_letters_to_others_that_name_the_address_go_too(newsroom: Newsroom) -> None:
    newsroom.join("bolat@reader.example")
    for wanted in (OLD, NEW):
        ask_to_move(newsroom, 1, wanted)
        write(
            newsroom,
            "bolat@reader.example",
            once=f"address-{wanted}"[:12],
            kind="address",
            facts={"new": wanted},
            subscriber_id=1,
        )

    erase(newsroom, OLD)

    assert traces_of(newsroom.store, OLD) == []
    assert [row.facts["new"] for row in newsroom.rows(letter)] == [NEW]


def test_capitals_of_any_script_are_the_same_address(newsroom: Newsroom) -> None:
    newsroom.join("қайрат@почта.example".replace("почта", "xn--80a1acny"))
    write(newsroom, "ҚАЙРАТ@xn--80a1acny.example")
    write(newsroom, "САУЛЕ@xn--80a1acny.example")
    key = "қайрат@xn--80a1acny.example"

    known = newsroom.store.query(records_of, key)
    erase(newsroom, key)

    assert known is not None
    assert len(known["letters"]) == 1
    assert [row.email for row in newsroom.rows(letter)] == [
        "САУЛЕ@xn--80a1acny.example"
    ]
