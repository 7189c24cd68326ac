"""The real nginx on our example configuration, where it is installed."""

import re
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic, sleep

import pytest
from typing_extensions import override

__all__ = ["Answer", "Nginx", "a_service", "free_port", "running", "wait_for"]

EXAMPLE = Path(__file__).resolve().parents[3] / "deploy" / "nginx.conf"
PLACES = ("/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx")

FRAME = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/publisher.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; names of headers are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Nginx:
    """A running nginx."""

    port: int

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Send a request; underscores in header names stand for hyphens."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            named = {name.replace("_", "-"): text for name, text in headers.items()}
            connection.request(method, path, headers=named)
            return _read(connection.getresponse())
        finally:
            connection.close()


def _read(response: HTTPResponse) -> Answer:
    headers = {name.lower(): text for name, text in response.getheaders()}
    return Answer(response.status, headers, response.read())


def program() -> str:
    """Return where nginx is; skips the test where it is not."""
    found = shutil.which("nginx") or next((p for p in PLACES if Path(p).exists()), None)
    if found is None:
        pytest.skip("nginx is not installed")
    return found


@contextmanager
def running(folder: Path, shown: Path, service_port: int) -> Iterator[Nginx]:
    """Run nginx on our example, with the places of the example replaced by ours."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    text = EXAMPLE.read_text(encoding="utf-8")
    for pattern, ours in (
        (r"listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        (r"\n *listen \[::\]:443 ssl;", ""),
        (r"\n *ssl_certificate(?:_key)? .*;", ""),
        (r"server 127\.0\.0\.1:8000;", f"server 127.0.0.1:{service_port};"),
        (r"root /var/lib/publisher/static;", f"root {shown};"),
    ):
        text, count = re.subn(pattern, ours, text)
        assert count, f"deploy/nginx.conf holds no {pattern}"
    (folder / "publisher.conf").write_text(text, encoding="utf-8")
    main = folder / "nginx.conf"
    main.write_text(FRAME.format(folder=folder), encoding="utf-8")
    command = [program(), "-e", "stderr", "-p", str(folder), "-c", str(main)]
    tested = subprocess.run([*command, "-t"], capture_output=True, check=False)
    assert tested.returncode == 0, tested.stderr.decode()
    assert b"[warn]" not in tested.stderr, tested.stderr.decode()
    process = subprocess.Popen(command)
    try:
        wait_for(port, process)
        yield Nginx(port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(
    port: int,
    process: subprocess.Popen[bytes],
    who: str = "nginx",
    seconds: float = 30,
) -> None:
    """Wait until somebody listens."""
    give_up_at = monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, f"{who} ended"
            assert monotonic() < give_up_at, f"{who} does not listen"
            sleep(0.02)
        else:
            return


@contextmanager
def a_service() -> Iterator[int]:
    """Run something behind nginx that tells what it was asked; yield its port."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = f"service: {self.command} {self.path} {self.headers['Host']}"
            self.send_response(410 if self.path.startswith("/feeds/gone") else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body.encode())

        do_GET = do_HEAD = do_OPTIONS = do_POST = answer  # noqa: N815 (its names)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
