"""Readers that ask for the same bytes over and over are told to wait, no others."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from publisher.model.politeness import Allowance
from publisher.web.patience import Patience
from tests.builders import an_article
from tests.web.client import Answer, Client
from tests.web.site import Site

FEED = "/feeds/novosti.ru.rss"
REPEATS = 3
ALLOWANCE = Allowance(REPEATS, timedelta(hours=1))


@dataclass
class Watch:
    """A clock that goes when it is told to."""

    at: float = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def watch() -> Watch:
    """Return the clock that waits are counted by."""
    return Watch()


@pytest.fixture
def strict(site: Site, watch: Watch) -> Site:
    """Return the newspaper with an allowance of three repeats."""
    patience = Patience(ALLOWANCE, now=watch)
    return replace(site, parts=replace(site.parts, patience=patience))


async def ask_rudely(client: Client, times: int = 1, **headers: str) -> Answer:
    answers = [await client.get(FEED, **headers) for _ in range(times)]
    return answers[-1]


async def test_who_keeps_no_validators_has_to_wait_after_some_repeats(
    strict: Site,
) -> None:
    client = strict.client

    assert (await ask_rudely(client, REPEATS + 1)).status == 200
    answer = await ask_rudely(client)

    assert answer.status == 429
    assert answer["retry-after"] == "1200"
    assert answer["cache-control"] == "no-store"
    assert answer["content-type"] == "text/plain; charset=utf-8"
    assert "ETag" in answer.text


async def test_who_waits_as_told_is_answered(strict: Site, watch: Watch) -> None:
    client = strict.client
    await ask_rudely(client, REPEATS + 2)

    watch.at += 1200

    assert (await ask_rudely(client)).status == 200
    assert (await ask_rudely(client)).status == 429


async def test_who_sends_its_validators_is_never_told_to_wait(strict: Site) -> None:
    client = strict.client
    first = await client.get(FEED)

    for _ in range(50):
        by_tag = await client.get(FEED, if_none_match=first["etag"])
        by_date = await client.get(FEED, if_modified_since=first["last-modified"])
        assert (by_tag.status, by_date.status) == (304, 304)


async def test_who_has_to_wait_gets_304_for_its_validators(strict: Site) -> None:
    client = strict.client
    etag = (await client.get(FEED))["etag"]
    await ask_rudely(client, REPEATS + 2)

    assert (await client.get(FEED, if_none_match=etag)).status == 304


async def test_a_document_that_changed_is_given_to_everybody(strict: Site) -> None:
    client = strict.client
    await ask_rudely(client, REPEATS + 2)
    strict.newsroom.take(an_article("novyi", title="Новый рейс до Кокшетау"))
    strict.build()

    answer = await ask_rudely(client)

    assert answer.status == 200
    assert "Новый рейс до Кокшетау" in answer.text


async def test_head_carries_no_bytes_and_counts_as_nothing(strict: Site) -> None:
    client = strict.client

    for _ in range(REPEATS + 5):
        assert (await client.head(FEED)).status == 200


async def test_feeds_are_not_held_against_each_other(strict: Site) -> None:
    client = strict.client
    await ask_rudely(client, REPEATS + 2)

    for ending in ("atom", "json"):
        assert (await client.get(f"/feeds/novosti.ru.{ending}")).status == 200
    assert (await client.get("/feeds/latest.ru.rss")).status == 200


async def test_readers_at_one_address_are_told_apart_by_their_programs(
    strict: Site,
) -> None:
    client = strict.client
    await ask_rudely(client, REPEATS + 2, user_agent="One/1.0")

    assert (await ask_rudely(client, user_agent="One/1.0")).status == 429
    assert (await ask_rudely(client, user_agent="Other/1.0")).status == 200


async def test_readers_behind_a_proxy_are_told_apart(strict: Site) -> None:
    client = strict.client
    await ask_rudely(client, REPEATS + 2, x_forwarded_for="198.51.100.7")

    assert (await ask_rudely(client, x_forwarded_for="198.51.100.7")).status == 429
    assert (await ask_rudely(client, x_forwarded_for="198.51.100.8")).status == 200


async def test_a_proxy_that_names_no_reader_is_never_told_to_wait(
    strict: Site,
) -> None:
    answer = await ask_rudely(strict.client, 3 * REPEATS, via="1.1 proxy.example")

    assert answer.status == 200


async def test_without_an_allowance_everybody_may_ask_as_often_as_they_like(
    site: Site,
) -> None:
    assert (await ask_rudely(site.client, 100)).status == 200


async def test_the_answer_is_in_the_language_of_the_feed(strict: Site) -> None:
    client = strict.client
    for _ in range(REPEATS + 1):
        await client.get("/feeds/novosti.kk.rss")

    answer = await client.get("/feeds/novosti.kk.rss")

    assert answer.status == 429
    assert "таспа" in answer.text


async def test_the_longest_silent_are_forgotten_in_favour_of_new_readers(
    site: Site, watch: Watch
) -> None:
    patience = Patience(ALLOWANCE, now=watch, max_remembered=2)
    client = replace(site, parts=replace(site.parts, patience=patience)).client
    await ask_rudely(client, REPEATS + 2, user_agent="One/1.0")
    await ask_rudely(client, REPEATS + 2, user_agent="Two/1.0")

    await ask_rudely(client, user_agent="Three/1.0")

    assert len(patience) == 2
    assert (await ask_rudely(client, user_agent="Two/1.0")).status == 429
    assert (await ask_rudely(client, user_agent="One/1.0")).status == 200
