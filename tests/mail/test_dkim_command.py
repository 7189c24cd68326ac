"""`publisher mail dkim` makes keys once and shows their records."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from publisher.cli.commands import app
from publisher.config import load_config
from publisher.errors import ConfigError, PublisherError
from publisher.service.checking import examine
from publisher.service.signing import key_files, make_missing_keys, make_signer
from tests.scarcity import full_disk

KEYS = """\
[mail]
sender = "news@gazeta.example"
[mail.dkim]
key_file = "keys/dkim.pem"
selector = "s2026"
ed25519_key_file = "keys/second.pem"
[logging]
level = "error"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(KEYS)
    return file


def asked(file: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["-c", str(file), *options, "mail", "dkim"])


def signatures_of(file: Path) -> tuple[bool, str]:
    findings = examine(load_config(file), file.parent)
    return next((good, what) for name, good, what in findings if name == "signatures")


def test_keys_are_made_once_and_for_their_owner_only(file: Path) -> None:
    first = asked(file)

    made = sorted((file.parent / "keys").iterdir())
    assert [key.name for key in made] == ["dkim.pem", "second.pem"]
    assert {key.stat().st_mode & 0o777 for key in made} == {0o600}
    assert "Made " in first.output
    bytes_before = [key.read_bytes() for key in made]
    again = asked(file)
    assert "Made " not in again.output
    assert [key.read_bytes() for key in made] == bytes_before
    assert again.output.splitlines()[-1] == first.output.splitlines()[-1]


def test_machines_get_whole_records(file: Path) -> None:
    rows = json.loads(asked(file, "--json").output)

    assert [row["name"] for row in rows] == [
        "s2026._domainkey.gazeta.example",
        "publisher-ed25519._domainkey.gazeta.example",
    ]
    assert rows[0]["text"].startswith("v=DKIM1; k=rsa; p=")


def test_without_a_file_it_says_what_to_write(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("")

    result = asked(file)

    assert isinstance(result.exception, PublisherError)
    assert 'key_file = "var/dkim.pem"' in str(result.exception)
    assert make_signer(load_config(file), tmp_path) is None
    assert signatures_of(file)[0]


def test_check_loads_the_keys(file: Path) -> None:
    is_good, what = signatures_of(file)
    assert not is_good
    assert "`publisher mail dkim` makes it" in what

    asked(file)

    is_good, what = signatures_of(file)
    assert is_good
    assert what == (
        "messages are signed for gazeta.example with RSA-2048 as s2026"
        " and Ed25519 as publisher-ed25519"
    )


def test_a_key_that_cannot_be_read_is_named(file: Path) -> None:
    (file.parent / "keys" / "dkim.pem").mkdir(parents=True)

    is_good, what = signatures_of(file)

    assert not is_good
    assert "mail.dkim.key_file" in what
    assert "cannot be read" in what


def test_a_second_signature_needs_a_first(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[mail.dkim]\ned25519_key_file = "second.pem"\n')

    with pytest.raises(ConfigError, match=r"name a mail\.dkim\.key_file as well"):
        make_signer(load_config(file), tmp_path)


def test_a_disk_that_was_full_leaves_no_half_of_a_key(file: Path) -> None:
    with full_disk():
        result = asked(file)

    assert isinstance(result.exception, ConfigError)
    assert "dkim.pem cannot be written: File too large" in str(result.exception)
    assert list((file.parent / "keys").iterdir()) == []
    assert "Made " in asked(file).output
    assert signatures_of(file)[0]


def test_keys_that_are_made_at_the_same_time_are_everybodys(file: Path) -> None:
    config = load_config(file)
    start = threading.Barrier(4)

    def make(_: int) -> list[bytes]:
        start.wait()
        make_missing_keys(config, file.parent)
        return [key.path.read_bytes() for key in key_files(config, file.parent)]

    with ThreadPoolExecutor(4) as threads:
        first, *others = threads.map(make, range(4))

    assert others == [first] * 3
    assert signatures_of(file)[0]


def test_a_folder_that_cannot_be_written_is_named(file: Path) -> None:
    (file.parent / "keys").write_text("a file is in the way")

    result = asked(file)

    assert isinstance(result.exception, ConfigError)
    assert "cannot be written" in str(result.exception)
