"""Whoever watches learns whether the process lives and whether it may be used."""

from dataclasses import replace

from tests.web.client import Client
from tests.web.site import Site


async def test_a_process_that_answers_lives(empty_site: Site) -> None:
    answer = await empty_site.client.get("/healthz")

    assert (answer.status, answer.text) == (200, "alive\n")
    assert answer["cache-control"] == "no-store"


async def test_it_is_ready_once_feeds_are_built(empty_site: Site) -> None:
    client = empty_site.client
    before = await client.get("/readyz")

    empty_site.build_all()

    assert (before.status, before.text) == (503, "not ready: no feed is built yet\n")
    assert (await client.get("/readyz")).status == 200


async def test_the_service_itself_may_say_that_it_is_not_ready(site: Site) -> None:
    stopping = replace(site.parts, is_ready=lambda: False)

    answer = await Site(site.newsroom, stopping, site.builder).client.get("/readyz")

    assert answer.status == 503


async def test_without_its_store_it_is_not_ready(site: Site) -> None:
    def fail() -> bool:
        msg = "no such disk"
        raise OSError(msg)

    broken = replace(site.parts, is_ready=fail)

    answer = await Site(site.newsroom, broken, site.builder).client.get("/readyz")

    assert (answer.status, answer.text) == (
        503,
        "not ready: the store cannot be read (OSError)\n",
    )


async def test_watching_needs_no_language(reader: Client) -> None:
    answer = await reader.get("/readyz", accept_language="kk")

    assert answer["content-type"] == "text/plain; charset=utf-8"
