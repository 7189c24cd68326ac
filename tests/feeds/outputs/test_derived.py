"""Dialects and the news sitemap are in every output that their feed is in."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from publisher.clock import SteppedClock
from publisher.feeds.dialects.offered import Make, Offered
from publisher.feeds.dialects.publishing import SITEMAP_PATH, document_at
from publisher.feeds.outputs.bucket import Bucket
from publisher.feeds.outputs.derived import Derivation
from publisher.feeds.outputs.folder import FolderOutput
from publisher.feeds.outputs.mirror import RESCAN, Mirror
from publisher.feeds.outputs.output import Output
from publisher.feeds.outputs.s3 import S3Output
from publisher.model.window import Window
from publisher.store import Store
from tests.builders import a_picture, an_article
from tests.feeds.outputs.press import Watched, finish
from tests.feeds.outputs.storage import Storage, running_storage
from tests.store.newsroom import LANGUAGES
from tests.web.site import Site

SWITCHED_ON = frozenset({"yandex", "smartnews"})
YANDEX, SITEMAP = "feeds/novosti.ru.yandex.xml", SITEMAP_PATH.removeprefix("/")


@pytest.fixture
def site(sqlite_store: Store, clock: SteppedClock) -> Site:
    """Return a newspaper with its feeds built and two dialects switched on."""
    opened = Site.open(sqlite_store, clock)
    opened.newsroom.take()
    opened.build_all()
    parts = replace(opened.parts, dialects=SWITCHED_ON, has_news_sitemap=True)
    return Site(opened.newsroom, parts, opened.builder)


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.slow)])
def output(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watched]:
    """Return each kind of output in turn."""
    if request.param == "folder":
        yield Watched(FolderOutput("static", tmp_path / "static"))
        return
    with running_storage() as storage:
        place: Storage = storage.below(tmp_path.name)
        yield Watched(S3Output("static", Bucket(place.place)))


def mirror_to(
    site: Site,
    output: Output,
    *,
    keys: frozenset[str] = SWITCHED_ON,
    has_sitemap: bool = True,
    make: Make | None = None,
) -> Mirror:
    parts = site.parts
    offered = Offered(
        addresses=parts.addresses, switched_on=keys, has_sitemap=has_sitemap
    )
    make = make or partial(document_at, parts.store, parts.addresses, parts.facts)
    return Mirror(
        output=output,
        store=parts.store,
        clock=site.newsroom.clock,
        languages=LANGUAGES,
        max_age=parts.max_age,
        derivation=Derivation(offered=offered, make=make),
    )


def publish(site: Site, key: str, **changes: object) -> None:
    now = site.newsroom.clock.move(timedelta(minutes=1))
    site.newsroom.take(an_article(key, **{"published_at": now, **changes}))  # type: ignore[arg-type]
    site.build()


def held(output: Watched) -> set[str]:
    """Return the dialects that an output was asked to hold, in the end."""
    paths: set[str] = set()
    for asked in output.asked:
        if asked.startswith("no "):
            paths.discard(asked.removeprefix("no "))
        else:
            paths.add(asked)
    return {path for path in paths if path.endswith(".xml")}


async def test_copies_are_what_the_service_sends(site: Site, output: Watched) -> None:
    finish(mirror_to(site, output), limit=1000)

    copies = {copy.path: copy for copy in output.copies}
    for path in (YANDEX, "feeds/latest.kk.smartnews.xml", SITEMAP):
        copy = copies[path]
        for encoding, body in (
            ("identity", copy.body),
            ("gzip", copy.gzip_body),
            ("br", copy.brotli_body),
        ):
            answer = await site.client.get(f"/{path}", accept_encoding=encoding)
            assert (answer.status, answer.body) == (200, body)
            assert copy.media_type == answer["content-type"]
            assert copy.cache_control == answer["cache-control"]
            assert f"{copy.last_modified:%H:%M:%S GMT}" in answer["last-modified"]


@pytest.mark.slow
def test_every_main_feed_has_each_dialect_once(site: Site, output: Watched) -> None:
    finish(mirror_to(site, output), limit=7)

    asked = [path for path in output.asked if path.endswith(".xml")]
    mains = {path for path in output.asked if path.endswith(".rss")}
    of_yandex = {path for path in asked if path.endswith(".yandex.xml")}
    assert len(asked) == len(set(asked)) == 2 * len(of_yandex) + 1
    assert {path.replace(".yandex.xml", ".rss") for path in of_yandex} <= mains
    assert {"feeds/latest.yandex.xml", YANDEX, SITEMAP} <= set(asked)
    assert not [path for path in asked if "short" in path or "archive" in path]


def test_they_follow_articles_that_their_feed_shows_no_more(
    site: Site, output: Watched
) -> None:
    window = Window(items=1, span=timedelta(0), returning=0)
    site = Site(site.newsroom, site.parts, replace(site.builder, window=window))
    publish(site, "one", title="Новость дня")
    at = site.newsroom.clock.now()
    publish(site, "two", title="Ещё одна")
    mirror = mirror_to(site, output, keys=frozenset({"yandex"}), has_sitemap=False)
    finish(mirror, limit=1000)

    publish(site, "one", title="Новость дня", published_at=at, picture=a_picture())
    finish(mirror, limit=1000)

    last = [copy for copy in output.copies if copy.path == YANDEX][-1]
    assert a_picture().url.encode() in last.body


@pytest.mark.slow
def test_they_follow_their_feed_and_nothing_else_is_made(
    site: Site, output: Watched
) -> None:
    mirror = mirror_to(site, output)
    finish(mirror, limit=1000)
    output.asked.clear()

    publish(site, "one", title="Новость дня", rubrics=("novosti",))
    finish(mirror, limit=1000)

    changed = {path for path in output.asked if path.endswith(".rss")}
    copied = [path for path in output.asked if path.endswith(".xml")]
    behind = {path.replace(".yandex.xml", ".rss") for path in copied}
    assert {YANDEX, SITEMAP, "feeds/latest.ru.smartnews.xml"} <= set(copied)
    assert {path for path in behind if path.endswith(".rss")} <= changed
    [last] = [copy for copy in output.copies if copy.path == YANDEX][1:]
    assert "Новость дня".encode() in last.body
    output.asked.clear()
    site.newsroom.clock.move(RESCAN)
    finish(mirror_to(site, output), limit=1000)
    assert output.asked == []


@pytest.mark.slow
def test_what_is_switched_on_later_is_caught_up_with(
    site: Site, output: Watched
) -> None:
    finish(mirror_to(site, output, keys=frozenset(), has_sitemap=False), limit=1000)
    assert held(output) == set()

    mirror = mirror_to(site, output)
    with output.claim():
        pass
    waiting = mirror.count_waiting()
    finish(mirror, limit=1000)

    assert len(held(output)) == waiting > 0
    assert mirror.count_waiting() == 0


@pytest.mark.slow
def test_what_is_switched_off_goes(site: Site, output: Watched) -> None:
    finish(mirror_to(site, output), limit=1000)

    finish(
        mirror_to(site, output, keys=frozenset({"yandex"}), has_sitemap=False),
        limit=1000,
    )

    assert {path.rpartition(".yandex")[2] for path in held(output)} == {".xml"}
    finish(mirror_to(site, output, keys=frozenset(), has_sitemap=False), limit=1000)
    assert held(output) == set()


@pytest.mark.slow
def test_dialects_of_a_closed_rubric_are_left_to_the_service(
    site: Site, output: Watched
) -> None:
    finish(mirror_to(site, output), limit=1000)
    assert any(path.startswith("feeds/sport.") for path in held(output))

    closed = site.replant(site.closed("sport"))
    finish(mirror_to(closed, output), limit=1000)

    assert not any(path.startswith("feeds/sport.") for path in held(output))
    assert YANDEX in held(output)


@pytest.mark.slow
def test_what_cannot_be_made_holds_up_nothing_and_keeps_its_last_state(
    site: Site, output: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    finish(mirror_to(site, output), limit=1000)
    output.asked.clear()
    publish(site, "one", rubrics=("novosti",))

    def broken(path: str) -> None:
        msg = f"no {path} today"
        raise ValueError(msg)

    mirror = mirror_to(site, output, make=broken)
    report = mirror.copy_some(1000)

    assert report.copied == len(output.asked) > 3
    assert held(output) == set()
    assert len(report.failures) > 3
    assert "dialect.failed path=/feeds/novosti.ru.yandex.xml" in caplog.text
    finish(mirror_to(site, output), limit=1000)
    assert {YANDEX, SITEMAP} <= held(output)
