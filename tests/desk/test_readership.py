"""Operators see who reads which feed: most read first, one feed day by day."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from publisher.cli.commands import app
from publisher.clock import SteppedClock
from publisher.desk.readership import FeedReaders, readers_of_feeds
from publisher.errors import PublisherError
from publisher.model.feed import FeedFormat
from publisher.store import Store
from publisher.store.readerships import Batch, Tally, record
from tests.builders import MORNING
from tests.store.databases import copy_of, open_store
from tests.web.site import Site

TODAY = date(2026, 3, 2)
FEEDLY = b"Feedly/1.0 (16 subscribers)"


def count(
    site: Site, key: str, readers: int, *, day: date = TODAY, user_agent: bytes = b"One"
) -> None:
    visitors = {(f"192.0.2.{number}", user_agent, b"") for number in range(readers)}
    tally = Tally(
        requests=4 * readers,
        not_modified=3 * readers,
        bytes_sent=1000 * readers,
        visitors=visitors,
    )
    identity = (site.newsroom.feed_id(key), FeedFormat.RSS)
    site.newsroom.store.transact(record, Batch(day, {identity: tally}), 400)


def shown(
    store: Store, *, day: date | None = None, feed: str = "", days: int = 1
) -> list[FeedReaders]:
    return readers_of_feeds(store, day=day, feed=feed, days=days)


def test_the_newest_day_is_shown_with_the_most_read_feed_first(site: Site) -> None:
    count(site, "sport.ru", 2, day=TODAY - timedelta(days=1))
    count(site, "sport.ru", 2)
    count(site, "novosti.ru", 5)
    count(site, ".ru", 1, user_agent=FEEDLY)

    found = shown(site.newsroom.store)

    assert [row.feed for row in found] == ["latest.ru", "novosti.ru", "sport.ru"]
    readers = [row.counted.subscribers + row.counted.direct for row in found]
    assert readers == pytest.approx([16, 5, 2], abs=1)
    assert {row.not_modified_share for row in found} == {0.75}


def test_the_newest_article_is_that_of_the_document(site: Site) -> None:
    count(site, "novosti.ru", 1)
    count(site, "sport.kk", 1)

    newest = {row.feed: row.newest_at for row in shown(site.newsroom.store)}

    document = site.index.find("/feeds/novosti.ru.json")
    assert document is not None
    assert newest["novosti.ru"] is not None
    assert newest["novosti.ru"] <= document.validators.modified_at
    assert newest["sport.kk"] is None


@pytest.mark.parametrize(
    "name", ["novosti.ru", "novosti.ru.rss", "/feeds/novosti.ru.atom"]
)
def test_one_feed_is_shown_day_by_day(site: Site, name: str) -> None:
    for back in range(4):
        count(site, "novosti.ru", back + 1, day=TODAY - timedelta(days=back))
    count(site, "sport.ru", 9)

    found = shown(site.newsroom.store, feed=name, days=3)

    assert [row.counted.day for row in found] == [
        TODAY - timedelta(days=back) for back in range(3)
    ]
    assert [row.counted.direct for row in found] == pytest.approx([1, 2, 3], abs=1)


def test_an_unknown_feed_is_refused_with_the_nearest_one(site: Site) -> None:
    count(site, "novosti.ru", 1)

    with pytest.raises(PublisherError, match=r"did you mean novosti\.ru\?"):
        shown(site.newsroom.store, feed="novsti.ru")


def test_before_anything_is_counted_nothing_is_shown(site: Site) -> None:
    assert shown(site.newsroom.store) == []
    assert shown(site.newsroom.store, feed="whatever") == []


CONFIG = """
[site]
languages = ["ru", "kk"]

[store]
url = "sqlite:///publisher.db"

[web]
secret = "not much of a secret, but long enough"
"""


@pytest.fixture
def config(sqlite_template: Path, tmp_path: Path) -> Path:
    """Return the configuration of a newspaper whose feeds are read."""
    file = tmp_path / "config.toml"
    file.write_text(CONFIG, encoding="utf-8")
    copy = copy_of(sqlite_template, tmp_path)
    copy.rename(tmp_path / "publisher.db")
    with open_store(f"sqlite:///{tmp_path / 'publisher.db'}") as store:
        other = Site.filled(store, SteppedClock(MORNING), sqlite_template)
        count(other, "novosti.ru", 1234 // 40)
        count(other, "novosti.ru", 1, user_agent=FEEDLY)
    return file


def test_the_command_prints_a_table_that_fits(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    told = CliRunner().invoke(app, ["-c", str(config), "feeds", "readers"])

    day, header, row = told.stdout.splitlines()
    assert told.exit_code == 0, told.output
    assert day == str(TODAY)
    assert header.split()[:4] == ["feed", "subscribers", "direct", "requests"]
    feed, subscribers, direct, *rest = row.split()
    assert (feed, subscribers, rest[:3]) == ("novosti.ru", "16", ["124", "75", "%"])
    assert 27 <= int(direct) <= 33  # An estimate under a random key.
    assert max(map(len, (header, row))) <= 80


def test_the_command_answers_machines_in_whole_numbers(config: Path) -> None:
    told = CliRunner().invoke(
        app, ["-c", str(config), "--json", "feeds", "readers", "novosti.ru"]
    )

    (row,) = json.loads(told.stdout)
    assert (row["feed"], row["day"]) == ("novosti.ru", str(TODAY))
    assert (row["requests"], row["not_modified"], row["bytes_sent"]) == (124, 93, 31000)


def test_the_command_says_for_which_day_nothing_is_counted(config: Path) -> None:
    told = CliRunner().invoke(
        app, ["-c", str(config), "feeds", "readers", "--day", "2020-01-01"]
    )

    assert told.exit_code == 0
    assert " ".join(told.stdout.split()) == (
        "Nothing is counted for 2020-01-01; the newest counted day is"
        f" {TODAY:%Y-%m-%d}."
    )


def test_the_command_says_so_when_nothing_is_counted_at_all(
    sqlite_template: Path, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG, encoding="utf-8")
    copy_of(sqlite_template, tmp_path).rename(tmp_path / "publisher.db")

    told = CliRunner().invoke(app, ["-c", str(file), "feeds", "readers"])

    assert told.exit_code == 0
    assert "counts every request" in " ".join(told.stdout.split())
