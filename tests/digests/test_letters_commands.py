"""Operators see what became of letters, and send one again."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from publisher.cli.commands import app
from publisher.errors import PublisherError
from publisher.model.delivery import DeliveryState
from publisher.store import Store, letter_queue, letters
from publisher.store.letter_queue import LetterVerdict
from publisher.store.letters import NewLetter
from tests.store.databases import ADDRESS_SECRET

NOW = datetime.now(UTC)  # noqa: TID251 (the command looks at the machine's clock)
DAY = timedelta(days=1)


@pytest.fixture
def config(tmp_path: Path, sqlite_url: str) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(
        f'[store]\nurl = "{sqlite_url}"\n[logging]\nlevel = "error"\n', encoding="utf-8"
    )
    return file


@pytest.fixture
def url(sqlite_url: str) -> str:
    return sqlite_url


def asked(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--config", str(config), *words])


def with_letter(url: str, state: DeliveryState, expires: timedelta = DAY) -> None:
    store = Store(url, threads=1, address_secret=ADDRESS_SECRET)
    try:
        new = NewLetter(
            once="confirm-1",
            kind="confirm",
            email="a@reader.example",
            language="ru",
            facts={"joining": 1},
            expires_at=NOW + expires,
        )
        before = NOW - 2 * DAY
        store.transact(letters.post, new, before)
        (leased,) = store.transact(
            letter_queue.lease_letters, before, before + DAY, 1
        ).letters
        store.transact(letter_queue.freeze, leased, b"bytes")
        store.transact(letter_queue.begin, leased, leased.email, before + DAY, before)
        verdict = LetterVerdict(
            number=1, state=state, reason="said so", retry_at=None, has_begun=True
        )
        store.transact(letter_queue.settle, leased, verdict, before)
    finally:
        store.close()


def test_letters_are_listed_and_the_account_balances(config: Path, url: str) -> None:
    with_letter(url, DeliveryState.HELD)

    told = asked(config, "letters", "list")

    assert "a@reader.example" in told.output
    assert "1 posted = 0 sent + 0 failed + 0 expired + 1 held" in told.output


def test_a_list_without_letters_says_which_there_are_none_of(config: Path) -> None:
    every = asked(config, "letters", "list")
    failed = asked(config, "letters", "list", "--state", "failed")

    assert every.output.startswith("No letters yet")
    assert failed.output.startswith("No letter is failed.")


def test_letters_of_a_state_are_listed_for_machines(config: Path, url: str) -> None:
    with_letter(url, DeliveryState.FAILED)

    (row,) = json.loads(
        asked(config, "--json", "letters", "list", "--state", "failed").output
    )
    none = json.loads(
        asked(config, "--json", "letters", "list", "--state", "held").output
    )

    assert (row["letter"], row["kind"], row["reason"]) == (1, "confirm", "said so")
    assert none == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (DeliveryState.HELD, "as the same message"),
        (DeliveryState.FAILED, "composed anew"),
    ],
)
def test_a_letter_is_sent_again_and_says_how(
    config: Path, url: str, state: DeliveryState, said: str
) -> None:
    with_letter(url, state)

    told = asked(config, "letters", "resend", "1")

    assert told.exit_code == 0
    assert said in " ".join(told.output.split())
    (row,) = json.loads(asked(config, "--json", "letters", "list").output)
    assert row["state"] == "waiting"


@pytest.mark.parametrize(
    ("state", "expires", "number", "why"),
    [
        (DeliveryState.SENT, DAY, 1, "only held and failed"),
        (DeliveryState.FAILED, -DAY, 1, "past its time"),
        (DeliveryState.FAILED, DAY, 2, "there is no letter 2"),
    ],
)
def test_what_cannot_be_sent_again_is_refused(
    config: Path,
    url: str,
    state: DeliveryState,
    expires: timedelta,
    *,
    number: int,
    why: str,
) -> None:
    with_letter(url, state, expires)

    told = asked(config, "letters", "resend", str(number))

    assert isinstance(told.exception, PublisherError)
    assert why in str(told.exception)


def test_letters_in_doubt_are_listed_with_deliveries(config: Path, url: str) -> None:
    with_letter(url, DeliveryState.HELD)

    (row,) = json.loads(asked(config, "--json", "doubt", "list").output)

    assert (row["message"], row["letter"], row["edition"]) == (
        "letter-1",
        "confirm",
        None,
    )
    assert row["begun"].startswith(f"{NOW - 2 * DAY:%Y-%m-%dT%H:%M}")
    assert "a@reader.example" not in asked(config, "doubt", "list").output


@pytest.mark.parametrize(
    ("word", "expires", "state", "detail"),
    [
        ("--sent", DAY, "sent", "it arrived"),
        ("--sent", -DAY, "sent", "it arrived"),
        ("--resend", DAY, "waiting", "it did not arrive"),
        ("--resend", -DAY, "expired", "its time is over"),
    ],
)
def test_an_operator_ends_a_doubt_about_a_letter(
    config: Path,
    url: str,
    word: str,
    expires: timedelta,
    *,
    state: str,
    detail: str,
) -> None:
    with_letter(url, DeliveryState.HELD, expires)

    (told,) = json.loads(
        asked(config, "--json", "doubt", "resolve", "letter-1", word, "--yes").output
    )

    assert (told["message"], told["state"]) == ("letter-1", state)
    assert detail in told["detail"]
    (row,) = json.loads(asked(config, "--json", "letters", "list").output)
    assert row["state"] == state
    assert row["reason"].startswith("operator: ")


def test_help_flows_and_shows_no_value_where_none_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    told = CliRunner().invoke(app, ["letters", "resend", "--help"])

    paragraph = [
        "One that is in doubt goes as the same bytes with the same Message-ID; if it",
        "had arrived, its reader gets it twice. One that failed is composed anew. What",
        "is past its time is not sent any more.",
    ]
    lines = [line.strip() for line in told.stdout.splitlines()]
    assert paragraph == [line for line in lines if line in paragraph]
    assert "<int>" in told.stdout
    assert "<bool>" not in told.stdout
