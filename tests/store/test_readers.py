"""Readers join, change, leave and come back; each step leaves its consent behind.

Nothing is mailed without recorded consent, and the record is only appended to (law 14).
"""

import random
from dataclasses import replace
from datetime import time, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.clock import SteppedClock
from publisher.errors import SubscriberError
from publisher.model.selection import Selection
from publisher.model.timetable import Frequency
from publisher.store import Store, readers, timetables
from publisher.store.readers import Choice, Consent, Subscription
from publisher.store.schema.readers import (
    selection,
    subscriber,
    subscription,
    suppression,
    timetable,
)
from tests.builders import (
    MORNING,
    a_choice,
    a_consent,
    a_timetable,
    an_article,
)
from tests.effort import effort
from tests.store.databases import empty
from tests.store.newsroom import Newsroom

ANNA = "anna@reader.example"
HOUR = timedelta(hours=1)


def events(newsroom: Newsroom, subscriber_id: int = 1) -> list[tuple[str, str]]:
    found = newsroom.store.query(readers.list_consent, subscriber_id)
    return [(one.event, one.digest_key) for one in found]


def find(newsroom: Newsroom, number: int) -> Subscription:
    found = newsroom.store.query(readers.find_subscription, number)
    assert found is not None
    return found


def test_a_selection_may_have_thousands_of_rubrics(newsroom: Newsroom) -> None:
    numbers = random.Random(7).sample(range(10_000), 4000)
    many = tuple(sorted(sha256(b"%d" % one).hexdigest() for one in numbers))

    first = newsroom.join(ANNA, a_choice(chosen=many))
    second = newsroom.join("bolat@reader.example", a_choice(chosen=many[::-1]))

    assert find(newsroom, first).choice.selection == Selection(many)
    assert find(newsroom, second).choice.selection == Selection(many)
    assert newsroom.count(selection) == 1


def test_who_joins_is_subscribed_to_what_was_chosen(newsroom: Newsroom) -> None:
    choice = a_choice(chosen=("sport",), excluded=("futbol",), language="kk")

    number = newsroom.join(ANNA, choice)

    assert find(newsroom, number) == Subscription(
        id=number,
        subscriber_id=1,
        email=ANNA,
        digest_key="utro",
        choice=choice,
        is_active=True,
        next_due_at=MORNING,
    )


def test_the_words_that_were_agreed_to_are_kept(newsroom: Newsroom) -> None:
    newsroom.join(ANNA)

    said = a_consent(digest_key="utro")
    version = sha256(said.wording.encode()).hexdigest()
    given_consent = replace(said, version=version)
    assert newsroom.store.query(readers.list_consent, 1) == [given_consent]


def test_who_joins_twice_has_one_subscription_and_two_consents(
    newsroom: Newsroom,
) -> None:
    first = newsroom.join(ANNA)

    again = newsroom.join("Anna@Reader.example", a_choice(chosen=("sport",)))

    assert again == first
    assert newsroom.count(subscriber) == newsroom.count(subscription) == 1
    assert find(newsroom, first).choice.selection == Selection(("sport",))
    assert events(newsroom) == [("given", "utro"), ("given", "utro")]


def test_one_reader_may_have_several_digests(newsroom: Newsroom) -> None:
    weekly = a_timetable(
        Frequency.WEEKLY, digest_key="nedelya", at=time(17, 0), weekdays=(4,)
    )
    newsroom.join(ANNA)
    newsroom.join(ANNA, a_choice(timetable=weekly))

    found = newsroom.store.query(readers.subscriptions_of, 1)

    assert [one.digest_key for one in found] == ["utro", "nedelya"]
    assert [one.choice.timetable for one in found] == [a_timetable(), weekly]


def test_who_leaves_is_not_active_and_the_record_says_when(newsroom: Newsroom) -> None:
    number = newsroom.join(ANNA)
    newsroom.wait(hours=1)

    assert newsroom.leave(number)

    assert not find(newsroom, number).is_active
    assert newsroom.one(subscription).ended_at == MORNING + HOUR
    assert events(newsroom) == [("given", "utro"), ("withdrawn", "utro")]


def test_leaving_again_is_no_error_and_no_event(newsroom: Newsroom) -> None:
    number = newsroom.join(ANNA)
    newsroom.leave(number)

    assert not newsroom.leave(number)
    assert not newsroom.leave(999)

    assert len(events(newsroom)) == 2


def test_leaving_one_digest_leaves_the_others(newsroom: Newsroom) -> None:
    first = newsroom.join(ANNA)
    second = newsroom.join(
        ANNA, a_choice(timetable=a_timetable(digest_key="vecher", at=time(18, 0)))
    )

    newsroom.leave(first)

    assert find(newsroom, second).is_active


def test_who_comes_back_has_the_same_subscription_and_gets_nothing_twice(
    newsroom: Newsroom,
) -> None:
    number = newsroom.join(ANNA, cursor=7)
    newsroom.leave(number)

    back = newsroom.join(ANNA, cursor=3)

    assert back == number
    row = newsroom.one(subscription)
    assert (row.state, row.ended_at, row.cursor) == ("active", None, 7)
    assert [event for event, _ in events(newsroom)] == ["given", "withdrawn", "given"]


