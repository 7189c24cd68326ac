"""A reader's whole way in a real browser: form, mails, choices, leaving, return."""

import re
import shutil
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.acceptance.test_serve import NEWS, Desk, within

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]

ANNA = "anna@reader.example"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    with desk.running("serve"):
        within(40, lambda: desk.has("/feeds/latest.rss", "<item>"))
        yield desk


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def mail(desk: Desk, words: str) -> EmailMessage:
    """Wait for a message to the reader whose subject has some words."""
    found: list[EmailMessage] = []

    def has_come() -> bool:
        for file in (desk.folder / "var/outbox/new").glob("*"):
            message = message_from_bytes(file.read_bytes(), policy=policy.default)
            assert isinstance(message, EmailMessage)
            if ANNA in message["To"] and words in message["Subject"]:
                found.append(message)
        return bool(found)

    within(60, has_come)
    return found[0]


def link(message: EmailMessage, path: str) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    found = re.search(rf"http://127\.0\.0\.1:\d+/{path}/\S+", body.get_content())
    assert found is not None, path
    return found[0]


def publish(desk: Desk, title: str) -> None:
    text = NEWS.replace("Трамвай вернётся на Степной проспект", title)
    (desk.articles / f"{len(title)}.md").write_text(text, encoding="utf-8")


def join(page: Page, desk: Desk) -> None:
    page.goto(f"http://127.0.0.1:{desk.port}/subscribe?language=ru")
    page.get_by_label("Адрес электронной почты").fill(ANNA)
    page.get_by_label("Утренний выпуск").uncheck()
    page.get_by_label("Сразу после публикации").first.check()
    page.locator("input[name=consent]").check()
    page.wait_for_timeout(3500)  # Nobody fills a form in faster than that.
    page.locator("form.subscribe-form button").click()
    page.get_by_role("heading", name="Проверьте почту").wait_for()


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_reader_joins_reads_chooses_leaves_and_comes_back(
    desk: Desk, browser: Browser, *, has_scripts: bool
) -> None:
    page = browser.new_context(
        java_script_enabled=has_scripts, timezone_id="Asia/Almaty"
    ).new_page()

    join(page, desk)
    page.goto(link(mail(desk, "Подтвердите"), "confirm"))
    page.locator("main button").click()
    page.get_by_role("heading", name="Готово: вы подписаны").wait_for()
    mail(desk, "Вы подписаны")
    publish(desk, "Трамвай пошёл")
    digest = mail(desk, "Трамвай пошёл")

    page.goto(link(digest, "preferences"))
    page.get_by_label("Культура").uncheck()
    page.get_by_role("button", name="Сохранить").click()
    assert not page.get_by_label("Культура").is_checked()
    assert ANNA not in page.content()

    page.goto(link(digest, "u"))
    page.get_by_role("button", name=re.compile("Отписаться")).first.click()
    page.get_by_role("heading", name=re.compile("отписались|больше не")).wait_for()
    assert desk.ask("readers", "list")[0]["state"] == "left"

    page.locator("form[action*='/return/'] button").click()
    assert desk.ask("readers", "list")[0]["state"] == "active"
