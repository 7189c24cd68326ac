"""`publisher readers`: pause, go on and leave, and what cannot be done."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from publisher.cli.commands import app
from publisher.clock import SystemClock
from publisher.errors import SubscriberError
from tests.store.databases import copy_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path: Path, sqlite_template: Path) -> Path:
    """Return the configuration of the sample newsroom, with one reader."""
    (tmp_path / "samples/newsroom").mkdir(parents=True)
    (tmp_path / "var").mkdir()
    copy_of(sqlite_template, tmp_path / "var")
    file = Path(shutil.copy(ROOT / "config.toml", tmp_path))
    reader = ("add", "aigul@reader.example", "--consent", "asked", "--hour", "7:30")
    assert run(file, *reader).exit_code == 0
    return file


def run(file: Path, *words: str) -> Result:
    line = ["--config", str(file), "--json", "readers", *words]
    return CliRunner().invoke(app, line)


def shown(result: Result) -> dict[str, object]:
    (row,) = json.loads(result.stdout)
    assert isinstance(row, dict)
    return row


def test_a_reader_pauses_until_a_day_and_goes_on_at_once(file: Path) -> None:
    day = f"{SystemClock().now() + timedelta(days=30):%Y-%m-%d}"

    paused = shown(run(file, "pause", "1", "--until", day))
    resumed = shown(run(file, "resume", "1"))
    again = shown(run(file, "resume", "1"))

    assert paused["state"] == f"paused until {day}"
    assert str(paused["next"]).startswith(day)
    assert (resumed["state"], again["state"]) == ("resumed", "was not paused")


def test_leaving_twice_is_no_error(file: Path) -> None:
    assert shown(run(file, "leave", "1"))["state"] == "ended"
    assert shown(run(file, "leave", "1"))["state"] == "had ended before"


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("pause", "1", "--until", "tomorrow"), "write it as 2026-12-24"),
        (("pause", "1", "--until", "2100-12-24"), "name a day from"),
        (("pause", "9", "--until", "2100-12-24"), "subscription 9 does not exist"),
        (("resume", "9"), "see `readers list`"),
        (("leave", "9"), "see `readers list`"),
        (
            ("list", "--digest", "utra"),
            'digest "utra" is not known (did you mean "utro"?); there are: ',
        ),
        (
            ("add", "b@reader.example", "--consent", "asked", "--frequency", "monthly"),
            "daily",
        ),
        (  # Etc/GMT+5, which looks alike, is ten hours away
            ("add", "b@reader.example", "--consent", "asked", "--zone", "GMT+5"),
            '"GMT+5" is not known (write it like Asia/Almaty)',
        ),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_do(
    file: Path, words: tuple[str, ...], remedy: str
) -> None:
    result = run(file, *words)

    assert isinstance(result.exception, SubscriberError)
    assert remedy in str(result.exception)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--after", "100"), "None after 100."),
        (("--digest", "nedelya", "--after", "9"), 'None of "nedelya" after 9.'),
        (
            ("--digest", "nedelya"),
            'No readers of "nedelya" yet; `publisher readers add`',
        ),
    ],
)
def test_an_empty_list_says_what_it_is_a_list_of(
    file: Path, words: tuple[str, ...], says: str
) -> None:
    line = ["--config", str(file), "readers", "list", *words]

    told = CliRunner().invoke(app, line)

    assert (told.exit_code, told.stdout[: len(says)]) == (0, says)
