"""Examples on pages work: the TOML is a configuration, the commands are commands."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.config import Config, load_config
from publisher.feeds.addresses import FeedAddresses
from publisher.model.rubric import Rubric, RubricTree
from tests.architecture.tree import ROOT
from tests.docs.command_line import commands, options_of
from tests.docs.pages import Example, code_words_of, examples_of, prose_pages

EXAMPLES = [example for page in prose_pages() for example in examples_of(page)]
TOML = [example for example in EXAMPLES if example.language == "toml"]
SHELL = [example for example in EXAMPLES if example.language == "sh"]
LANGUAGES_OF_EXAMPLES = {
    "html",
    "ini",
    "jinja",
    "json",
    "markdown",
    "nginx",
    "po",
    "sh",
    "sql",
    "text",
}

OURS = (".venv/bin/python -m publisher ", "publisher ")
SHARED_OPTIONS = {"--config", "-c", "--json", "--version", "--help", "-h"}
TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
MAKE_VARIABLE = re.compile(r"[A-Z]+=")
FEED = re.compile(r"/feeds/[a-z0-9/_-]+(?:\.[a-z]{2})?\.(?:rss|atom|json)\b")


@pytest.mark.parametrize("example", TOML, ids=str)
def test_a_configuration_on_a_page_can_be_loaded(
    example: Example, tmp_path: Path
) -> None:
    # Files and folders that a page may name anywhere, here below one that is empty.
    # Folders of a server, but not paths of addresses.
    text = re.sub(r'(?<!path = )"/', '"', example.text)
    values = tomllib.loads(text)
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    for path in files_named_in(values):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("not a secret at all", encoding="utf-8")
    for source in values.get("source", []):
        (tmp_path / source["folder"]).mkdir(parents=True, exist_ok=True)

    load_config(file, {})


@pytest.mark.parametrize("example", SHELL, ids=str)
def test_commands_on_a_page_exist(example: Example) -> None:
    faults = [fault for line in lines_of(example) if (fault := fault_of(line))]

    assert not faults


def test_commands_within_sentences_exist() -> None:
    faults = [
        f"{page.name}:{line}: {fault}"
        for page in prose_pages()
        for line, words in code_words_of(page)
        if words.startswith((*OURS, "make ")) and (fault := fault_of(words))
    ]

    assert not faults


def test_every_example_says_what_language_it_is_in() -> None:
    page = ROOT / "CONTRIBUTING.md"
    known = LANGUAGES_OF_EXAMPLES | {"toml"}

    unknown = [
        f"{example}: {example.language!r}"
        for example in EXAMPLES
        if example.language not in known and example.page != page
    ]

    assert not unknown


def test_feeds_named_on_pages_are_those_of_the_sample_newsroom() -> None:
    config = load_config(ROOT / "config.toml", {})
    addresses = FeedAddresses("", sample_tree(config), config.site.languages)
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]

    unknown = [
        f"{page.name}: {found}"
        for page in pages
        for found in FEED.findall(page.read_text(encoding="utf-8"))
        if addresses.find(found) is None
    ]

    assert not unknown


def files_named_in(table: dict[str, object]) -> Iterator[Path]:
    for key, value in table.items():
        if isinstance(value, dict) and key.endswith("_files"):
            yield from map(Path, value.values())
        elif isinstance(value, dict):
            yield from files_named_in(value)
        elif key.endswith("_file") and isinstance(value, str):
            yield Path(value)
        elif isinstance(value, list):
            for below in value:
                if isinstance(below, dict):
                    yield from files_named_in(below)


def sample_tree(config: Config) -> RubricTree:
    return RubricTree(
        tuple(
            Rubric(
                key=rubric.key,
                slug=rubric.slug or rubric.key,
                names=rubric.names,
                parent=rubric.parent,
            )
            for rubric in config.rubric
        )
    )


def lines_of(example: Example) -> Iterator[str]:
    for line in example.text.replace("\\\n", " ").splitlines():
        if line.startswith((*OURS, "make ")):
            yield line


def fault_of(line: str) -> str | None:
    """Return what is wrong with a command, or None."""
    words = shlex.split(line, comments=True)
    if words[0] == "make":
        wanted = [word for word in words[1:] if not MAKE_VARIABLE.match(word)]
        targets = TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8"))
        missing = [word for word in wanted if word not in targets]
        return f"there is no target {missing[0]}" if missing else None
    own = list(until_next_command(words))
    return fault_of_ours(own[own.index("publisher") + 1 :])


def fault_of_ours(words: list[str]) -> str | None:
    names = dict(commands())
    plain = [word for word in words if not word.startswith("-")]
    options = {w.partition("=")[0] for w in words if w.startswith("-")}
    found = next(
        (p for p in sorted(names, key=len, reverse=True) if called(p, plain)), None
    )
    groups = {path[0] for path in names}
    if found is None:
        is_group = len(plain) == 1 and plain[0] in groups
        is_empty = not plain and options <= SHARED_OPTIONS
        return None if is_group or is_empty else f"there is no command {words}"
    unknown = options - SHARED_OPTIONS - options_of(names[found])
    return f"{' '.join(found)} has no option {min(unknown)}" if unknown else None


def until_next_command(words: list[str]) -> Iterator[str]:
    for word in words:
        if word in {"|", ">", ">>", "&&", ";", "&"}:
            return
        yield word


def called(path: tuple[str, ...], plain: list[str]) -> bool:
    """Tell whether words call a command; `--config FILE` may stand before it."""
    return tuple(plain[: len(path)]) == path or tuple(plain[1 : len(path) + 1]) == path
