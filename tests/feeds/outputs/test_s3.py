"""A bucket shows whole documents with their headers, and one process writes at a time.

On a real server of the S3 protocol, where there is one.
"""

import gzip
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typing_extensions import override

from publisher.clock import SteppedClock
from publisher.feeds.outputs.bucket import Bucket, ChangedError, Place
from publisher.feeds.outputs.output import OutputError
from publisher.feeds.outputs.s3 import LEASE, MARK, S3Output
from publisher.store import Store
from tests.builders import MORNING, a_rubric, a_tree
from tests.feeds.outputs.copies import NOON, PATH, a_copy
from tests.feeds.outputs.nginx import free_port
from tests.feeds.outputs.press import Press, finish
from tests.feeds.outputs.storage import Storage, running_storage

pytestmark = pytest.mark.slow


class Seconds:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def move(self, span: timedelta) -> None:
        self.now += span.total_seconds()


@pytest.fixture(scope="module")
def server() -> Iterator[Storage]:
    with running_storage() as running:
        yield running


@pytest.fixture
def storage(server: Storage, tmp_path: Path) -> Storage:
    """Return a folder of the bucket for one test."""
    return server.below(tmp_path.name)


def opened(storage: Storage, seconds: Seconds | None = None) -> S3Output:
    bucket = Bucket(storage.place)
    return S3Output("cdn", bucket, elapsed=seconds or Seconds())


# --------------------------------------------------------------------------- the object


@pytest.mark.parametrize("is_packed", [False, True])
def test_an_object_is_sent_with_its_headers_and_a_304(
    storage: Storage, *, is_packed: bool
) -> None:
    output = S3Output("cdn", Bucket(storage.place), is_packed=is_packed)
    copy = a_copy()
    with output.claim():
        output.put(copy)

    status, headers, body = storage.ask(PATH)
    again, _, nothing = storage.ask(PATH, If_None_Match=headers["etag"])

    assert status == 200
    assert headers["content-type"] == copy.media_type
    assert headers["cache-control"] == copy.cache_control
    assert headers.get("content-encoding") == ("gzip" if is_packed else None)
    assert (gzip.decompress(body) if is_packed else body) == copy.body
    assert (again, nothing) == (304, b"")


def test_the_same_bytes_keep_their_entity_tag(storage: Storage) -> None:
    output = opened(storage)
    tags = []
    for at in (NOON, NOON + timedelta(hours=1)):
        with output.claim():
            output.put(a_copy(at=at))
        tags.append(storage.ask(PATH)[1]["etag"])

    assert tags[0] == tags[1]


# ---------------------------------------------------------------------------- the claim


def test_a_claim_of_a_process_that_is_gone_is_taken_over_after_a_lease(
    storage: Storage,
) -> None:
    seconds = Seconds()
    gone, other = opened(storage), opened(storage, seconds)
    killed = ExitStack()
    killed.enter_context(gone.claim())
    taken = []

    for _ in range(6):
        with other.claim() as is_mine:
            taken.append(is_mine)
        seconds.move(LEASE / 4)
        seconds.move(timedelta(milliseconds=1))

    assert taken == [False, False, False, False, True, True]
    killed.close()


def test_a_claim_is_renewed_while_its_holder_works(storage: Storage) -> None:
    mine, others = Seconds(), Seconds()
    worker, other = opened(storage, mine), opened(storage, others)
    taken = []

    with worker.claim():
        for number in range(8):
            worker.put(a_copy(f"Новости {number}"))
            with other.claim() as is_others:
                taken.append(is_others)
            for seconds in (mine, others):
                seconds.move(LEASE * 0.6)

    assert not any(taken)
    assert storage.shown() == {PATH: "Новости 7"}


def test_an_object_is_written_only_in_place_of_the_one_that_was_seen(
    storage: Storage,
) -> None:
    bucket = Bucket(storage.place)
    seen = bucket.write(PATH, b"<rss>1</rss>", None, {})
    bucket.write(PATH, b"<rss>2</rss>", seen, {})

    for outdated in (seen, None):
        with pytest.raises(ChangedError, match="written by somebody else"):
            bucket.write(PATH, b"<rss>older</rss>", outdated, {})

    assert storage.shown() == {PATH: "2"}


def test_a_claim_that_ran_out_is_noticed_before_anything_is_written(
    storage: Storage,
) -> None:
    mine, others = Seconds(), Seconds()
    slow, quick = opened(storage, mine), opened(storage, others)
    with slow.claim():
        with quick.claim():
            pass
        for seconds in (mine, others):
            seconds.move(LEASE + timedelta(seconds=1))
        with quick.claim():
            quick.put(a_copy("Новое"))

            with pytest.raises(OutputError, match="written by somebody else"):
                slow.put(a_copy("Старое"))
            with pytest.raises(OutputError, match="written by somebody else"):
                slow.remove(PATH)

    assert storage.shown() == {PATH: "Новое"}


# --------------------------------------------------------------------- what goes wrong


def test_a_server_that_is_away_is_told_with_what_to_look_at(storage: Storage) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    away = S3Output("cdn", Bucket(replace(storage.place, endpoint=endpoint)))

    with (
        pytest.raises(OutputError, match=r'output "cdn": .*; look at the bucket'),
        away.claim(),
    ):
        pass


def test_a_bucket_that_is_not_there_is_told(storage: Storage) -> None:
    elsewhere = S3Output("cdn", Bucket(replace(storage.place, bucket="nowhere")))

    with pytest.raises(OutputError, match="cannot be written"), elsewhere.claim():
        pass


def test_storage_that_ignores_conditions_is_refused() -> None:
    class Careless(BaseHTTPRequestHandler):
        """Takes every object, whatever the conditions."""

        def do_GET(self) -> None:
            self._say(404)

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._say(200)

        def _say(self, status: int) -> None:
            self.send_response(status)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Careless) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            place = Place(
                bucket="gazeta",
                endpoint=f"http://127.0.0.1:{server.server_address[1]}",
                region="us-east-1",
                access_key_id="desk",
                secret_access_key="told-to-nobody",
            )
            output = S3Output("cdn", Bucket(place))
            with pytest.raises(OutputError, match="ignores conditions"), output.claim():
                pass
        finally:
            server.shutdown()
            thread.join()


# ------------------------------------------------------------------------ with a mirror


def test_a_mirror_keeps_a_bucket_as_it_keeps_a_folder(
    storage: Storage, sqlite_store: Store
) -> None:
    press = Press(sqlite_store, SteppedClock(MORNING))
    press.publish("Новости 1")
    press.publish("Спорт 1", "sport")
    finish(press.mirror_to(opened(storage)))
    press.publish("Новости 2", path="glavnoe")
    press.newsroom.plant(a_tree(a_rubric("novosti"), a_rubric("sport", is_closed=True)))

    finish(press.mirror_to(opened(storage)))

    assert storage.shown() == {"feeds/glavnoe.rss": "Новости 2"}
    assert sorted(storage.names()) == [MARK, "feeds/glavnoe.rss"]
