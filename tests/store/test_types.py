"""What goes into a column comes out of it, equal on both databases (law 17)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from publisher.model.article import Byline
from publisher.store import Store, Transaction
from publisher.store.schema.articles import article, revision
from publisher.store.schema.readers import suppression
from tests.builders import a_picture, an_article
from tests.effort import effort
from tests.store.databases import empty
from tests.store.newsroom import Newsroom

OFFSETS = st.integers(-14 * 60, 14 * 60).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
MOMENTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=OFFSETS)  # noqa: DTZ001 (bounds are naive by definition)


def keep(tx: Transaction, moment: datetime) -> datetime:
    tx.execute(suppression.insert().values(address_key="a@b.kz", reason="", at=moment))
    kept: datetime = tx.execute(select(suppression.c.at)).scalar_one()
    return kept


def test_a_naive_time_may_not_enter_the_store(store: Store) -> None:
    with pytest.raises(StatementError, match="naive time 2026-03-02T07:00:00"):
        store.transact(keep, datetime(2026, 3, 2, 7, 0))  # noqa: DTZ001 (the point)


@effort(40)
@given(moment=MOMENTS)
def test_a_time_comes_back_as_the_same_instant_in_utc(
    store: Store, moment: datetime
) -> None:
    empty(store)

    kept = store.transact(keep, moment)

    assert kept == moment
    assert kept.tzinfo is UTC


@effort(40)
@given(first=MOMENTS, second=MOMENTS)
def test_times_are_ordered_by_instant_whatever_their_offset(
    store: Store, first: datetime, second: datetime
) -> None:
    empty(store)

    def is_earlier(tx: Transaction) -> bool:
        keep(tx, first)
        found = select(suppression.c.address_key).where(suppression.c.at < second)
        return tx.execute(found).first() is not None

    assert store.transact(is_earlier) == (first < second)


def test_structured_values_come_back_as_they_were(newsroom: Newsroom) -> None:
    bylines = (Byline("Әсел Қанатова", "https://gazeta.example/a"), Byline("Соб. инф."))

    number = newsroom.take(
        an_article(bylines=bylines, picture=a_picture(), tags=("мост", "көпір", "🌉"))
    )

    kept = newsroom.load(number)
    assert kept.bylines == bylines
    assert kept.picture == a_picture()
    assert kept.tags == ("мост", "көпір", "🌉")


def test_a_missing_picture_is_none_and_not_the_text_null(newsroom: Newsroom) -> None:
    number = newsroom.take(an_article(picture=None))

    without = newsroom.rows(revision, revision.c.picture.is_(None))
    assert newsroom.load(number).picture is None
    assert [row.article_id for row in without] == [number]


def test_numbers_beyond_32_bits_fit(store: Store) -> None:
    newsroom_source = {"name": "gazeta", "date_shift": None, "id": 5_000_000_000}

    def work(tx: Transaction) -> int:
        table = article.metadata.tables["source"]
        tx.execute(table.insert().values(**newsroom_source))
        return int(tx.execute(select(table.c.id)).scalar_one())

    assert store.transact(work) == 5_000_000_000
