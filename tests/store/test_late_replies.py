"""What is replied about a reader's message at the moment at which they are erased."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from publisher.store import Transaction
from publisher.store.schema.editions import attempt
from tests.store.crossing import is_anybody_stuck
from tests.store.mailroom import a_verdict, exchanged
from tests.store.newsroom import Newsroom
from tests.store.rush_hour import ANNA, RushHour


@pytest.mark.postgres
def test_a_reply_that_waits_until_somebody_is_erased_is_not_kept(
    newsroom_on_postgres: Newsroom,
) -> None:
    scene = RushHour(newsroom_on_postgres)
    number = scene.daily.of[ANNA]
    verdict = a_verdict(number)._replace(reply="250 2.0.0 anna@reader.example")

    with ThreadPoolExecutor(1) as pool:

        def erase(tx: Transaction) -> None:
            scene.erase_anna(tx)
            told = pool.submit(exchanged, scene.store, [verdict], [], scene.now)
            while not (told.done() or scene.store.query(is_anybody_stuck)):
                time.sleep(0.01)

        scene.store.transact(erase)

    (told,) = scene.newsroom.rows(attempt, attempt.c.delivery_id == number)
    assert told.reply == ""
    assert scene.mailroom.delivery(number).state == "sent"
