"""No line of the log and no reason of a gate names a reader."""

import io
import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.cli.logs import JsonLines, TextLines, set_up_logging
from publisher.model.redaction import without_addresses

ADDRESS = "anna.d+news@reader.example"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"550 5.1.1 <{ADDRESS}>: unknown.", "550 5.1.1 <…>: unknown."),
        (f"421 {ADDRESS} try later", "421 … try later"),
        (f"to={ADDRESS}, relay=mx", "to=…, relay=mx"),
        ("айгуль@пошта.қаз жоқ", "… жоқ"),
        ("250 2.0.0 Ok: queued as 4F2", "250 2.0.0 Ok: queued as 4F2"),
        ("at 5 @ home", "at 5 @ home"),
    ],
)
def test_an_address_becomes_an_ellipsis(said: str, kept: str) -> None:
    assert without_addresses(said) == kept


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_stands_around_it(before: str, after: str) -> None:
    assert ADDRESS not in without_addresses(f"{before} <{ADDRESS}> {after}")


@pytest.mark.parametrize("lines", [JsonLines(), TextLines()])
def test_no_line_names_a_reader(lines: logging.Formatter) -> None:
    error = None
    try:
        int(f"550 <{ADDRESS}>")
    except ValueError:
        error = sys.exc_info()
    record = logging.LogRecord(
        "publisher", logging.ERROR, "", 0, "relay said %s", (ADDRESS,), error
    )

    line = lines.format(record)

    assert ADDRESS not in line
    assert "relay said …" in line
    assert "ValueError" in line


@pytest.mark.parametrize("as_json", [False, True])
def test_the_log_is_set_up_so(
    monkeypatch: pytest.MonkeyPatch, *, as_json: bool
) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    set_up_logging("info", as_json=as_json)

    logging.getLogger("publisher.test").info("sent to %s", ADDRESS)

    assert "sent to …" in written.getvalue()
    if as_json:
        assert json.loads(written.getvalue())["level"] == "info"
