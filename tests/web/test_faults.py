"""Errors are pages in the reader's language, and never tell what broke."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from publisher.store import Store
from publisher.store.feeds import waiting_feeds
from tests.builders import an_article
from tests.scarcity import full_disk
from tests.web.client import Client
from tests.web.page import Page
from tests.web.site import Site


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "ru"),
        ("kk", "kk"),
        ("kk-KZ,ru;q=0.8,en;q=0.5", "kk"),
        ("ru;q=0.4, kk;q=0.9", "kk"),
        ("en-US,en;q=0.9", "ru"),
        ("kk;q=0", "ru"),
        ("kk;q=x,*", "ru"),
        (",;=,", "ru"),
    ],
)
async def test_an_error_speaks_the_language_that_a_reader_likes_best(
    reader: Client, accepted: str, language: str
) -> None:
    answer = await reader.get("/nope", accept_language=accepted)

    assert answer.status == 404
    assert Page.of(answer).language == language


async def test_below_a_language_an_error_speaks_that_language(reader: Client) -> None:
    answer = await reader.get("/kk/nope", accept_language="ru")

    assert Page.of(answer).language == "kk"


async def test_the_title_of_an_error_says_what_is_wrong(reader: Client) -> None:
    page = Page.of(await reader.get("/kk/nope"))

    (title,) = page.root.iter("title")
    assert title.text == "Мұндай бет жоқ — Дала жаршысы"


async def test_an_error_leads_back_to_the_catalogue(reader: Client) -> None:
    page = Page.of(await reader.get("/kk/nope"))

    assert "/kk/" in page.links().values()


async def test_a_wrong_method_is_named(reader: Client) -> None:
    answer = await reader.post("/ru/", sec_fetch_site="same-origin")

    assert answer.status == 405
    assert set(answer["allow"].split(", ")) == {"GET", "HEAD"}


class BrokenStore:
    """A store whose disk is gone."""

    query = None

    async def run(self, *_: object) -> None:
        msg = "disk of db.internal is gone"
        raise OSError(msg)


async def test_what_nobody_foresaw_is_a_page_without_details(
    lasting_site: Site,
) -> None:
    broken = cast("Store", BrokenStore())
    parts = replace(lasting_site.parts, store=broken)
    client = Site(lasting_site.newsroom, parts, lasting_site.builder).client
    client.failures_are_logged = True

    answer = await client.get("/kk/rubrics/sport")

    assert answer.status == 500
    assert Page.of(answer).heading == "Бізде ақау шықты"
    assert "db.internal" not in answer.text
    assert "Traceback" not in answer.text


def test_a_full_disk_is_told_in_one_line_and_all_feeds_are_built_afterwards(
    empty_site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    newsroom = empty_site.newsroom
    newsroom.take(an_article("most"))
    newsroom.take(an_article("sessiya", rubrics=("politika",)))
    assert len(newsroom.store.query(waiting_feeds, 50)) > 1

    with full_disk():
        assert empty_site.builder.build_waiting() == []

    [told] = caplog.records
    assert told.getMessage().startswith("feeds.not_built feed=")
    assert told.exc_info is None
    newsroom.wait(seconds=3)
    empty_site.build()
    assert newsroom.store.query(waiting_feeds, 50) == []


def test_a_clock_that_is_set_back_makes_no_pause_of_a_feed_longer(
    empty_site: Site,
) -> None:
    newsroom = empty_site.newsroom
    newsroom.take(an_article("most"))
    waiting = newsroom.store.query(waiting_feeds, 50)
    for _ in waiting:  # Each has its pause.
        with full_disk():
            assert empty_site.builder.build_waiting() == []
    newsroom.clock.move(timedelta(hours=-3))

    empty_site.build()

    assert newsroom.store.query(waiting_feeds, 50) == []
