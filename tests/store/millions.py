"""A newspaper of millions of articles, of which only what listings are read from.

Rows are made inside SQL, in the order of their numbers: number 0 is the newest article
and each one after it a minute older, so that growth is nothing but a longer past.
"""

from collections.abc import Sequence

from sqlalchemy import Index, text

from publisher.store import Store, Transaction
from publisher.store.schema.articles import article, listing
from tests.builders import MORNING

__all__ = ["LANGUAGE", "RUBRICS", "SUBTREE", "grow", "newest_numbers"]

RUBRICS = 100
SUBTREE = range(1, 35)
"""Ids of the rubrics of a wide subtree: a third of all articles are listed there."""

LANGUAGE = "ru"

# Two articles of three are in Russian; 3 and 100 have no common part, so that each
# rubric has both languages.
NUMBERS = """
    WITH RECURSIVE numbers (n) AS (
        SELECT CAST(:first AS bigint)
        UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :last
    ), rows_to_be AS (
        SELECT n, n + 1 AS id, CASE n % 3 WHEN 0 THEN 'kk' ELSE 'ru' END AS language,
            n % 100 + 1 AS rubric_id, {moment} AS at
        FROM numbers
    )
"""
MOMENTS = {
    True: "strftime('%Y-%m-%d %H:%M:%S.000000', :newest - n * 60, 'unixepoch')",
    False: "to_timestamp(:newest - n * 60)",
}
"""How a database writes a moment; the key tells whether it is SQLite."""

ARTICLES = """
    INSERT INTO article (id, uid, source_id, source_key, path, language, state,
        revision, entry_version, content_hash, url, translation_key, published_at,
        updated_at, visible_at, shown_at, taken_in_at)
    {numbers}
    SELECT id, CAST(10000000 + n AS varchar), 1, CAST(10000000 + n AS varchar), '',
        language, 'public', 1, 1, '', CAST(10000000 + n AS varchar), '', at, at, at,
        at, at
    FROM rows_to_be
"""
LISTINGS = """
    INSERT INTO listing (rubric_id, article_id, language, published_at, shown_at,
        listed_no, is_repeat)
    {numbers}
    SELECT rubric_id, id, language, at, at, 10000000 - n, false FROM rows_to_be
"""


def grow(store: Store, first: int, last: int) -> None:
    """Add the articles from one number up to another, each listed in one rubric.

    Indexes are taken away and built anew afterwards as the schema has them, which is
    quicker than to keep them meanwhile.
    """
    store.transact(lambda tx: _grow(tx, first, last))


def newest_numbers(count: int) -> list[int]:
    """Return the ids of the newest articles of the subtree in the language."""
    numbers = (n for n in range(10 * count) if n % 100 + 1 in SUBTREE and n % 3 != 0)
    return [n + 1 for n, _ in zip(numbers, range(count), strict=False)]


def _grow(tx: Transaction, first: int, last: int) -> None:
    is_sqlite = tx.dialect.name == "sqlite"
    if not is_sqlite:
        # Millions of looks whether the rows that we have just made are there.
        tx.execute(text("SET LOCAL session_replication_role = replica"))
    if first == 0:
        _add_rubrics(tx)
    numbers = NUMBERS.format(moment=MOMENTS[is_sqlite])
    given = {"first": first, "last": last, "newest": int(MORNING.timestamp())}
    indexes: Sequence[Index] = [*article.indexes, *listing.indexes]
    for index in indexes:
        index.drop(tx)
    for statement in (ARTICLES, LISTINGS):
        tx.execute(text(statement.format(numbers=numbers)), given)
    for index in indexes:
        index.create(tx)


def _add_rubrics(tx: Transaction) -> None:
    tx.execute(text("INSERT INTO source (id, name) VALUES (1, 'gazeta')"))
    added = text(
        "INSERT INTO rubric (id, key, slug, position, path)"
        " VALUES (:id, :name, :name, :id, :name)"
    )
    rows = [{"id": number, "name": f"r{number}"} for number in range(1, RUBRICS + 1)]
    tx.execute(added, rows)
