"""Who did not ask is written to at most once a day, and three times in all."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.model.joining import (
    BETWEEN,
    UNANSWERED,
    Asked,
    Reply,
    Written,
    count_asked,
    reply_to,
)
from tests.builders import MORNING

STEPS = st.lists(
    st.tuples(
        st.timedeltas(min_value=timedelta(), max_value=timedelta(days=3)),
        st.sampled_from(["ask", "ask", "ask", "answer"]),
    ),
    max_size=60,
)


@settings(max_examples=40)
@given(STEPS)
def test_an_address_gets_one_letter_a_day_and_three_unanswered(
    steps: list[tuple[timedelta, str]],
) -> None:
    now, written, unanswered = MORNING, Written(), 0
    sent: list[datetime] = []

    for span, step in steps:
        now += span
        if step == "answer" and sent:
            written, unanswered = written.answered(), 0
        elif reply_to(written, now, suppression=None, has_everything=False) is (
            Reply.CONFIRM
        ):
            written = written.again(now)
            sent.append(now)
            unanswered += 1
        assert unanswered <= UNANSWERED

    assert all(later - earlier >= BETWEEN for earlier, later in pairwise(sent))


def test_the_first_letter_is_sent_at_once_and_the_next_after_a_day() -> None:
    written = Written().again(MORNING)

    assert Written().may_write(MORNING)
    assert not written.may_write(MORNING + BETWEEN - timedelta(microseconds=1))
    assert written.may_write(MORNING + BETWEEN)


@pytest.mark.parametrize(
    ("suppression", "has_everything", "reply"),
    [
        (None, False, Reply.CONFIRM),
        (None, True, Reply.PREFERENCES),
        ("erased", False, Reply.CONFIRM),
        ("left", False, Reply.CONFIRM),
        ("bounced", False, Reply.NOTHING),
        ("complained", True, Reply.NOTHING),
        ("in the words of an operator", False, Reply.NOTHING),
    ],
)
def test_what_is_sent_goes_by_what_we_know(
    *, suppression: str | None, has_everything: bool, reply: Reply
) -> None:
    assert (
        reply_to(
            Written(), MORNING, suppression=suppression, has_everything=has_everything
        )
        is reply
    )


def test_requests_for_a_domain_are_counted_by_the_hour() -> None:
    first = count_asked(Asked(), MORNING)
    second = count_asked(first, MORNING + timedelta(minutes=59))
    third = count_asked(second, MORNING + timedelta(hours=1))

    assert [one.count for one in (first, second, third)] == [1, 2, 1]
