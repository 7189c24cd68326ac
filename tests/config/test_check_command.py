"""`publisher check` looks at all that a configuration leans on; it changes nothing."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from publisher.cli.commands import app


@pytest.fixture
def relay() -> Iterator[int]:
    """Return the port of something that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        yield port


def checked(folder: Path, text: str) -> tuple[int, dict[str, tuple[bool, str]]]:
    """Return the exit code, and whether each thing is good with its detail."""
    file = folder / "config.toml"
    file.write_text(f'{text}\n[logging]\nlevel = "error"\n', encoding="utf-8")
    result = CliRunner().invoke(app, ["--json", "--config", str(file), "check"])
    rows = json.loads(result.stdout)
    found = {row["what"]: (row["is_good"], row["detail"]) for row in rows}
    return result.exit_code, found


def test_an_empty_file_is_in_order_and_nothing_is_made(tmp_path: Path) -> None:
    code, found = checked(tmp_path, "")

    assert code == 0
    assert all(is_good for is_good, _ in found.values())
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_a_source_that_is_there_is_readable(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    text = '[[source]]\nname = "desk"\nfolder = "articles"'

    code, found = checked(tmp_path, text)

    assert code == 0
    assert found["source desk"] == (True, f"{tmp_path / 'articles'} is readable")


def test_a_relay_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    text = (
        '[web]\nbase_url = "https://news.gazeta.example"\n[mail]\ntransport = "smtp"\n'
        f'[mail.smtp]\nport = {port}\nsecurity = "none"'
    )

    code, found = checked(tmp_path, text)

    is_good, detail = found["mail"]
    assert (code, is_good) == (1, False)
    assert f"relay 127.0.0.1:{port} does not answer" in detail


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:8000"]
)
def test_real_mail_must_not_link_to_this_machine(
    tmp_path: Path, relay: int, url: str
) -> None:
    text = (
        f'[web]\nbase_url = "{url}"\n[mail]\ntransport = "smtp"\n'
        f'[mail.smtp]\nport = {relay}\nsecurity = "none"'
    )

    code, found = checked(tmp_path, text)

    is_good, detail = found["address"]
    assert (code, is_good) == (1, False)
    assert "write this service's public address" in detail


def test_templates_that_do_not_work_are_told(tmp_path: Path) -> None:
    own = tmp_path / "own" / "web"
    own.mkdir(parents=True)
    (own / "page.html").write_text("{% if %}")

    code, found = checked(tmp_path, '[templates]\nfolder = "own"')

    assert code == 1
    assert "page.html:1" in found["templates"][1]


def test_the_code_of_the_country_is_taken_for_its_language(tmp_path: Path) -> None:
    code, found = checked(tmp_path, '[site]\nlanguages = ["ru", "kz"]')

    is_good, detail = found["templates"]
    assert (code, is_good) == (1, False)
    assert 'no catalogue for "kz" (did you mean "kk"?)' in detail
