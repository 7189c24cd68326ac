"""`publisher doubt` and `publisher sending`: for people, for machines, and refusals."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from publisher.cli import doubts
from publisher.cli.commands import app
from publisher.clock import SteppedClock
from publisher.errors import PublisherError
from publisher.model.delivery import DeliveryState
from tests.builders import MORNING, an_article
from tests.store.databases import copy_of, open_store
from tests.store.mailroom import Mailroom, a_verdict
from tests.store.newsroom import Newsroom


@pytest.fixture
def file(tmp_path: Path, sqlite_template: Path) -> Path:
    """Return a configuration whose store is there and empty."""
    file = tmp_path / "config.toml"
    file.write_text('[store]\nurl = "sqlite:///publisher.db"\n', encoding="utf-8")
    copy_of(sqlite_template, tmp_path)
    return file


def in_one_line(text: str) -> str:
    """Return what was printed as if the terminal had been wide enough."""
    return " ".join(text.split())


def run(file: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--config", str(file), *words])


def test_nothing_in_doubt_is_said_so_to_people_and_to_machines(file: Path) -> None:
    for_people = run(file, "doubt", "list").stdout
    for_machines = run(file, "--json", "doubt", "list").stdout

    assert "No message is in doubt." in for_people
    assert json.loads(for_machines) == []


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("--sent", "--resend", "1"), "--sent or --resend"),
        (("1",), "--sent or --resend"),
        (("--sent",), "or --all"),
        (("--sent", "--all", "1"), "or --all"),
        (("--sent", "12a"), "names no message"),
        (("--sent", "letter-1", "1"), "not in doubt: 1, letter-1;"),
        (("--sent", "1"), "not in doubt: 1;"),
    ],
)
def test_half_a_question_is_refused_with_what_to_do(
    file: Path, words: tuple[str, ...], remedy: str
) -> None:
    result = run(file, "doubt", "resolve", *words)

    assert isinstance(result.exception, PublisherError)
    assert remedy in str(result.exception)


def test_where_nothing_is_stopped_there_is_nothing_to_confirm(file: Path) -> None:
    shown = run(file, "sending", "show").stdout
    confirmed = run(file, "sending", "confirm").stdout

    assert "may send" in in_one_line(shown)
    assert "nothing to confirm" in in_one_line(confirmed)


def test_as_many_as_there_are_in_doubt_are_resolved_at_once(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubts, "AT_ONCE", 2)
    with open_store(f"sqlite:///{file.parent / 'publisher.db'}") as store:
        newsroom = Newsroom(store, SteppedClock(MORNING))
        newsroom.take(an_article())
        for number in range(5):
            newsroom.join(f"r{number}@reader.example")
        mailroom = Mailroom(newsroom)
        mailroom.plan(1)
        numbers = range(1, 6)
        mailroom.begin(mailroom.must_lease(), *numbers)
        mailroom.settle(*(a_verdict(n, DeliveryState.HELD) for n in numbers))

    told = json.loads(
        run(file, "--json", "doubt", "resolve", "--sent", "--all", "--yes").stdout
    )

    assert [row["state"] for row in told] == ["sent"] * 5
    assert "No message is in doubt." in run(file, "doubt", "list").stdout
