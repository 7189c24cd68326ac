"""Names of files and functions on pages are those of the code."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, label, module_files, parsed
from tests.docs.pages import DOCS, code_words_of, prose_pages

FUNCTION = re.compile(r"(?:(?P<owner>[A-Z]\w*)\.)?(?P<name>[a-z]\w*)\(\)")
OUR_FILE = re.compile(r"(?:publisher|templates|samples|tests|docs|benchmarks)/[\w./-]*")
RECORDS = DOCS / "decisions"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def functions() -> dict[str, set[str]]:
    """Return the names of all functions, and of the methods of each class."""
    found: dict[str, set[str]] = {"": set()}
    for path in module_files():
        for node in ast.walk(parsed(path)):
            if isinstance(node, FUNCTIONS):
                found[""].add(node.name)
            elif isinstance(node, ast.ClassDef):
                methods = found.setdefault(node.name, set())
                methods |= {m.name for m in node.body if isinstance(m, FUNCTIONS)}
    return found


@pytest.mark.parametrize("page", prose_pages(), ids=label)
def test_functions_named_on_a_page_exist(page: Path) -> None:
    unknown = [
        f"line {line}: {words}"
        for line, words in code_words_of(page)
        if (found := FUNCTION.fullmatch(words))
        and found["name"] not in functions().get(found["owner"] or "", set())
    ]

    assert not unknown


@pytest.mark.parametrize("page", prose_pages(), ids=label)
def test_files_named_on_a_page_exist(page: Path) -> None:
    missing = [
        f"line {line}: {words}"
        for line, words in code_words_of(page)
        if OUR_FILE.fullmatch(words) and not (ROOT / words).exists()
    ]

    assert not missing


def test_the_index_lists_every_decision_with_its_title() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")

    missing = [
        record.name
        for record in sorted(RECORDS.glob("[0-9]*.md"))
        if f"[{title_of(record.read_text(encoding='utf-8'))}](decisions/{record.name})"
        not in index
    ]

    assert not missing


def test_decisions_are_numbered_without_gaps_and_tell_status_and_date() -> None:
    records = sorted(RECORDS.glob("*.md"))

    numbers = [int(record.name[:4]) for record in records]
    vague = [
        record.name
        for record in records
        if not re.search(
            r"^# \d{4} .+\n\nStatus: .+\nDate: \d{4}-\d\d-\d\d\n",
            record.read_text(encoding="utf-8"),
        )
    ]

    assert numbers == list(range(1, len(records) + 1))
    assert not vague


def title_of(text: str) -> str:
    return text.partition("\n")[0].removeprefix("# ")
