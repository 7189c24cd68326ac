"""What is recorded is told at once, also when the rest of its batch was not."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from publisher.clock import SteppedClock
from publisher.digests.ledger import Ledger
from publisher.store import Store
from publisher.store.ledger import Answer, Asked
from tests.builders import an_article
from tests.store.mailroom import Mailroom
from tests.store.newsroom import Newsroom


class Stumbling:
    """A store that takes single statements, and no transaction any more."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_sqlite = store.is_sqlite
        self.at_once = store.at_once

    async def run(self, work: Callable[..., Any], *args: object) -> object:
        """Run work at once."""
        return work(*args)

    def transact(self, *_: object) -> None:
        """Fail."""
        msg = "the disk is full"
        raise OSError(msg)


@pytest.mark.postgres
def test_a_message_that_was_recorded_as_begun_is_not_told_to_have_failed(
    postgres_store: Store, clock: SteppedClock
) -> None:
    newsroom = Newsroom(postgres_store, clock)
    newsroom.take(an_article())
    for name in ("anna", "bolat"):
        newsroom.join(f"{name}@reader.example")
    mailroom = Mailroom(newsroom)
    mailroom.plan(1)
    lease = mailroom.must_lease()
    due = mailroom.due(lease)
    newsroom.leave(2)  # Why it may not begin takes a second look.
    ledger = Ledger(cast("Store", Stumbling(postgres_store)), clock)

    async def ask_both() -> list[Answer | BaseException]:
        asked = [ledger.begin(Asked(one.id, one.segment_id, lease)) for one in due]
        return await asyncio.gather(*asked, return_exceptions=True)

    first, second = asyncio.run(ask_both())

    assert first is Answer.BEGUN
    assert isinstance(second, OSError)
    assert [mailroom.delivery(number).state for number in (1, 2)] == [
        *("begun", "waiting"),
    ]
