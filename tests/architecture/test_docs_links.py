"""Every link within the documentation leads somewhere, and every page is one page."""

import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.architecture.tree import ROOT, label, tracked_files

SAMPLES = ROOT / "samples"
PAGES = [
    path
    for path in tracked_files()
    if path.suffix == ".md" and SAMPLES not in path.parents
]
ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//|/)", re.IGNORECASE)
NOT_IN_AN_ANCHOR = re.compile(r"[^\w\- ]")


def tokens_of(page: Path) -> list[Token]:
    return (
        MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))
    )


def links_of(page: Path) -> list[str]:
    inline = [child for token in tokens_of(page) for child in token.children or []]
    targets = [token.attrs.get("href", token.attrs.get("src")) for token in inline]
    return [str(target) for target in targets if target]


def headings_of(page: Path) -> list[tuple[str, str]]:
    tokens = tokens_of(page)
    return [
        (token.tag, "".join(child.content for child in title.children or []))
        for token, title in pairwise(tokens)
        if token.type == "heading_open"
    ]


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that forges make from headings."""
    return {
        NOT_IN_AN_ANCHOR.sub("", text.strip().lower()).replace(" ", "-")
        for _, text in headings_of(page)
    }


def fault_of(page: Path, link: str) -> str | None:
    if ELSEWHERE.match(link):
        return None
    place, _, anchor = unquote(link).partition("#")
    target = (page.parent / place).resolve() if place else page
    if not target.exists():
        return f"{label(page)}: {link} does not exist"
    if anchor and target.suffix == ".md" and anchor not in anchors_of(target):
        return f"{label(page)}: {link} names a heading that does not exist"
    return None


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_every_link_leads_somewhere(page: Path) -> None:
    faults = [fault for link in links_of(page) if (fault := fault_of(page, link))]

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_a_page_has_one_title_and_starts_with_it(page: Path) -> None:
    titles = [tag for tag, _ in headings_of(page)]

    assert titles[:1] == ["h1"]
    assert titles.count("h1") == 1


def test_every_page_of_the_documentation_can_be_reached_from_its_index() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "docs" / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        for link in links_of(page):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.exists() and target not in reached:
                waiting.append(target)

    lost = [label(page) for page in PAGES if ROOT / "docs" in page.parents]
    lost = [name for name in lost if ROOT / name not in reached]

    assert not lost, f"link these from docs/README.md or a page it leads to: {lost}"
