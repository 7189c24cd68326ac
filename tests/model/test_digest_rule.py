"""What an operator defined and a reader chose makes one timetable and one deadline."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.digest import DigestRule
from publisher.model.timetable import Frequency
from tests.builders import MORNING, a_rule, a_timetable
from tests.effort import effort

HOUR = timedelta(hours=1)
DAYS = (0, 1, 2, 3, 4)


def test_a_reader_may_choose_an_hour_or_take_the_digest_s_own() -> None:
    rule = a_rule(at=time(7, 0))

    assert rule.timetable("Asia/Aqtau") == a_timetable(zone="Asia/Aqtau")
    assert rule.timetable("Asia/Aqtau", time(19, 30)) == a_timetable(
        zone="Asia/Aqtau", at=time(19, 30)
    )


@pytest.mark.parametrize(
    ("rule", "weekdays", "month_day"),
    [
        (a_rule(weekdays=DAYS, month_day=5), (), 1),
        (a_rule(frequency=Frequency.WEEKDAYS, weekdays=(4, 0, 4)), (0, 4), 1),
        (a_rule(frequency=Frequency.WEEKLY, weekdays=(4, 0)), (4,), 1),
        (a_rule(frequency=Frequency.MONTHLY, weekdays=DAYS, month_day=5), (), 5),
    ],
    ids=["daily", "weekdays", "weekly", "monthly"],
)
def test_what_a_frequency_does_not_use_does_not_split_its_readers(
    rule: DigestRule, weekdays: tuple[int, ...], month_day: int
) -> None:
    timetable = rule.timetable("Asia/Almaty")

    assert (timetable.weekdays, timetable.month_day) == (weekdays, month_day)


def test_an_instant_digest_has_no_hour() -> None:
    rule = a_rule(frequency=Frequency.INSTANT, at=time(7, 0))

    assert rule.timetable("Asia/Almaty", time(9, 0)).at == time(0, 0)


def test_an_edition_is_too_late_after_its_hours_or_when_the_next_is_due() -> None:
    def hours_left(lateness: timedelta) -> timedelta:
        rule = a_rule(max_lateness=lateness)
        timetable = rule.timetable("Asia/Almaty")
        slot = timetable.last_slot(MORNING)
        return rule.expires_at(timetable, slot) - slot.due_at

    assert hours_left(6 * HOUR) == 6 * HOUR
    assert hours_left(48 * HOUR) == 24 * HOUR


@effort(100)
@given(
    frequency=st.sampled_from(Frequency),
    hours=st.integers(1, 24 * 14),
    moment=st.integers(0, 24 * 400).map(lambda h: MORNING + h * HOUR),
)
def test_an_edition_always_has_some_time_and_never_outlives_the_next(
    frequency: Frequency, hours: int, moment: datetime
) -> None:
    rule = a_rule(frequency=frequency, weekdays=DAYS, max_lateness=hours * HOUR)
    timetable = rule.timetable("Asia/Almaty")
    slot = (
        timetable.instant_slot(moment)
        if timetable.is_instant
        else timetable.last_slot(moment)
    )

    ends = rule.expires_at(timetable, slot)

    assert slot.due_at < ends <= slot.due_at + hours * HOUR
    assert timetable.is_instant or ends <= timetable.next_slot(slot.due_at).due_at


def test_a_digest_is_titled_in_the_reader_s_language() -> None:
    bilingual = a_rule(titles={"ru": "Утро", "kk": "Таң"})
    plain = a_rule(titles={"": "Morning"})

    assert (bilingual.title("kk"), plain.title("kk")) == ("Таң", "Morning")


def test_a_digest_without_a_title_in_a_language_has_the_first_there_is() -> None:
    partly = a_rule("vecher", titles={"kk": "Кеш", "ru": "Вечер"})
    untitled = a_rule("vecher", titles={"": ""})

    assert (partly.title("en"), untitled.title("en")) == ("Кеш", "vecher")
