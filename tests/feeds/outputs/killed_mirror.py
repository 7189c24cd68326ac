"""Mirror a store until somebody kills it: `-m … STORE FOLDER` or `STORE PORT PREFIX`.

Prints each path before it is written. With a port, into the bucket of a storage there.
"""

import sys
from pathlib import Path

from typing_extensions import override

from publisher.clock import SystemClock
from publisher.feeds.outputs.bucket import Bucket, Place
from publisher.feeds.outputs.folder import FolderOutput
from publisher.feeds.outputs.output import Copy, Output
from publisher.feeds.outputs.s3 import LEASE, S3Output
from tests.feeds.outputs.press import Press, Watched
from tests.store.databases import open_store

__all__ = ["Waiting", "bucket_at"]


class Waiting:
    """A clock that stands still until a lease is waited for."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def outlast(self) -> None:
        """Let whoever was killed lose its lease."""
        self.now += LEASE.total_seconds() + 1


class Told(Watched):
    """An output that says what it is about to write."""

    @override
    def put(self, copy: Copy) -> None:
        print(copy.path, flush=True)  # noqa: T201 (for whoever kills us)
        super().put(copy)


def bucket_at(port: int, prefix: str) -> Bucket:
    """Return the bucket of a storage that runs on this machine."""
    place = Place(
        bucket="gazeta",
        prefix=prefix,
        endpoint=f"http://127.0.0.1:{port}",
        region="us-east-1",
        access_key_id="desk",
        secret_access_key="told-to-nobody",
    )
    return Bucket(place)


if __name__ == "__main__":
    url, *place = sys.argv[1:]
    waiting = Waiting()
    output: Output
    if len(place) == 1:
        output = FolderOutput("static", Path(place[0]))
    else:
        bucket = bucket_at(int(place[0]), place[1])
        output = S3Output("static", bucket, elapsed=waiting)
    with open_store(url) as store:
        mirror = Press.mirror_of(store, SystemClock(), Told(output))
        report = mirror.copy_some()
        if report.is_busy:
            waiting.outlast()
            report = mirror.copy_some()
        while report.has_more:
            report = mirror.copy_some()
