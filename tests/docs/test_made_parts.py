"""What the reference takes from the code is what the code says today."""

from pathlib import Path

import pytest

from publisher.config import Config
from tests.architecture.tree import label
from tests.docs import command_line, configuration, store
from tests.docs.making import PARTS, outdated
from tests.docs.pages import REFERENCE, made_parts_of, tokens_of


def headings_of(name: str) -> list[str]:
    tokens = tokens_of(REFERENCE / name)
    return [
        tokens[place + 1].content
        for place, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


def test_no_made_part_is_out_of_date() -> None:
    pages = [label(page) for page, _ in outdated()]

    assert not pages, f"run: python -m tests.docs, which makes {pages} anew"


@pytest.mark.parametrize("page", PARTS, ids=label)
def test_every_made_part_has_its_place_once(page: Path) -> None:
    places = made_parts_of(page.read_text(encoding="utf-8"))

    assert sorted(places) == sorted(PARTS[page]())


def test_every_section_of_the_configuration_has_a_heading() -> None:
    headings = headings_of("configuration.md")
    sections = [
        f"`[[{path}]]`" if is_repeated else f"`[{path}]`"
        for path, _, is_repeated in configuration.sections(Config)
    ]

    assert [heading for heading in headings if heading.startswith("`[")] == sections


def test_every_key_is_explained() -> None:
    tables = {path for path, _, _ in configuration.sections(Config)}
    silent = [
        f"{path}.{name}"
        for path, model, _ in configuration.sections(Config)
        for name, field in model.model_fields.items()
        if not field.description and f"{path}.{name}" not in tables
    ]

    assert not silent, f"give these keys a docstring in the schema: {silent}"


def test_every_command_has_a_heading() -> None:
    headings = [
        h for h in headings_of("command-line.md") if h.startswith("`publisher ")
    ]

    assert sorted(headings) == sorted(
        f"`publisher {' '.join(path)}`" for path, _ in command_line.commands()
    )


def test_every_table_of_the_store_has_a_heading_and_a_purpose() -> None:
    tokens = tokens_of(REFERENCE / "store.md")
    told = {
        tokens[place + 1].content: tokens[place + 3].type
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h3"
    }

    assert sorted(told) == sorted(f"`{name}`" for name in store.tables())
    assert set(told.values()) == {"paragraph_open"}
