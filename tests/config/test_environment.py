"""The environment goes over the file, key by key, and secrets never show."""

from pathlib import Path

import pytest

from publisher.config import Config
from tests.config.writing import findings, load


def value_of(config: Config, path: str) -> object:
    found: object = config
    for part in path.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize(
    ("name", "text", "path", "value"),
    [
        ("STORE__THREADS", "8", "store.threads", 8),
        ("MAIL__SMTP__PORT", "587", "mail.smtp.port", 587),
        ("MAIL__SMTP__HOST", "relay.example", "mail.smtp.host", "relay.example"),
        ("WEB__DEVELOPMENT", "true", "web.development", True),
        ("SITE__LANGUAGES", '["kk"]', "site.languages", ("kk",)),
        ("SITE__TITLE", "Дала таңы", "site.title", {"": "Дала таңы"}),
        ("FEEDS__HOURS", "0", "feeds.hours", 0),
        pytest.param("SITE__TITLE", "2026", "site.title", {"": "2026"}),
    ],
)
def test_a_variable_sets_its_key(
    tmp_path: Path, name: str, text: str, path: str, value: object
) -> None:
    config = load(tmp_path, environment={f"PUBLISHER_{name}": text})

    assert value_of(config, path) == value


def test_a_variable_is_stronger_than_the_file(tmp_path: Path) -> None:
    text = '[store]\nthreads = 3\nurl = "sqlite:///a.db"'

    config = load(tmp_path, text, {"PUBLISHER_STORE__THREADS": "8"})

    assert (config.store.threads, config.store.url) == (8, "sqlite:///a.db")


@pytest.mark.parametrize(
    "password",
    [
        "geheim",
        "with spaces and ünïcode",
        '"in quotes"',
        "[brackets",
        pytest.param("12345678"),
        pytest.param("true"),
        pytest.param("[1]"),
        pytest.param("1e5"),
    ],
)
def test_a_password_is_taken_as_it_is(tmp_path: Path, password: str) -> None:
    config = load(tmp_path, environment={"PUBLISHER_MAIL__SMTP__PASSWORD": password})

    assert config.mail.smtp.password is not None
    assert config.mail.smtp.password.get_secret_value() == password
    assert password not in repr(config)


def test_a_misspelt_variable_is_told_with_the_nearest_one(tmp_path: Path) -> None:
    found = findings(tmp_path, environment={"PUBLISHER_STORE__THREDS": "8"})

    assert found == [
        (
            "environment: PUBLISHER_STORE__THREDS is not a setting"
            " (did you mean PUBLISHER_STORE__THREADS?)"
        )
    ]


def test_the_value_of_a_misspelt_variable_is_not_told(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, environment={"PUBLISHER_STORE__PASWORD": "geheim"})

    assert "geheim" not in found


def test_variables_of_others_are_not_looked_at(tmp_path: Path) -> None:
    environment = {"PATH": "/bin", "PUBLISHERS": "x", "PUBLISHER_CONFIG": "c.toml"}

    assert findings(tmp_path, environment=environment) == []


def test_a_wrong_value_is_told_with_the_name_of_its_variable(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, environment={"PUBLISHER_STORE__THREADS": "many"})

    assert "PUBLISHER_STORE__THREADS" in found
    assert "config.toml" not in found


@pytest.mark.parametrize("text", ['store = "x"', '[[store]]\nurl = "x"'])
def test_a_variable_for_a_table_that_is_none_leaves_that_to_be_told(
    tmp_path: Path, text: str
) -> None:
    found = findings(tmp_path, text, {"PUBLISHER_STORE__THREADS": "8"})

    assert [one.split(" = ")[0] for one in found] == ["config.toml:1: store"]