def test_who_comes_back_after_long_is_not_flooded(newsroom: Newsroom) -> None:
    number = newsroom.join(ANNA, cursor=3)
    newsroom.leave(number)

    newsroom.join(ANNA, cursor=7)

    assert newsroom.one(subscription).cursor == 7


def test_another_choice_keeps_what_the_reader_has_had(newsroom: Newsroom) -> None:
    number = newsroom.join(ANNA, cursor=7)
    choice = a_choice(
        timetable=a_timetable(at=time(19, 30), zone="Asia/Aqtau"),
        chosen=("politika",),
        language="kk",
    )

    newsroom.store.transact(
        readers.change, number, choice, a_consent("changed", origin="link")
    )

    assert find(newsroom, number).choice == choice
    assert newsroom.one(subscription).cursor == 7
    assert events(newsroom) == [("given", "utro"), ("changed", "utro")]


def test_a_new_reader_starts_with_what_is_still_fresh(newsroom: Newsroom) -> None:
    for hours in (30, 3, 2, 1):
        newsroom.take(an_article(f"{hours}", published_at=MORNING - hours * HOUR))

    def cursor(hours: int) -> int:
        moment = MORNING - hours * HOUR
        return newsroom.store.query(readers.first_cursor, moment)

    assert [cursor(hours) for hours in (48, 24, 2, 0)] == [0, 1, 2, 4]


def test_a_new_reader_of_an_empty_newspaper_starts_at_its_beginning(
    newsroom: Newsroom,
) -> None:
    assert newsroom.store.query(readers.first_cursor, MORNING) == 0


def test_subscriptions_are_read_page_by_page(newsroom: Newsroom) -> None:
    evening = a_timetable(digest_key="vecher", at=time(18, 0))
    for number in range(5):
        choice = a_choice(timetable=evening) if number == 2 else a_choice()
        newsroom.join(f"{number}@reader.example", choice)

    def page(after: int, digest_key: str = "") -> list[int]:
        found = newsroom.store.query(readers.list_subscriptions, after, 2, digest_key)
        return [one.id for one in found]

    assert [page(0), page(2), page(4), page(5)] == [[1, 2], [3, 4], [5], []]
    assert [page(0, "vecher"), page(2, "utro")] == [[3], [4, 5]]


def test_an_address_is_suppressed_once_with_its_first_reason(
    newsroom: Newsroom,
) -> None:
    for reason in ("complaint", "hard bounce"):
        newsroom.store.transact(readers.suppress, ANNA, reason, MORNING)

    assert newsroom.one(suppression).reason == "complaint"


def test_equal_choices_share_their_rows(newsroom: Newsroom) -> None:
    for number, chosen in enumerate((("sport", "politika"), ("politika", "sport"))):
        newsroom.join(f"{number}@reader.example", a_choice(chosen=chosen))

    assert newsroom.count(selection) == newsroom.count(timetable) == 1


def test_a_timetable_is_kept_once_with_all_that_makes_it(newsroom: Newsroom) -> None:
    wanted = a_timetable(
        Frequency.WEEKDAYS, at=time(6, 5), zone="Asia/Aqtau", weekdays=(0, 2, 4)
    )

    def keep() -> int:
        return newsroom.store.transact(timetables.keep_timetable, wanted, MORNING)

    number = keep()

    assert keep() == number
    assert newsroom.timetable(number).timetable == wanted


STEPS = st.tuples(
    st.sampled_from(["join", "leave", "change"]), st.sampled_from(["utro", "vecher"])
)


@effort(25)
@given(steps=st.lists(STEPS, max_size=10))
def test_the_record_tells_at_any_time_what_may_be_mailed(
    store: Store, clock: SteppedClock, steps: list[tuple[str, str]]
) -> None:
    empty(store)
    newsroom = Newsroom(store, clock)
    numbers: dict[str, int] = {}
    record: list[Consent] = []

    for step, digest in steps:
        newsroom.wait(minutes=1)
        choice: Choice = a_choice(timetable=a_timetable(digest_key=digest))
        if step == "join":
            numbers[digest] = newsroom.join(ANNA, choice)
        elif digest in numbers and step == "leave":
            newsroom.leave(numbers[digest])
        elif digest in numbers:
            said = a_consent("changed", at=clock.now())
            store.transact(readers.change, numbers[digest], choice, said)

        found = store.query(readers.list_consent, 1)
        assert found[: len(record)] == record
        record = found
        for key, number in numbers.items():
            last = [one for one in record if one.digest_key == key][-1]
            active = find(newsroom, number).is_active
            if last.event != "changed":
                assert active == (last.event == "given")


@pytest.mark.parametrize(("number", "digest"), [(999, "utro"), (1, "vecher")])
def test_only_a_subscription_to_the_same_digest_can_be_changed(
    newsroom: Newsroom, number: int, digest: str
) -> None:
    newsroom.join(ANNA)
    choice = a_choice(timetable=a_timetable(digest_key=digest))

    with pytest.raises(SubscriberError, match=f'{number} is none to .*"{digest}"'):
        newsroom.store.transact(readers.change, number, choice, a_consent("changed"))

    assert events(newsroom) == [("given", "utro")]
