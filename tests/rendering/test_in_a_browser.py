"""A message in a real browser: nothing is wider than the screen it is read on."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from publisher.model.article import Picture
from publisher.rendering.digest import render_digest
from tests.rendering.newspaper import ALMATY, Newspaper, a_digest, an_article
from tests.shipped import shipped_renderer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PHONE = 375
PICTURE = "https://vestnik.example/a.jpg"
WORD = "непереносимо" * 20
ADDRESS = "https://vestnik.example/" + "dlinnyy" * 20

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def test_a_word_without_an_end_makes_no_message_wider_than_a_phone(
    browser: Browser,
) -> None:
    article = an_article(title=WORD, lead=f"Подробности: {ADDRESS}")
    content = a_digest(article, an_article(id=2, title=ADDRESS, lead=WORD))
    message = render_digest(
        shipped_renderer(), content, site=Newspaper("ru").site(), zone=ALMATY
    )
    page = browser.new_page(viewport={"width": PHONE, "height": 800})

    page.set_content(message.html)

    assert page.evaluate("document.documentElement.scrollWidth") == PHONE


def test_a_picture_beside_a_headline_is_no_wider_on_a_phone(browser: Browser) -> None:
    upright, lying = (
        an_article(id=number, picture=Picture(url=PICTURE, width=width, height=1600))
        for number, width in ((2, 600), (3, 1600))
    )
    message = render_digest(
        shipped_renderer(),
        a_digest(an_article(), upright, lying),
        site=Newspaper("ru").site(),
        zone=ALMATY,
    )
    page = browser.new_page(viewport={"width": PHONE, "height": 800})

    page.set_content(message.html)

    widths = "[...document.images].map(one => one.getBoundingClientRect().width)"
    assert page.evaluate(widths) == [60, 108]
