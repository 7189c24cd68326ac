"""Every page is small, whole, readable without scripts, and asks nobody else."""

import asyncio
import re
from itertools import pairwise
from pathlib import Path

import pytest

from publisher.audience.address_changes import AddressChanges
from publisher.clock import SteppedClock
from publisher.model.token import Purpose
from publisher.rendering.colours import READABLE, contrast, readable
from publisher.rendering.digest import Look
from publisher.rendering.templates import shipped_templates
from publisher.web.static import DARK_PANEL, PANEL
from tests.builders import MORNING
from tests.store.databases import copy_of, open_store
from tests.web.client import BROWSER
from tests.web.page import Page, words
from tests.web.site import BASE_URL, SITE_URL, TOKENS, Site

LARGEST_PAGE = 50_000
LETTERS = "ӘәҒғҚқҢңӨөҰұҮүҺһІі"

STYLE = (shipped_templates() / "web" / "static" / "site.css").read_text("utf-8")
KINDS = [
    "/ru/",
    "/kk/",
    "/ru/rubrics/novosti",
    "/kk/rubrics/novosti/obshchestvo",
    "/ru/rubrics/sport",
    "/nope",
    "leave",
    "left",
    "preferences",
    "paused",
    "ask for the link",
    "come back",
    "address",
    "outbox",
]


@pytest.fixture(scope="module")
def pages(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Page]:
    """Return a page of each kind."""
    folder = tmp_path_factory.mktemp("pages")
    with open_store(f"sqlite:///{copy_of(sqlite_template, folder)}") as store:
        site = Site.filled(store, SteppedClock(MORNING), sqlite_template)
        return asyncio.run(opened(site, folder))


async def opened(site: Site, folder: Path) -> dict[str, Page]:
    joined = site.join()
    left = site.join("bolat@reader.example")
    site.parts.membership.leave(left.id, origin="test")
    paused = site.join("dina@reader.example")
    site.parts.leaving.pause_briefly(paused, origin="test")
    AddressChanges(site.parts.membership).ask(joined.subscriber_id, "b@reader.example")
    client = site.in_development(folder, folder).client
    paths = {
        "leave": site.leave_path(joined),
        "left": site.leave_path(left),
        "preferences": site.preferences_path(joined),
        "paused": site.preferences_path(paused),
        "ask for the link": "/preferences",
        "come back": site.return_path(left),
        "address": f"/address/{TOKENS.sign(Purpose.ADDRESS, 2)}",
        "outbox": "/outbox",
    }
    found = {}
    for kind in KINDS:
        answer = await client.get(paths.get(kind, kind), accept=BROWSER)
        assert len(answer.body) < LARGEST_PAGE
        found[kind] = Page.of(answer)
    return found


def test_there_is_one_heading_and_the_others_follow_in_order(
    pages: dict[str, Page],
) -> None:
    for kind, page in pages.items():
        levels = [int(str(e.tag)[1]) for e in page.root.iter("h1", "h2", "h3", "h4")]
        assert levels[0] == 1, kind
        assert levels.count(1) == 1, kind
        steps = [after - before for before, after in pairwise(levels)]
        assert all(step <= 1 for step in steps), kind


def test_nothing_is_scripted_or_styled_in_the_page(pages: dict[str, Page]) -> None:
    for kind, page in pages.items():
        assert not page.all("script"), kind
        assert not page.all("style"), kind
        for element in page.root.iter():
            names = [str(name) for name in element.attrib]
            assert not [n for n in names if n == "style" or n.startswith("on")], kind


def test_nobody_else_is_asked_for_anything(pages: dict[str, Page]) -> None:
    for kind, page in pages.items():
        loaded = [str(e.get("src")) for e in page.root.iter("img", "iframe")]
        loaded += [
            str(link.get("href"))
            for link in page.root.iter("link")
            if link.get("rel") in {"stylesheet", "icon", "preload"}
        ]
        for url in loaded:
            assert url.startswith(("/", SITE_URL, BASE_URL)), kind
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_every_field_has_a_label_and_every_picture_a_text(
    pages: dict[str, Page],
) -> None:
    for kind, page in pages.items():
        labelled = {str(label.get("for")) for label in page.root.iter("label")}
        for element in page.root.iter("input", "select"):
            if element.get("type") == "hidden":
                continue
            above = element.getparent()
            is_inside = above is not None and above.tag == "label"
            assert is_inside or str(element.get("id")) in labelled, kind
        assert all("alt" in img.attrib for img in page.root.iter("img")), kind


def test_ids_are_unique_and_what_refers_to_them_finds_them(
    pages: dict[str, Page],
) -> None:
    for kind, page in pages.items():
        ids = [str(e.get("id")) for e in page.root.iter() if e.get("id")]
        assert len(ids) == len(set(ids)), kind
        for name in ("for", "aria-labelledby", "aria-describedby", "list"):
            for element in page.root.iter():
                for target in str(element.get(name) or "").split():
                    assert target in ids, f"{kind}: {name}={target}"


def test_the_language_and_a_way_past_the_masthead_come_first(
    pages: dict[str, Page],
) -> None:
    for kind, page in pages.items():
        assert page.language in {"ru", "kk"}, kind
        first = next(iter(page.root.iter("a")))
        assert first.get("href") == "#content", kind
        assert words(first)


def test_pages_of_one_reader_are_not_for_search_engines(
    pages: dict[str, Page],
) -> None:
    for kind in ("leave", "left", "preferences", "come back", "address", "outbox"):
        (robots,) = pages[kind].all("meta", name="robots")
        assert robots.get("content") == "noindex, nofollow"


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w[\w-]*): (#[0-9a-f]{6})", block))


def test_text_can_be_read_by_day_and_by_night() -> None:
    day, night = (colours(part) for part in STYLE.split("@media", 2)[:2])
    for shades, panel in ((day, PANEL), (night, DARK_PANEL)):
        assert shades["panel"] == panel
        for ground in (shades["paper"], shades["panel"]):
            for ink in ("ink", "soft"):
                assert contrast(shades[ink], ground) >= READABLE
        accent = readable(Look().accent, panel)
        assert contrast(accent, shades["paper"]) >= READABLE
        assert contrast(shades["on-accent"], accent) >= READABLE
        assert contrast(shades["edge"], shades["field"]) >= 3


@pytest.mark.parametrize("accent", ["#000000", "#ffffff", "#ffee00", "#1040ff"])
def test_any_accent_can_be_read(accent: str) -> None:
    for shades in map(colours, STYLE.split("@media", 2)[:2]):
        made = readable(accent, shades["panel"])
        for ground in (shades["panel"], shades["paper"]):
            assert contrast(made, ground) >= READABLE
        assert contrast(shades["on-accent"], made) >= READABLE


def test_kazakh_letters_survive(pages: dict[str, Page]) -> None:
    text = pages["/kk/"].text + pages["/kk/rubrics/novosti/obshchestvo"].text

    assert set(text) & set(LETTERS)
    assert "\N{REPLACEMENT CHARACTER}" not in text
