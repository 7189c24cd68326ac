"""`publisher pace`: why mail waits, for people and machines, and a way to end it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from publisher.cli.commands import app
from publisher.clock import SystemClock
from publisher.errors import StoreError
from publisher.model.gate import Feedback, Order, Terms
from publisher.model.pace import parse_rate
from publisher.store import Store, migrate, pace

CONFIG = """
[mail]
transport = "smtp"
[mail.pace]
warm_up = [200, 500]
[[mail.provider]]
key = "gmail"
rate = "1/h"
[[mail.relay]]
name = "main"
[[mail.relay]]
name = "spare"
rate = "14/s"
[logging]
level = "error"
"""
GMAIL = Order(
    key="provider:gmail",
    terms=Terms(rate=parse_rate("1/h"), warm_up=(200, 500)),
    wants_slots=True,
)
BROKEN = Order(
    key="relay:main", terms=Terms(), feedback=Feedback(trouble="connect: refused")
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the configuration of a newsroom that has sent a message."""
    (tmp_path / "var").mkdir()
    url = f"sqlite:///{tmp_path / 'var/publisher.db'}"
    migrate(url)
    store = Store(url)
    store.transact(pace.consult, [GMAIL, BROKEN], SystemClock().now())
    store.close()
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def listed(file: Path) -> dict[str, dict[str, str]]:
    ended = CliRunner().invoke(
        app, ["--json", "-c", str(file), "pace", "list"], catch_exceptions=False
    )
    return {row["gate"]: row for row in json.loads(ended.stdout)}


def test_every_limit_is_listed_with_what_stands_against_it(file: Path) -> None:
    rows = listed(file)

    assert set(rows) == {"all", "relay:main", "relay:spare", "provider:gmail"}
    gmail = rows["provider:gmail"]
    assert (gmail["state"], gmail["limit"]) == ("waiting", "1/h")
    assert gmail["why"].startswith("bucket empty for 36")
    assert gmail["today"] == "1 of 200"
    assert rows["relay:main"]["state"] == "shut"
    assert rows["relay:main"]["why"] == "is left alone: connect: refused"
    assert rows["relay:spare"]["state"] == "open"


def test_people_read_the_same(file: Path) -> None:
    ended = CliRunner().invoke(app, ["-c", str(file), "pace", "list"])

    assert "is left alone: connect: refused" in " ".join(ended.stdout.split())


def test_a_gate_that_was_shut_is_opened(file: Path) -> None:
    ended = CliRunner().invoke(app, ["-c", str(file), "pace", "resume", "relay:main"])

    assert ended.exit_code == 0
    assert "relay:main is open" in ended.stdout
    assert listed(file)["relay:main"]["state"] == "open"


def test_a_gate_that_there_is_not_is_refused_with_those_there_are(file: Path) -> None:
    with pytest.raises(StoreError, match=r"there are: provider:gmail, relay:main"):
        CliRunner().invoke(
            app, ["-c", str(file), "pace", "resume", "gmail"], catch_exceptions=False
        )
