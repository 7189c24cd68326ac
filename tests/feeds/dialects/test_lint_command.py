"""`publisher feeds lint` tells what would be refused, and fails where something is."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from typer.testing import CliRunner, Result

from publisher.cli.commands import app
from publisher.errors import PublisherError
from tests.feeds.dialects.aggregators import BODY
from tests.store.databases import copy_of

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
CONFIG = """
[site]
title = "Степная газета"
url = "https://gazeta.example"
languages = ["ru", "kk"]

[store]
url = "sqlite:///publisher.db"

[[rubric]]
key = "novosti"
names = { ru = "Новости", kk = "Жаңалықтар" }

[[rubric]]
key = "sport"
names = { ru = "Спорт", kk = "Спорт" }

[[source]]
name = "gazeta"
folder = "articles"

[web]
secret = "not much of a secret, but long enough"

[logging]
level = "error"
"""

GOOD = {
    "id": "most",
    "language": "ru",
    "title": "Мост через Тобол откроют к осени",
    "body_html": BODY,
    "published": "2025-04-28T06:00:00Z",
    "url": "https://gazeta.example/ru/most",
    "rubrics": ["novosti"],
    "authors": ["Айгуль Сатпаева"],
}
BARE = GOOD | {
    "id": "parom",
    "language": "kk",
    "title": "Паром күн батқанша жүреді",
    "body_html": "<p>Паром жүреді.</p>",
    "url": "https://other.example/parom",
    "rubrics": ["sport"],
    "published": "2025-04-27T06:00:00Z",
}


@pytest.fixture
def newspaper(tmp_path: Path, sqlite_template: Path) -> Path:
    """Return the configuration of a newspaper with two articles."""
    folder = tmp_path / "articles"
    folder.mkdir()
    lines = [json.dumps(row, ensure_ascii=False) for row in (GOOD, BARE)]
    file = folder / "articles.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    os.utime(file, (1_750_000_000, 1_750_000_000))
    copy_of(sqlite_template, tmp_path)
    config = tmp_path / "config.toml"
    config.write_text(CONFIG, encoding="utf-8")
    assert publisher(config, "articles", "take-in").exit_code == 0
    return config


def publisher(config: Path, *words: str) -> Result:
    """Run a command as an operator types it, on a terminal of 80 columns."""
    runner = CliRunner(env={"COLUMNS": "80", "TERM": "dumb"})
    return runner.invoke(app, ["--config", str(config), *words])


def lint(config: Path, *words: str) -> Result:
    return publisher(config, "feeds", "lint", *words)


def found(config: Path, *words: str) -> list[dict[str, Any]]:
    answer = publisher(config, "--json", "feeds", "lint", *words)
    rows: list[dict[str, Any]] = json.loads(answer.stdout)
    return rows


def test_what_would_be_refused_is_told_and_the_exit_code_says_so(
    newspaper: Path,
) -> None:
    answer = lint(newspaper, "--dialect", "yandex")

    assert answer.exit_code == 1
    assert "Паром күн батқанша жүреді" in " ".join(answer.stdout.split())
    assert "page-elsewhere" in answer.stdout
    assert "https://other.example/parom" in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) <= 80
    assert answer.stdout.splitlines()[-1].split() == ["yandex", "2", "0", "1", "1", "0"]


def test_nothing_refused_is_success(newspaper: Path) -> None:
    answer = lint(newspaper, "--dialect", "yandex", "--rubric", "novosti")

    assert answer.exit_code == 0, answer.stdout
    assert "Nothing would be refused." in answer.stdout


def test_machines_get_one_list_of_findings(newspaper: Path) -> None:
    rows = found(newspaper, "--dialect", "flipboard", "--language", "kk")

    assert {row["rule"] for row in rows} >= {"text-short", "page-elsewhere"}
    assert {row["dialect"] for row in rows} == {"flipboard"}
    for row in rows:
        assert set(row) == {
            *("article", "uid", "title", "url", "dialect", "rule", "severity"),
            *("where", "reason", "remedy", "source"),
        }
        assert row["title"] == BARE["title"]


def test_all_aggregators_are_asked_unless_some_are_named(newspaper: Path) -> None:
    summary = lint(newspaper).stdout.splitlines()[-6:]

    asked = [line.split()[0] for line in summary]
    assert asked == ["yandex", "dzen", "msn", "smartnews", "flipboard", "google-news"]
    two = lint(newspaper, "--dialect", "msn", "--dialect", "dzen").stdout.splitlines()
    assert [line.split()[0] for line in two[-2:]] == ["msn", "dzen"]


def test_articles_too_old_for_an_aggregator_are_counted_not_refused(
    newspaper: Path,
) -> None:
    answer = lint(newspaper, "--dialect", "dzen")

    assert answer.exit_code == 0
    assert answer.stdout.splitlines()[-1].split() == ["dzen", "2", "2", "0", "0", "0"]


def test_limit_takes_the_newest(newspaper: Path) -> None:
    assert lint(newspaper, "--dialect", "yandex", "--limit", "1").exit_code == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ("--dialect", "yandx"),
            'dialect "yandx" is not known (did you mean "yandex"?)',
        ),
        (
            ("--rubric", "sprot"),
            'rubric "sprot" is not defined (did you mean "sport"?)',
        ),
        (("--language", "en"), 'language "en" is not in `site.languages` (ru, kk)'),
        (("nowhere.rss",), "nowhere.rss cannot be read"),
    ],
)
def test_what_is_not_there_is_refused_with_the_remedy(
    newspaper: Path, words: tuple[str, ...], reason: str
) -> None:
    answer = lint(newspaper, *words)

    assert isinstance(answer.exception, PublisherError)
    assert reason in str(answer.exception)


def test_a_file_is_checked_by_the_plain_rules(tmp_path: Path) -> None:
    file = tmp_path / "feed.rss"
    file.write_text(
        '<rss version="2.0"><channel>\n<title>Газета</title>\n<link>/</link>\n'
        "<description>Новости</description></channel></rss>",
        encoding="utf-8",
    )
    # The configuration and the store are not needed for it.
    answer = lint(tmp_path / "none.toml", str(file))
    rows = found(tmp_path / "none.toml", str(file))

    assert answer.exit_code == 1
    assert "1 refused, 1 warning." in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) <= 80
    assert [(row["line"], row["rule"]) for row in rows] == [
        (1, "self-missing"),
        (3, "address"),
    ]


def test_a_good_file_is_success(newspaper: Path, tmp_path: Path) -> None:
    assert publisher(newspaper, "feeds", "build").exit_code == 0
    document = publisher(newspaper, "feeds", "show", "latest.ru.atom").stdout
    file = tmp_path / "latest.atom"
    file.write_text(document, encoding="utf-8")

    answer = lint(newspaper, str(file))

    assert answer.exit_code == 0, answer.stdout
    assert "It keeps the rules." in answer.stdout


@pytest.mark.parametrize("path", ["latest.ru.yandex.xml", "news-sitemap.xml"])
def test_show_prints_what_aggregators_get(newspaper: Path, path: str) -> None:
    answer = publisher(newspaper, "feeds", "show", path)

    assert answer.exit_code == 0
    assert etree.fromstring(answer.stdout.encode()).tag in {"rss", f"{SITEMAP}urlset"}


def test_show_of_what_is_no_dialect_is_refused(newspaper: Path) -> None:
    answer = publisher(newspaper, "feeds", "show", "latest.ru.rambler.xml")

    assert isinstance(answer.exception, PublisherError)


def test_a_file_takes_no_options_of_articles(tmp_path: Path) -> None:
    answer = lint(tmp_path / "none.toml", "--rubric", "sport", "feed.rss")

    assert answer.exit_code == 2
