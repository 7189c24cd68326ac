"""Everybody may read the past editions of a digest whose operator allows it."""

from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest

from publisher.clock import SteppedClock
from publisher.store import Store
from tests.digests.desk import MORNING, RULES, Desk, a_tree
from tests.web.client import Answer
from tests.web.page import Page
from tests.web.site import TOKENS, Site

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FORMATS = ("rss", "atom", "json")


class Archive:
    """A newspaper with a morning digest that has an archive, and a weekly without."""

    def __init__(self, store: Store) -> None:
        clock = SteppedClock(MORNING)
        rules = {**RULES, "utro": replace(RULES["utro"], has_archive=True)}
        self.desk = Desk(store=store, clock=clock, tokens=TOKENS, rules=rules)
        site = Site.open(store, clock, a_tree())
        parts = replace(site.parts, membership=self.desk.membership)
        self.site = Site(site.newsroom, parts, site.builder)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.site.client.get(path, **headers)

    async def print_two(self) -> "Archive":
        """Let two editions go out to readers of everything, and to one of sport."""
        self.desk.join("all@reader.example")
        self.desk.join("more@reader.example")
        self.desk.join("sport@reader.example", rubrics=("sport",))
        self.desk.publish("first")
        self.desk.publish("goal", ["sport"])
        await self.desk.run(HOUR)
        self.desk.publish("second")
        await self.desk.run(DAY)
        return self


@pytest.fixture
def archive(sqlite_store: Store) -> Archive:
    return Archive(sqlite_store)


async def test_an_edition_is_there_though_others_got_the_same_first(
    archive: Archive,
) -> None:
    archive.desk.join("first@reader.example", rubrics=("novosti", "kultura"))
    archive.desk.join("all@reader.example")
    archive.desk.publish("first")
    await archive.desk.run(HOUR)

    page = Page.of(await archive.get("/ru/digests/utro"))

    assert [said for said in page.links() if "марта" in said] == [
        "Понедельник, 2 марта, 2026"
    ]


async def test_the_list_has_every_edition_newest_first(archive: Archive) -> None:
    await archive.print_two()

    page = Page.of(await archive.get("/ru/digests/utro"))

    assert page.heading == "Прошлые выпуски рассылки «Утро»"
    days = [said for said in page.links() if "марта" in said]
    assert days == ["Вторник, 3 марта, 2026", "Понедельник, 2 марта, 2026"]
    assert "Утро: Заголовок second" in page.text


async def test_an_edition_is_what_readers_of_everything_got_and_nobody_s_own(
    archive: Archive,
) -> None:
    await archive.print_two()
    links = Page.of(await archive.get("/ru/digests/utro")).links()

    answer = await archive.get(links["Понедельник, 2 марта, 2026"])

    page = Page.of(answer)
    assert "Коротко о first." in page.text
    assert "Коротко о goal." in page.text
    assert page.links()["Все выпуски"] == "/ru/digests/utro"
    assert not {"Отписаться", "Настройки", "Открыть в браузере"} & set(page.links())
    assert "reader.example" not in answer.text
    assert "x-robots-tag" not in answer
    assert "script-src" not in answer["content-security-policy"]


async def test_a_language_nobody_reads_has_an_empty_list(archive: Archive) -> None:
    await archive.print_two()

    page = Page.of(await archive.get("/kk/digests/utro"))

    assert page.heading == "«Таң» таратылымының өткен шығарылымдары"
    assert "бірде-бір шығарылым болған жоқ" in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/ru/digests/nedelya",
        "/ru/digests/nedelya.rss",
        "/ru/digests/nedelya/1",
        "/ru/digests/utro.xml",
        "/ru/digests/utro/999",
        "/ru/digests/utro/x",
        "/ru/digests/utro/99999999999999999999",
        "/ru/digests/utro?before=x",
    ],
)
async def test_what_is_not_in_an_archive_does_not_exist(
    archive: Archive, path: str
) -> None:
    await archive.print_two()

    assert (await archive.get(path)).status == 404


async def test_an_edition_of_another_hour_is_not_in_the_archive(
    archive: Archive,
) -> None:
    archive.desk.join("late@reader.example", hour="09:00")
    archive.desk.publish("first")
    await archive.desk.run(3 * HOUR)

    assert len(archive.desk.transport.sent) == 1
    page = Page.of(await archive.get("/ru/digests/utro"))
    assert "Ни одного выпуска ещё не было" in page.text


@pytest.mark.parametrize("form", FORMATS)
async def test_the_feed_names_the_same_editions(archive: Archive, form: str) -> None:
    await archive.print_two()

    answer = await archive.get(f"/ru/digests/utro.{form}")

    assert answer.status == 200
    if form == "json":
        assert answer.text.count('"url":"https://desk.example/ru/digests/utro/') == 2
        return
    feed = feedparser.parse(answer.body)
    assert not feed.bozo
    assert [entry.title for entry in feed.entries] == [
        "Утро: Заголовок second",
        "Утро: Заголовок first",
    ]
    for entry in feed.entries:
        path = entry.link.removeprefix("https://desk.example")
        assert (await archive.get(path)).status == 200


@pytest.mark.parametrize("form", FORMATS)
async def test_who_has_the_feed_is_not_sent_it_again(
    archive: Archive, form: str
) -> None:
    await archive.print_two()
    first = await archive.get(f"/ru/digests/utro.{form}")

    again = await archive.get(f"/ru/digests/utro.{form}", if_none_match=first["etag"])

    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("form", FORMATS)
async def test_a_feed_of_no_edition_is_a_feed(archive: Archive, form: str) -> None:
    answer = await archive.get(f"/ru/digests/utro.{form}")

    assert answer.status == 200
    assert answer.text == (await archive.get(f"/ru/digests/utro.{form}")).text


async def test_a_withdrawn_article_is_named_nowhere(archive: Archive) -> None:
    await archive.print_two()
    archive.desk.publish("second", is_withdrawn=True, published_at=MORNING + HOUR)

    listed = await archive.get("/ru/digests/utro")
    shown = await archive.get(Page.of(listed).links()["Вторник, 3 марта, 2026"])
    feeds = [await archive.get(f"/ru/digests/utro.{form}") for form in FORMATS]

    for answer in (listed, shown, *feeds):
        assert answer.status == 200
        assert "second" not in answer.text
    assert "отозвали" in shown.text


async def test_the_catalogue_leads_to_the_archive(archive: Archive) -> None:
    await archive.print_two()

    page = Page.of(await archive.get("/ru/"))

    assert page.links()["Утро"] == "/ru/digests/utro"
    assert "Прошлые выпуски рассылок" in page.text
