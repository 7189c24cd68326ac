"""`publisher mail lint` reads files, standard input and the outbox."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from publisher.cli.commands import app
from publisher.errors import PublisherError
from tests.mail.linting.messages import GOOD

BAD = GOOD.with_field("List-Unsubscribe-Post").written()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the configuration of a newspaper with one good message in its outbox."""
    outbox = tmp_path / "outbox" / "new"
    outbox.mkdir(parents=True)
    (outbox / "d1.eml").write_bytes(GOOD.written())
    file = tmp_path / "config.toml"
    file.write_text('[mail]\nmaildir = "outbox"\n[logging]\nlevel = "error"\n')
    return file


def test_a_message_that_would_be_refused_ends_with_1(tmp_path: Path) -> None:
    file = tmp_path / "bad.eml"
    file.write_bytes(BAD)

    result = CliRunner().invoke(app, ["mail", "lint", str(file)])

    assert result.exit_code == 1
    assert "one-click" in result.output
    assert "1 message: 1 would be refused, 0 warnings." in result.output


def test_refused_messages_are_counted_and_not_what_is_wrong_with_them(
    tmp_path: Path,
) -> None:
    file, good = tmp_path / "bad.eml", tmp_path / "good.eml"
    bad = GOOD.with_field("List-Unsubscribe-Post").with_field("List-Id")
    file.write_bytes(bad.with_field("Feedback-ID").written())
    good.write_bytes(GOOD.written())

    result = CliRunner().invoke(app, ["mail", "lint", str(file), str(good)])

    assert "2 messages: 1 would be refused, 1 warning." in result.output


def test_a_good_message_ends_with_0() -> None:
    result = CliRunner().invoke(app, ["mail", "lint", "-"], input=GOOD.written())

    assert result.exit_code == 0
    assert "Every rule is kept." in result.output


def test_machines_get_every_breach(tmp_path: Path) -> None:
    file = tmp_path / "bad.eml"
    file.write_bytes(BAD)

    result = CliRunner().invoke(app, ["--json", "mail", "lint", str(file)])

    [told] = json.loads(result.stdout)
    assert (told["message"], told["rule"], told["severity"]) == (
        "bad.eml",
        "one-click",
        "refuse",
    )
    assert told["asked_by"] == ["gmail", "mailru", "microsoft", "yahoo", "yandex"]


def test_without_files_it_reads_the_outbox(config: Path) -> None:
    result = CliRunner().invoke(app, ["--config", str(config), "mail", "lint"])

    assert result.exit_code == 0
    assert "1 message: 0 would be refused, 0 warnings." in result.output


def test_where_mail_is_sent_there_is_no_outbox(config: Path) -> None:
    config.write_text('[mail]\ntransport = "smtp"\n[logging]\nlevel = "error"\n')

    result = CliRunner().invoke(app, ["--config", str(config), "mail", "lint"])

    assert isinstance(result.exception, PublisherError)
    assert "name files" in str(result.exception)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["mail", "lint", str(tmp_path / "none.eml")])

    assert isinstance(result.exception, PublisherError)
    assert "none.eml cannot be read" in str(result.exception)
