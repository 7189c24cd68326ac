"""`publisher readers export` and `erase`, `publisher suppressions`, and the secret."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from publisher.cli.commands import app
from publisher.errors import ConfigError, StoreError, SubscriberError
from tests.store.databases import copy_of

ROOT = Path(__file__).parents[2]
EMAIL = "aigul@reader.example"


@pytest.fixture
def file(tmp_path: Path, sqlite_template: Path) -> Path:
    """Return the configuration of the sample newsroom, with one reader."""
    (tmp_path / "samples/newsroom").mkdir(parents=True)
    (tmp_path / "var").mkdir()
    copy_of(sqlite_template, tmp_path / "var")
    file = Path(shutil.copy(ROOT / "config.toml", tmp_path))
    assert run(file, "readers", "add", EMAIL, "--consent", "asked").exit_code == 0
    return file


def run(file: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--config", str(file), "--json", *words])


def shown(result: Result) -> list[dict[str, object]]:
    rows = json.loads(result.stdout)
    assert isinstance(rows, list)
    return rows


def files_naming(folder: Path, *spellings: bytes) -> list[Path]:
    """Return the files below a folder that hold one of the spellings."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and any(one in path.read_bytes().lower() for one in spellings)
    ]


def test_a_reader_is_exported_to_a_file_of_ones_own(file: Path) -> None:
    target = file.parent / "aigul.zip"

    printed = json.loads(run(file, "readers", "export", EMAIL).stdout)
    run(file, "readers", "export", EMAIL, "--format", "csv", "--output", str(target))
    again = run(file, "readers", "export", EMAIL, "--output", str(target))

    assert printed["reader"][0]["address"] == EMAIL
    assert "consents.csv" in zipfile.ZipFile(target).namelist()
    assert target.stat().st_mode & 0o077 == 0
    assert isinstance(again.exception, SubscriberError)


def test_an_erased_reader_is_in_no_file_and_no_line(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    unsure = run(file, "readers", "erase", EMAIL)
    erased = {row["table"] for row in shown(run(file, "readers", "erase", EMAIL, "-y"))}
    added = run(file, "readers", "add", EMAIL, "--consent", "imported")
    listed = shown(run(file, "suppressions", "list"))

    assert isinstance(unsure.exception, SubscriberError)
    assert {"subscriber", "subscription", "consent"} <= erased
    assert isinstance(added.exception, SubscriberError)
    assert [(row["address"], row["reason"]) for row in listed] == [("", "erased")]
    assert shown(run(file, "readers", "list")) == []
    shutil.rmtree(file.parent / "samples")
    assert files_naming(file.parent, b"aigul") == []
    assert "aigul" not in capfd.readouterr().err


def test_who_is_not_known_is_neither_erased_nor_suppressed(file: Path) -> None:
    stranger = run(file, "readers", "erase", "aygul@reader.example", "--yes")

    assert isinstance(stranger.exception, SubscriberError)
    assert "is it spelt right?" in str(stranger.exception)
    assert shown(run(file, "suppressions", "list")) == []
    assert len(shown(run(file, "readers", "list"))) == 1


def test_erasing_a_reader_again_is_no_error(file: Path) -> None:
    run(file, "readers", "erase", EMAIL, "--yes")

    again = run(file, "readers", "erase", EMAIL, "--yes")

    assert again.exit_code == 0
    assert shown(again) == [{"table": "suppression", "rows": 1}]


def test_suppressed_addresses_are_added_looked_up_and_removed(file: Path) -> None:
    run(file, "suppressions", "add", EMAIL, "--reason", "asked by telephone")
    (found,) = shown(run(file, "suppressions", "list", "--address", EMAIL))
    (removed,) = shown(run(file, "suppressions", "remove", EMAIL))
    again = run(file, "suppressions", "remove", EMAIL)

    assert found["reason"] == removed["was"] == "asked by telephone"
    assert shown(run(file, "suppressions", "list")) == []
    assert isinstance(again.exception, SubscriberError)


def test_who_suppresses_again_is_told_that_the_first_reason_stays(file: Path) -> None:
    words = ("--config", str(file), "suppressions", "add", EMAIL, "--reason")
    first = CliRunner().invoke(app, [*words, "asked by telephone"])
    same = CliRunner().invoke(app, [*words, "asked by telephone"])
    other = CliRunner().invoke(app, [*words, "wrote a letter"])
    (found,) = shown(run(file, "suppressions", "list", "--address", EMAIL))

    assert "was suppressed before" not in first.stdout + same.stdout
    assert f"{EMAIL} was suppressed before: the first reason stays" in other.stdout
    assert "`suppressions remove`" in " ".join(other.stdout.split())
    assert found["reason"] == "asked by telephone"


def test_the_secret_of_addresses_is_never_made_a_second_time(file: Path) -> None:
    secret = file.parent / "var/address-secret"
    kept = secret.read_text()

    secret.unlink()
    missing = run(file, "readers", "list")
    added = run(file, "readers", "add", "b@reader.example", "--consent", "asked")
    secret.write_text("another secret, and long enough")
    wrong = run(file, "readers", "list")
    secret.write_text(kept)

    assert isinstance(missing.exception, ConfigError)
    assert isinstance(added.exception, ConfigError)
    assert isinstance(wrong.exception, StoreError)
    assert run(file, "readers", "list").exit_code == 0


def test_a_secret_that_is_lost_for_good_is_made_anew(file: Path) -> None:
    for address in (EMAIL, "stranger@reader.example"):
        run(file, "suppressions", "add", address, "--reason", "asked by telephone")
    early = run(file, "suppressions", "renew-secret", "--yes")

    (file.parent / "var/address-secret").unlink()
    unsure = run(file, "suppressions", "renew-secret")
    (renewed,) = shown(run(file, "suppressions", "renew-secret", "--yes"))
    (listed,) = shown(run(file, "suppressions", "list"))

    assert isinstance(early.exception, StoreError)
    assert isinstance(unsure.exception, SubscriberError)
    assert renewed == {"kept": 1, "lost": 1}
    assert listed["address"] == EMAIL
    (found,) = shown(run(file, "suppressions", "list", "--address", EMAIL))
    assert found["reason"] == "asked by telephone"
