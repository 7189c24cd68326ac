"""`publisher pace`: why mail waits, for people and machines, and a way to end it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from publisher.cli.commands import app
from publisher.clock import SystemClock
from publisher.errors import StoreError
from publisher.model.gate import Feedback, Order, Terms
from publisher.model.pace import parse_rate
from publisher.model.places import Need
from publisher.store import Store, pace
from tests.store.databases import copy_of

CONFIG = """
[mail]
transport = "smtp"
[mail.pace]
warm_up = [200, 500]
[[mail.provider]]
key = "gmail"
rate = "1/h"
connections = 6
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
    need=Need(process="one", limit=6, under_way=2, wanted=3),
)
OTHER = replace(GMAIL, need=Need(process="two", limit=6, under_way=0, wanted=2))
BROKEN = Order(
    key="relay:main", terms=Terms(), feedback=Feedback(trouble="connect: refused")
)


@pytest.fixture
def file(tmp_path: Path, sqlite_template: Path) -> Path:
    """Return the configuration of a newsroom that has sent a message."""
    (tmp_path / "var").mkdir()
    store = Store(f"sqlite:///{copy_of(sqlite_template, tmp_path / 'var')}")
    store.transact(pace.consult, [GMAIL, BROKEN], SystemClock().now())
    store.transact(pace.consult, [OTHER], SystemClock().now())
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
    assert gmail["places"] == "5 of 6 in 2 processes"
    assert rows["relay:main"]["places"] == ""
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


def test_complaints_are_counted_and_shut_the_gate_of_a_provider(file: Path) -> None:
    store = Store(f"sqlite:///{file.parent / 'var/publisher.db'}")
    passed = replace(
        GMAIL, terms=Terms(breaks=True), feedback=Feedback(passed=1500), need=None
    )
    store.transact(pace.consult, [passed], SystemClock().now())
    store.close()

    few = CliRunner().invoke(app, ["-c", str(file), "pace", "complaint", "gmail"])
    many = CliRunner().invoke(
        app, ["-c", str(file), "pace", "complaint", "gmail", "--count", "4"]
    )

    assert few.stdout.strip() == "1 complaint counted."
    assert "5 complaints in 24 hours, of 1500 messages" in " ".join(many.stdout.split())
    assert listed(file)["provider:gmail"]["state"] == "shut"


def test_complaints_about_nobody_in_particular_are_refused(file: Path) -> None:
    with pytest.raises(StoreError, match=r'no provider "rest" .* gmail, '):
        CliRunner().invoke(
            app, ["-c", str(file), "pace", "complaint", "rest"], catch_exceptions=False
        )
