"""Every text that a template says is in every catalogue, and nothing else is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import normalize, read_po

import publisher
from publisher.rendering.language import Languages, shipped_catalogues
from publisher.rendering.templates import shipped_templates

PACKAGE = Path(publisher.__file__).parent
TEMPLATES = ("jinja2.ext:babel_extract", ("**.html", "**.txt", "**.xml"))
MODULES = ("python", ("**.py",))
OPTIONS = {
    # As in make_environment, which templates are rendered with.
    "trimmed": "true",
    "newstyle_gettext": "true",
    # A template that cannot be read must not look like one without texts.
    "silent": "false",
}

Identity = str | tuple[str, str]
Said = dict[Identity, str]


@pytest.fixture(scope="module")
def said() -> Said:
    """Return the message ids in templates and modules, each with one place."""
    return {
        message: place
        for folder, (method, patterns) in (
            (shipped_templates(), TEMPLATES),
            (PACKAGE, MODULES),
        )
        for message, place in extracted(folder, method, patterns)
    }


def extracted(
    folder: Path, method: str, patterns: tuple[str, ...]
) -> Iterator[tuple[Identity, str]]:
    found = extract_from_dir(
        folder,
        method_map=[(pattern, method) for pattern in patterns],
        options_map=dict.fromkeys(patterns, OPTIONS),
        keywords={"_": None, "gettext": None, "ngettext": (1, 2)},
    )
    for name, line, message, _, _ in found:
        yield identity(message), f"{folder.name}/{name}:{line}"


def catalogue(code: str) -> Catalog:
    with (shipped_catalogues() / f"{code}.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def entries(code: str) -> dict[Identity, Message]:
    return {identity(message.id): message for message in catalogue(code) if message.id}


def identity(message: str | list[str] | tuple[str, ...]) -> Identity:
    return message if isinstance(message, str) else (message[0], message[1])


def to_add(message: Identity, place: str, plurals: int) -> str:
    """Return the lines that the catalogue needs, ready to paste."""
    if isinstance(message, str):
        return f'# {place}\nmsgid {normalize(message)}\nmsgstr ""\n'
    singular, plural = map(normalize, message)
    forms = "".join(f'msgstr[{n}] ""\n' for n in range(plurals))
    return f"# {place}\nmsgid {singular}\nmsgid_plural {plural}\n{forms}"


@pytest.mark.parametrize("code", Languages().codes)
def test_every_text_is_in_every_catalogue(code: str, said: Said) -> None:
    known = entries(code)
    plurals = catalogue(code).num_plurals

    missing = [
        to_add(message, place, plurals)
        for message, place in said.items()
        if message not in known
    ]

    assert not missing, (
        f"add to publisher/rendering/catalogues/{code}.po and translate:\n\n"
        + "\n".join(missing)
    )


@pytest.mark.parametrize("code", Languages().codes)
def test_no_catalogue_has_a_text_that_nothing_says(code: str, said: Said) -> None:
    dead = [str(message) for message in entries(code) if message not in said]

    assert not dead, (
        f"publisher/rendering/catalogues/{code}.po has texts that nothing says; "
        "remove them: " + "; ".join(dead)
    )


@pytest.mark.parametrize("code", [c for c in Languages().codes if c != "en"])
def test_every_text_is_translated_in_all_its_forms(code: str) -> None:
    untranslated = [
        str(message.id)
        for message in entries(code).values()
        if message.fuzzy
        or not message.string
        or (isinstance(message.string, tuple) and not all(message.string))
    ]

    assert not untranslated, f"translate in {code}.po: " + "; ".join(untranslated)


@pytest.mark.parametrize("code", Languages().codes)
def test_every_translation_keeps_the_places_for_values(code: str) -> None:
    broken = [str(error) for _, errors in catalogue(code).check() for error in errors]

    assert not broken, f"{code}.po: " + "; ".join(broken)


@pytest.mark.parametrize(("code", "forms"), [("ru", 3), ("kk", 1), ("en", 2)])
def test_a_catalogue_has_the_plural_forms_of_its_language(
    code: str, forms: int
) -> None:
    assert catalogue(code).num_plurals == forms


def test_the_extraction_sees_single_and_plural_texts(said: Said) -> None:
    assert "Unsubscribe" in said
    assert ("%(count)s article", "%(count)s articles") in said
