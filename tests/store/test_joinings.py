"""Requests to join on both databases: counts that hold for all processes together."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from publisher.audience.choosing import Wish
from publisher.audience.confirming import Confirmation, Confirming, Pressed, Visit
from publisher.audience.joining import ConsentTexts, Joinings, Request
from publisher.audience.membership import Membership
from publisher.clock import SteppedClock
from publisher.model.joining import Reply
from publisher.model.token import TokenKeys
from publisher.rendering.language import Languages
from publisher.store import Store, joinings, readers
from publisher.store.forgetting import forget_subscription
from publisher.store.readers import list_subscriptions
from publisher.store.schema.joinings import joining
from publisher.store.schema.letters import letter
from tests.builders import (
    ALMATY,
    MORNING,
    a_choice,
    a_consent,
    a_rule,
    a_timetable,
)
from tests.effort import effort
from tests.store.databases import empty
from tests.store.newsroom import Newsroom

ANNA = "anna@reader.example"
DAY = timedelta(days=1)
OLD, NEW = b"the first of the signing keys", b"the second of the signing keys"
CONSENT = ConsentTexts(version="1", texts={"ru": "Согласен."})


@dataclass
class Desk:
    """Whatever answers the form, with its own signing keys."""

    newsroom: Newsroom
    joinings: Joinings

    @classmethod
    def open(cls, newsroom: Newsroom, keys: TokenKeys | None = None) -> "Desk":
        membership = Membership(
            store=newsroom.store,
            clock=newsroom.clock,
            rules={"utro": a_rule("utro")},
            tree=newsroom.tree,
            languages=("ru",),
            zone=ALMATY,
        )
        own = Joinings(
            membership=membership,
            tokens=keys or TokenKeys({1: OLD}, 1),
            languages=Languages(),
            consent=CONSENT,
        )
        return cls(newsroom, own)

    def ask(self, email: str = ANNA) -> bool:
        wish = Wish(digest="utro")
        return self.joinings.ask(Request(email=email, wishes=(wish,), language="ru"))

    def confirm(self, number: int = 1) -> Confirmation:
        return Confirming(self.joinings).confirm(number, Visit())

    def sent(self) -> int:
        rows = self.newsroom.rows(letter)
        return sum(row.kind == "confirm" for row in rows)


def test_of_many_requests_at_once_one_is_written_for(newsroom: Newsroom) -> None:
    desk = Desk.open(newsroom)

    with ThreadPoolExecutor(6) as threads:
        taken = list(threads.map(desk.ask, [ANNA] * 12))

    assert all(taken)
    assert desk.sent() == 1
    assert len(newsroom.rows(joining)) == 12


def test_of_many_presses_at_once_one_subscribes(newsroom: Newsroom) -> None:
    desk = Desk.open(newsroom)
    desk.ask()

    with ThreadPoolExecutor(6) as threads:
        done = list(threads.map(desk.confirm, [1] * 6))

    assert {one.pressed for one in done} == {Pressed.CONFIRMED}
    assert len(newsroom.store.query(list_subscriptions, 0, 10)) == 1
    assert [row.kind for row in newsroom.rows(letter)] == ["confirm", "welcome"]


def test_three_letters_stay_three_when_requests_and_keys_are_gone(
    newsroom: Newsroom,
) -> None:
    desk = Desk.open(newsroom)
    for _ in range(5):
        desk.ask()
        newsroom.clock.move(40 * DAY)
        desk.joinings.forget()

    assert newsroom.rows(joining) == []
    assert desk.sent() == 3
    rotated = Desk.open(newsroom, TokenKeys({1: OLD, 2: NEW}, 2))
    rotated.ask()
    assert rotated.sent() == 3


def test_a_link_of_a_forgotten_request_never_confirms_another_one(
    newsroom: Newsroom,
) -> None:
    desk = Desk.open(newsroom)
    desk.ask(ANNA)
    newsroom.clock.move(40 * DAY)
    desk.joinings.forget()
    desk.ask("bolat@reader.example")

    assert desk.confirm(1).pressed is Pressed.UNKNOWN
    assert [row.email for row in newsroom.rows(joining)] == ["bolat@reader.example"]
    assert desk.sent() == 2


def test_all_of_an_address_is_listed_and_forgotten_except_for_the_count(
    newsroom: Newsroom,
) -> None:
    desk = Desk.open(newsroom)
    for email in (ANNA, "bolat@reader.example", ANNA):
        desk.ask(email)

    listed = newsroom.store.query(joinings.list_of_address, ANNA)
    gone = newsroom.store.transact(joinings.forget_address, ANNA)
    desk.ask(ANNA)

    assert [one.reply for one in listed] == [Reply.CONFIRM, Reply.NOTHING]
    assert gone == 2
    assert desk.sent() == 2


def test_who_confirmed_may_be_written_to_again_after_a_day(newsroom: Newsroom) -> None:
    desk = Desk.open(newsroom)
    for _ in range(3):
        desk.ask()
        newsroom.clock.move(DAY)

    desk.confirm(3)
    (subscription,) = newsroom.store.query(list_subscriptions, 0, 10)
    desk.joinings.membership.leave(subscription.id, origin="test")
    desk.ask()

    assert desk.sent() == 4


def test_who_left_so_long_ago_that_it_is_forgotten_may_ask_for_it_again(
    newsroom: Newsroom,
) -> None:
    desk = Desk.open(newsroom)
    newsroom.join(ANNA, a_choice(timetable=a_timetable(digest_key="other")))
    number = newsroom.join(ANNA)
    now = newsroom.clock.now()
    newsroom.store.transact(readers.leave, number, a_consent("withdrawn", at=now))
    newsroom.store.transact(forget_subscription, number, now)

    desk.ask()

    assert desk.sent() == 1
    assert desk.confirm().pressed is Pressed.CONFIRMED
    digests = {one.digest_key for one in newsroom.store.query(list_subscriptions, 0, 9)}
    assert digests == {"other", "utro"}


def test_a_request_outlasts_the_forgetting_of_what_was_left_before(
    newsroom: Newsroom,
) -> None:
    desk = Desk.open(newsroom)
    number = newsroom.join(ANNA)
    newsroom.leave(number)
    newsroom.clock.move(1000 * DAY)
    desk.ask()

    forgotten_at = newsroom.clock.now()
    newsroom.store.transact(forget_subscription, number, forgotten_at)

    assert newsroom.store.query(readers.subscriptions_of, 1) == []
    assert desk.sent() == 1
    assert desk.confirm().subscriber_id == 2


@effort(10)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a@x.example", "A@x.example", "b@x.example"]),
            st.sampled_from(["ask", "ask", "confirm", "forget"]),
            st.integers(0, 40),
        ),
        max_size=10,
    )
)
def test_no_history_writes_twice_in_a_day_or_a_fourth_time(
    sqlite_store: Store, steps: list[tuple[str, str, int]]
) -> None:
    with fresh_desk(sqlite_store) as desk:
        confirmed_at = {}
        for email, step, hours in steps:
            desk.newsroom.clock.move(timedelta(hours=hours))
            if step == "forget":
                desk.joinings.forget()
            elif step == "ask":
                desk.ask(email)
            for row in desk.newsroom.rows(joining) if step == "confirm" else ():
                if desk.confirm(row.id).pressed is Pressed.CONFIRMED:
                    confirmed_at[row.address_key] = desk.newsroom.clock.now()

        for key in ("a@x.example", "b@x.example"):
            moments = [
                row.posted_at
                for row in desk.newsroom.rows(letter)
                if row.email.lower() == key and row.kind != "welcome"
            ]
            assert all(b - a >= DAY for a, b in pairwise(moments))
            last = confirmed_at.get(key, MORNING - DAY)
            assert sum(at > last for at in moments) <= 3


@contextmanager
def fresh_desk(store: Store) -> Iterator[Desk]:
    try:
        yield Desk.open(Newsroom(store, SteppedClock(MORNING)))
    finally:
        empty(store)


def test_what_is_no_longer_offered_is_replaced_by_the_digests_own(
    newsroom: Newsroom,
) -> None:
    desk = Desk.open(newsroom)
    wish = Wish(digest="utro", rubrics=("sport",), hour="09:00")
    desk.joinings.ask(Request(email=ANNA, wishes=(wish,), language="ru"))
    (kept,) = newsroom.rows(joining)
    newsroom.store.transact(
        lambda tx: tx.execute(
            joining.update().values(
                wishes=[{**kept.wishes[0], "rubrics": ["gone"], "form": "new field"}]
            )
        )
    )

    done = desk.confirm()

    (subscription,) = done.subscriptions
    assert subscription.choice.selection.key == ""
    assert f"{subscription.choice.timetable.at:%H:%M}" == "07:00"


def test_a_digest_that_ended_cannot_be_confirmed(newsroom: Newsroom) -> None:
    desk = Desk.open(newsroom)
    desk.ask()
    own = desk.joinings
    rules = {"other": a_rule("other")}
    ended = replace(own, membership=replace(own.membership, rules=rules))

    assert Confirming(ended).confirm(1, Visit()).pressed is Pressed.ENDED
