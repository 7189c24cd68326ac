"""`publisher doubt` and `publisher sending`: for people, for machines, and refusals."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from publisher.cli.commands import app
from publisher.errors import PublisherError
from tests.store.databases import copy_of

pytestmark = pytest.mark.usefixtures("keep_logging")


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
        (("--sent", "1"), "not in doubt: delivery 1"),
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
