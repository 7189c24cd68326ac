"""The real Caddy on our example configuration, where it is installed."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.feeds.outputs.nginx import Nginx, free_port, wait_for

__all__ = ["running_caddy"]

EXAMPLE = Path(__file__).resolve().parents[3] / "deploy" / "Caddyfile"


@contextmanager
def running_caddy(folder: Path, shown: Path, service_port: int) -> Iterator[Nginx]:
    """Run Caddy on our example, with the places of the example replaced by ours.

    It is asked as nginx is. Skips the test where it is not installed.
    """
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("caddy is not installed")
    port = free_port()
    text = EXAMPLE.read_text(encoding="utf-8")
    for pattern, ours in (
        (
            r"\nfeeds\.gazeta\.example \{",
            f"\n{{\nadmin off\nauto_https off\n}}\nhttp://:{port} {{\nbind 127.0.0.1",
        ),
        (r"127\.0\.0\.1:8000", f"127.0.0.1:{service_port}"),
        (r"root \* /var/lib/publisher/static", f"root * {shown}"),
    ):
        text, count = re.subn(pattern, ours, text)
        assert count, f"deploy/Caddyfile holds no {pattern}"
    file = folder / "Caddyfile"
    file.write_text(text, encoding="utf-8")
    options = ["--config", str(file), "--adapter", "caddyfile"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "run", *options],
            env={"HOME": str(folder), "XDG_DATA_HOME": str(folder)},
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(port, process, "caddy")
            yield Nginx(port)
        finally:
            process.terminate()
            process.wait(timeout=30)
