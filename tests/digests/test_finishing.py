"""Messages that are finished in threads come back to whoever asked for them."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from publisher.digests.addressing import Addressing
from publisher.digests.finishing import Finisher
from publisher.store.leases import DueDelivery, Lease
from publisher.store.segments import SegmentText
from tests.builders import a_segment_text

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEASE = Lease(
    chunk_id=1,
    edition_id=1,
    digest_key="utro",
    is_instant=False,
    fence=1,
    composed_at=NOON,
    expires_at=NOON,
)


class Numbering:
    """Stands in for an addressing: a message is its delivery's number."""

    signer = object()

    def compile(self, *_: object) -> "Numbering":
        """Return what finishes messages."""
        return self

    def personal(self, due: DueDelivery, _: SegmentText) -> int:
        """Return what is a reader's own."""
        return due.id

    def for_reader(self, number: int) -> bytes:
        """Return a message; every tenth cannot be made."""
        if number % 10 == 0:
            msg = f"delivery {number}"
            raise ValueError(msg)
        return b"%d" % number


def due(number: int) -> DueDelivery:
    """Return a delivery with a number."""
    return DueDelivery(
        id=number,
        segment_id=1,
        subscription_id=number,
        subscriber_id=number,
        email=f"r{number}@reader.example",
        attempts=0,
    )


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Return threads that end with the test."""
    with ThreadPoolExecutor(2) as found:
        yield found


@pytest.mark.parametrize("is_signed", [True, False])
def test_each_gets_its_own_message_or_its_own_error(
    threads: ThreadPoolExecutor, *, is_signed: bool
) -> None:
    addressing = Numbering()
    if not is_signed:
        addressing.signer = cast("Any", None)
    texts = {1: a_segment_text(1)}
    finisher = Finisher(cast("Addressing", addressing), LEASE, texts, threads)

    async def ask_all() -> list[bytes | BaseException]:
        asked = [finisher.finish(due(number)) for number in range(1, 201)]
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(ask_all())

    for number, answer in enumerate(answers, start=1):
        if number % 10:
            assert answer == b"%d" % number
        else:
            assert str(answer) == f"delivery {number}"


def test_who_no_longer_waits_holds_nobody_up(threads: ThreadPoolExecutor) -> None:
    texts = {1: a_segment_text(1)}
    finisher = Finisher(cast("Addressing", Numbering()), LEASE, texts, threads)

    async def ask() -> bytes:
        first = asyncio.create_task(finisher.finish(due(1)))
        await asyncio.sleep(0)
        first.cancel()
        return await finisher.finish(due(2))

    assert asyncio.run(ask()) == b"2"
