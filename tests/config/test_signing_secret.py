"""The secret that signs links is made once, at the first start, and never again."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from publisher.cli.commands import app
from publisher.config import load_config
from publisher.errors import ConfigError
from publisher.service import open_service
from publisher.service.keeping import keep_signing_secret, signing_keys
from publisher.store import Store
from tests.scarcity import full_disk


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a configuration beside which nothing has been started."""
    file = tmp_path / "config.toml"
    file.write_text('[logging]\nlevel = "error"\n')
    return file


def start(file: Path) -> bytes:
    """Start and end the service; return what it signs with."""
    service = open_service(load_config(file), file.parent)
    try:
        return service.tokens.keys[service.tokens.current]
    finally:
        service.close()


def test_processes_that_start_at_the_same_time_sign_with_the_same_secret(
    file: Path, sqlite_store: Store
) -> None:
    """As threads they have one process id: so have those of two containers."""
    config = load_config(file)
    for number in range(20):
        root, barrier = file.parent / str(number), threading.Barrier(4)

        def begin(
            _: int, root: Path = root, barrier: threading.Barrier = barrier
        ) -> bytes:
            barrier.wait()
            keep_signing_secret(config, root, sqlite_store)
            keys = signing_keys(config, root)
            return keys.keys[keys.current]

        with ThreadPoolExecutor(4) as threads:
            first, *others = threads.map(begin, range(4))

        assert others == [first] * 3


def test_a_secret_that_a_full_disk_does_not_take_is_named_and_made_later(
    file: Path, sqlite_store: Store
) -> None:
    config, root = load_config(file), file.parent
    with full_disk(), pytest.raises(ConfigError, match=r"cannot be made: File too la"):
        keep_signing_secret(config, root, sqlite_store)
    secret = root / config.web.secret_file
    assert list(secret.parent.iterdir()) == []

    keep_signing_secret(config, root, sqlite_store)

    assert secret.stat().st_mode & 0o777 == 0o600


def test_a_lost_secret_is_told_and_not_replaced(file: Path) -> None:
    signed_with = start(file)
    secret = file.parent / "var" / "secret"
    text = secret.read_text()
    secret.unlink()

    with pytest.raises(ConfigError, match=r"web.secret_file: .*put it back from the b"):
        start(file)

    assert not secret.exists()
    result = CliRunner().invoke(app, ["--json", "--config", str(file), "check"])
    found = {row["what"]: row for row in json.loads(result.stdout)}
    assert result.exit_code == 1
    assert not found["secret"]["is_good"]
    assert "links of all mails sent stop working" in found["secret"]["detail"]
    secret.write_text(text)
    assert start(file) == signed_with


def test_a_command_that_only_asks_makes_no_secret(file: Path) -> None:
    result = CliRunner().invoke(app, ["--config", str(file), "editions"])

    assert result.exit_code == 1
    assert [path.name for path in file.parent.rglob("*")] == ["config.toml"]
