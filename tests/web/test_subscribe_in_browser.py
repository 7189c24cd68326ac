"""A person joins with a real browser: with and without scripts, here and elsewhere."""

import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from playwright.async_api import Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from publisher.clock import SteppedClock
from publisher.store import Store
from publisher.store.readers import Subscription, subscriptions_at
from publisher.store.schema.joinings import joining
from publisher.store.schema.letters import letter
from publisher.web.server import Server
from tests.web.site import Site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]

ANNA = "anna@reader.example"
ELSEWHERE = """<!DOCTYPE html><html lang="ru"><title>Газета</title><h1>Газета</h1>
<div id="join">
<a href="{ours}/subscribe?language=ru">Получать новости по почте</a></div>
<script async src="{ours}/static/subscribe.js" data-into="join" data-language="ru"
 data-rubric="sport"></script>"""


@dataclass
class Desk:
    """The newspaper as a server, and another site with a form of ours."""

    site: Site
    url: str
    elsewhere: str

    async def ask(self, page: Page) -> None:
        """Fill the form in, and press the button after ten seconds of our clock."""
        self.site.newsroom.clock.move(timedelta(seconds=10))
        await page.get_by_label("Адрес электронной почты").fill(ANNA)
        await page.get_by_label("Согласен получать рассылку.").check()
        await page.get_by_role("button", name="Получать по почте").click()
        await page.get_by_role("heading", name="Проверьте почту").wait_for()

    async def confirm(self, page: Page) -> Subscription:
        """Open the link of the letter, and press its button."""
        (posted,) = self.site.newsroom.rows(letter)
        assert (posted.kind, posted.email) == ("confirm", ANNA)
        await page.goto(self.url + self.site.confirm_path(posted.facts["joining"]))
        await page.get_by_role("button").click()
        await page.get_by_role("heading", name="Готово: вы подписаны").wait_for()
        (found,) = self.site.newsroom.store.query(subscriptions_at, ANNA)
        return found


@asynccontextmanager
async def opened(store: Store, clock: SteppedClock) -> AsyncIterator[Desk]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    site = Site.open(store, clock)
    parts = replace(site.parts, facts=replace(site.parts.facts, base_url=url))
    site = replace(site, parts=parts)

    async def page(_: Request) -> HTMLResponse:
        return HTMLResponse(ELSEWHERE.format(ours=url))

    other = Starlette(routes=[Route("/gazeta", page)])
    servers = [
        Server(site.app, host="127.0.0.1", port=port),
        Server(other, host="127.0.0.1", port=0),
    ]
    for server in servers:
        await server.start()
    try:
        yield Desk(site, url, f"http://localhost:{servers[1].port}/gazeta")
    finally:
        for server in servers:
            await server.stop()


@asynccontextmanager
async def browsing(*, has_scripts: bool) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        context = await browser.new_context(
            java_script_enabled=has_scripts, timezone_id="Asia/Aqtau", locale="ru"
        )
        yield await context.new_page()
        await browser.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_who_has_scripts_joins_with_the_zone_of_the_device(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    async with (
        opened(sqlite_store, clock) as desk,
        browsing(has_scripts=True) as page,
    ):
        faults: list[str] = []
        page.on("console", lambda said: faults.append(said.text))
        await page.goto(desk.url + "/subscribe")
        assert await page.get_by_text("Определён по вашему устройству").is_visible()
        await page.get_by_label("Новости", exact=True).check()
        await page.get_by_label("Международный вектор").uncheck()
        await desk.ask(page)
        subscription = await desk.confirm(page)

    assert subscription.choice.timetable.zone == "Asia/Aqtau"
    assert subscription.choice.selection.key == "novosti -vektor"
    assert [fault for fault in faults if "favicon" not in fault] == []


async def test_who_has_no_scripts_joins_all_the_same(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    async with (
        opened(sqlite_store, clock) as desk,
        browsing(has_scripts=False) as page,
    ):
        await page.goto(desk.url + "/subscribe?rubric=sport")
        await desk.ask(page)
        subscription = await desk.confirm(page)

    assert subscription.choice.timetable.zone == "Asia/Almaty"
    assert subscription.choice.selection.key == "sport"


async def test_the_script_puts_the_form_into_a_page_of_another_site(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    async with (
        opened(sqlite_store, clock) as desk,
        browsing(has_scripts=True) as page,
    ):
        await page.goto(desk.elsewhere)
        await page.get_by_label("Спорт", exact=True).first.wait_for()
        await desk.ask(page)
        (kept,) = desk.site.newsroom.rows(joining)
        subscription = await desk.confirm(page)

    assert kept.source == desk.elsewhere
    assert subscription.choice.selection.key == "sport"
    assert subscription.choice.timetable.zone == "Asia/Aqtau"


async def test_without_scripts_the_other_site_has_a_link_to_our_page(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    async with (
        opened(sqlite_store, clock) as desk,
        browsing(has_scripts=False) as page,
    ):
        await page.goto(desk.elsewhere)
        await page.get_by_role("link", name="Получать новости по почте").click()
        await desk.ask(page)

    assert len(desk.site.newsroom.rows(joining)) == 1


async def test_the_form_is_filled_in_with_the_keyboard_alone(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    async with (
        opened(sqlite_store, clock) as desk,
        browsing(has_scripts=False) as page,
    ):
        await page.goto(desk.url + "/subscribe")
        desk.site.newsroom.clock.move(timedelta(seconds=10))
        seen: list[str] = []
        for _ in range(80):
            await page.keyboard.press("Tab")
            name = str(await page.locator(":focus").get_attribute("name"))
            seen.append(name)
            if name == "email":
                await page.keyboard.type(ANNA)
            if name == "consent":
                await page.keyboard.press("Space")
                await page.keyboard.press("Tab")
                await page.keyboard.press("Enter")
                break
        await page.get_by_role("heading", name="Проверьте почту").wait_for()

    assert "homepage" not in seen
    assert len(desk.site.newsroom.rows(letter)) == 1
