"""Months follow each other, and names become parts of addresses."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.month import month_after, month_of, months_between, start_of
from publisher.model.slug import LONGEST_SLUG, slug_of, spelling
from tests.effort import effort

MOMENTS = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001 (the zone is given beside)
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@effort(100)
@given(MOMENTS)
def test_a_moment_lies_in_its_month(moment: datetime) -> None:
    month = month_of(moment)

    assert start_of(month) <= moment < start_of(month_after(month))
    assert month_of(start_of(month)) == month
    assert month_of(start_of(month_after(month)) - timedelta(microseconds=1)) == month


@effort(50)
@given(MOMENTS, st.integers(0, 900))
def test_months_between_two_moments_follow_each_other(
    first: datetime, days: int
) -> None:
    months = months_between(first, first + timedelta(days=days))

    assert months[0] == month_of(first)
    assert months[-1] == month_of(first + timedelta(days=days))
    assert [month_after(month) for month in months[:-1]] == months[1:]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Айгуль Сатпаева", "aygul-satpaeva"),
        ("Әсел Өтегенқызы", "asel-otegenqyzy"),
        ("Соб. инф.", "sob-inf"),
        ("ремонт дорог", "remont-dorog"),
        ("Щёлково № 5", "schelkovo-no-5"),
        ("Café Crème", "cafe-creme"),
    ],
)
def test_names_are_written_as_people_here_write_them(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@effort(200)
@given(st.text(st.characters(exclude_categories=()), max_size=120))
def test_any_name_has_a_slug_that_an_address_can_hold(name: str) -> None:
    slug = slug_of(name)

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= LONGEST_SLUG
    assert slug_of(spelling(name)) == slug
