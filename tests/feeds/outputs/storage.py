"""A real server of the S3 protocol: moto's, from an environment of its own.

It needs another python-dateutil than we do, so `.ci/run` installs it beside ours and
names the program in MOTO_SERVER; anywhere else it is taken from the PATH.
"""

import gzip
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection

import pytest

from publisher.feeds.outputs.bucket import Place
from publisher.feeds.outputs.s3 import MARK
from tests.feeds.outputs.nginx import free_port, wait_for

__all__ = ["Storage", "running_storage"]


@dataclass(frozen=True, slots=True)
class Storage:
    """A running server with a bucket that everybody may read."""

    port: int
    place: Place

    def below(self, prefix: str) -> "Storage":
        """Return the same bucket, with a folder of its own for one test."""
        return replace(self, place=replace(self.place, prefix=prefix))

    def ask(
        self, path: str, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Ask for an object as a reader does: without credentials."""
        return self.ask_for(f"{self.place.prefix}/{path}", method, None, **headers)

    def ask_for(
        self, key: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request to the bucket; underscores in names stand for hyphens."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        try:
            connection.request(method, f"/{self.place.bucket}/{key}", body, named)
            answer = connection.getresponse()
            got = {name.lower(): text for name, text in answer.getheaders()}
            return answer.status, got, answer.read()
        finally:
            connection.close()

    def names(self) -> list[str]:
        """Return the names of all objects below the prefix."""
        _, _, listing = self.ask_for(f"?list-type=2&prefix={self.place.prefix}/")
        keys = listing.decode().split("<Key>")[1:]
        return [key.split("</Key>")[0].split("/", 1)[1] for key in keys]

    def shown(self) -> dict[str, str]:
        """Return what readers see: by path, the unpacked text."""
        found: dict[str, str] = {}
        for name in self.names():
            if name != MARK:
                _, headers, body = self.ask(name)
                if headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                found[name] = body.decode().removeprefix("<rss>").removesuffix("</rss>")
        return found


@contextmanager
def running_storage() -> Iterator[Storage]:
    """Run the server; skips the test where there is none."""
    program = shutil.which(os.environ.get("MOTO_SERVER", "moto_server"))
    if program is None:
        pytest.skip("no S3 server: moto_server is not installed (see .ci/run)")
    port = free_port()
    process = subprocess.Popen(
        [program, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process, "the S3 server", seconds=60)
        place = Place(
            bucket="gazeta",
            endpoint=f"http://127.0.0.1:{port}",
            region="us-east-1",
            access_key_id="desk",
            secret_access_key="told-to-nobody",
        )
        storage = Storage(port, place)
        storage.ask_for("", "PUT")
        everybody = {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": ["s3:GetObject", "s3:ListBucket"],
                    "Resource": ["arn:aws:s3:::gazeta", "arn:aws:s3:::gazeta/*"],
                }
            ]
        }
        storage.ask_for("?policy", "PUT", json.dumps(everybody).encode())
        yield storage
    finally:
        process.terminate()
        process.wait(timeout=30)
