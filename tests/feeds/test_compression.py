"""Twins hold the bytes they stand beside, and are made with care when there is time."""

import gzip
import json
import zlib
from pathlib import Path

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.clock import SteppedClock
from publisher.feeds.compression import (
    Packer,
    compress,
    compress_in_haste,
    compress_with_brotli,
)
from publisher.model.feed import FeedFormat
from publisher.store import Store, documents
from publisher.store.documents import Document
from publisher.store.schema.feeds import document
from tests.store.newsroom import Newsroom, a_document

SITE = ".ru"
BODY = "Көпір күзде ашылады. ".encode() * 500
SAMPLES = Path(__file__).parents[2] / "samples" / "newsroom"


def news() -> bytes:
    """Return what a feed consists of: sentences people wrote."""
    texts = [file.read_text("utf-8") for file in sorted(SAMPLES.rglob("*.md"))]
    lines = (SAMPLES / "wire.jsonl").read_text("utf-8").splitlines()
    texts += [str(json.loads(line)) for line in lines]
    return "".join(texts).encode()


def test_gzip_names_no_time_and_no_system() -> None:
    packed = compress(BODY)

    assert packed[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    assert packed == compress(BODY)
    assert len(packed) < len(BODY) / 10


@given(st.binary(max_size=3000))
def test_any_reader_gets_the_bytes_back(body: bytes) -> None:
    for packed in (compress(body), compress_in_haste(body)):
        assert gzip.decompress(packed) == body
        assert zlib.decompress(packed, wbits=31) == body
    assert brotli.decompress(compress_with_brotli(body)) == body
    assert compress_with_brotli(body)


def test_twins_at_rest_are_at_most_a_twentieth_larger_than_gzip_6() -> None:
    body = news()
    reference = len(gzip.compress(body, 6))

    assert len(body) > 20_000
    assert len(compress(body)) <= 1.05 * reference
    assert len(compress_with_brotli(body)) <= 0.95 * reference


class Press:
    """Publishes documents as the builder does: compressed in haste."""

    def __init__(self, store: Store, clock: SteppedClock) -> None:
        self.newsroom = Newsroom(store, clock)
        self.packer = Packer(store)
        self.store = store

    def publish(self, etag: str) -> Document:
        made = a_document(
            self.newsroom.feed_id(SITE), etag, last_modified=self.newsroom.clock.now()
        )
        written = self.newsroom.publish(self.newsroom.job(SITE), made)
        assert written
        return self.present()

    def present(self) -> Document:
        number = self.newsroom.feed_id(SITE)
        found = self.store.query(documents.load_document, number, FeedFormat.ATOM)
        assert found is not None
        return found


@pytest.fixture
def press(store: Store, clock: SteppedClock) -> Press:
    """Return a press on a real store, of either kind."""
    return Press(store, clock)


def test_what_was_published_in_haste_gets_its_twins_and_keeps_its_validators(
    press: Press,
) -> None:
    before = press.publish("a")

    packed = press.packer.pack_waiting()

    after = press.present()
    assert packed == 1
    assert (before.is_packed, after.is_packed) == (False, True)
    assert gzip.decompress(after.gzip_body) == after.body == before.body
    assert brotli.decompress(after.brotli_body) == after.body
    assert (after.etag, after.last_modified) == (before.etag, before.last_modified)


def test_packing_is_a_change_that_copies_are_made_of(press: Press) -> None:
    before = press.publish("a")

    press.packer.pack_waiting()

    news = press.store.query(documents.documents_since, before.change_no)
    assert [(new.etag, new.is_packed) for new in news] == [("a", True)]


def test_packing_twice_changes_nothing(press: Press) -> None:
    press.publish("a")
    press.packer.pack_waiting()
    before = press.newsroom.rows(document)

    assert press.packer.pack_waiting() == 0
    assert press.newsroom.rows(document) == before


def test_a_newer_document_waits_for_twins_of_its_own(press: Press) -> None:
    press.publish("a")
    press.packer.pack_waiting()

    newer = press.publish("b")

    assert (newer.is_packed, newer.brotli_body) == (False, b"")
    assert press.packer.pack_waiting() == 1
    assert brotli.decompress(press.present().brotli_body) == newer.body


def test_twins_of_an_older_state_never_stand_beside_a_newer_one(press: Press) -> None:
    older = press.publish("a")
    newer = press.publish("b")

    is_done = press.store.transact(
        documents.pack, older, gzip_body=b"old", brotli_body=b"old"
    )

    assert not is_done
    assert press.present() == newer


def test_no_more_than_the_limit_is_packed_at_once(press: Press) -> None:
    number = press.newsroom.feed_id(SITE)
    made = [
        a_document(number, "a", fmt=form, last_modified=press.newsroom.clock.now())
        for form in FeedFormat
    ]
    press.newsroom.publish(press.newsroom.job(SITE), *made)

    assert press.packer.pack_waiting(limit=2) == 2
    assert press.packer.pack_waiting(limit=2) == 1
    assert press.store.query(documents.find_unpacked) is None
