"""The pages of the documentation as tests read them: parts made, tables, examples."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from typing_extensions import override

from tests.architecture.tree import ROOT, label

DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"

_MADE = re.compile(
    r"(<!-- made by python -m tests\.docs: (?P<name>[a-z][a-z0-9 _.-]*) -->\n)"
    r".*?"
    r"(?P<end><!-- end of what was made -->)",
    re.DOTALL,
)
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Example:
    """A block of code on a page; `line` counts from 1."""

    page: Path
    line: int
    language: str
    text: str

    @override
    def __str__(self) -> str:
        return f"{label(self.page)}:{self.line}"


def prose_pages() -> list[Path]:
    """List the pages written for people: the documentation and what stands above it."""
    above = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    return [*above, *sorted(DOCS.rglob("*.md"))]


def with_made_parts(text: str, parts: dict[str, str]) -> str:
    """Return a page's text with every part between its marks made anew."""

    def made(found: re.Match[str]) -> str:
        return f"{found[1]}\n{parts[found['name']].strip()}\n\n{found['end']}"

    return _MADE.sub(made, text)


def made_parts_of(text: str) -> list[str]:
    """Return the names of the parts of a page that are made, in order."""
    return [found["name"] for found in _MADE.finditer(text)]


@cache
def tokens_of(page: Path) -> tuple[Token, ...]:
    """Return a page as the Markdown parser sees it."""
    parser = MarkdownIt("commonmark").enable("table")
    return tuple(parser.parse(page.read_text(encoding="utf-8")))


def examples_of(page: Path) -> Iterator[Example]:
    """Yield the blocks of code on a page."""
    for token in tokens_of(page):
        if token.type == "fence" and token.map:
            yield Example(page, token.map[0] + 1, token.info.strip(), token.content)


def code_words_of(page: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of everything printed as code within a sentence or table."""
    for token in tokens_of(page):
        if token.type == "inline" and token.map:
            for child in token.children or []:
                if child.type == "code_inline":
                    yield token.map[0] + 1, child.content


def rows_under(page: Path, heading: str) -> list[list[str]]:
    """Return the cells of every row of tables under a heading, without their heads."""
    rows: list[list[str]] = []
    is_under = False
    depth = 0
    is_body = False
    tokens = tokens_of(page)
    for place, token in enumerate(tokens):
        match token.type:
            case "heading_open":
                level = int(token.tag[1])
                if tokens[place + 1].content == heading:
                    is_under, depth = True, level
                elif is_under and level <= depth:
                    is_under = False
            case "tbody_open" | "tbody_close":
                is_body = token.type == "tbody_open"
            case "tr_open" if is_under and is_body:
                rows.append([])
            case "td_open" if is_under and is_body:
                rows[-1].append(tokens[place + 1].content)
    return rows


def codes_in(cell: str) -> list[str]:
    """Return everything printed as code in a cell."""
    return _CODE.findall(cell)


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
