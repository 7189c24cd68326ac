"""Imports only go down, and each outside library has one door.

import-linter holds the rules (pyproject.toml). Here they run on the tree as it is; then
each rule is broken on a copy of the tree, to prove that it would be noticed.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.tree import PACKAGE, ROOT, project

CONTRACTS: list[dict[str, Any]] = project()["tool"]["importlinter"]["contracts"]
NAMES = {contract["name"]: contract["id"] for contract in CONTRACTS}
ROOMS = re.findall(
    r"\w+", " ".join(next(c for c in CONTRACTS if c["id"] == "floors")["layers"])
)
VERDICT = re.compile(r"^(?P<name>.+?) (?P<verdict>KEPT|BROKEN)\b", re.MULTILINE)
LINT_IMPORTS = (
    "from importlinter.cli import lint_imports_command; lint_imports_command()"
)

# What to add to the tree, and the rule that it must break: that one and no other.
PLANTED = [
    (
        "floors",
        {"publisher/planted.py": '"""A room that chose no floor."""\n'},
    ),
    (
        "floors",
        {
            "publisher/web/planted.py": "import publisher.scheduler.planted\n",
            "publisher/scheduler/planted.py": "",
        },
    ),
    (
        "floors",
        {
            # A room that is one module: what is planted replaces it, so that no import
            # of its own closes a cycle, which would break another rule as well.
            "publisher/model/planted.py": "import publisher.scheduler.planted\n",
            "publisher/scheduler/planted.py": "",
        },
    ),
    (
        "no-cycles",
        {
            "publisher/model/planted.py": "import publisher.model.sprouted\n",
            "publisher/model/sprouted.py": "import publisher.model.planted\n",
        },
    ),
    (
        "mail-and-rendering-know-no-store",
        {"publisher/mail/planted.py": "import publisher.store\n"},
    ),
    (
        "mail-and-rendering-know-no-store",
        {"publisher/rendering/planted.py": "import publisher.store\n"},
    ),
    ("pure-ground", {"publisher/model/planted.py": "import yaml\n"}),
    ("pure-ground", {"publisher/clock.py": "import babel\n"}),
    ("configuration", {"publisher/desk/planted.py": "import publisher.config\n"}),
] + [
    (contract["id"], {"publisher/desk/planted.py": f"import {library}\n"})
    for contract in CONTRACTS
    if contract["id"].startswith("door-")
    for library in contract["forbidden_modules"]
]


def broken_rules(checkout: Path) -> set[str]:
    """Run import-linter in a checkout and return the ids of the broken contracts."""
    ended = subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache", "--no-logo"],
        cwd=checkout,
        env={**os.environ, "COLUMNS": "400", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = {
        NAMES[found["name"]]: found["verdict"]
        for found in VERDICT.finditer(ended.stdout)
        if found["name"] in NAMES
    }
    assert set(verdicts) == set(NAMES.values()), ended.stdout + ended.stderr
    broken = {rule for rule, verdict in verdicts.items() if verdict == "BROKEN"}
    assert ended.returncode == (1 if broken else 0), ended.stdout
    return broken


def plant(checkout: Path, files: Mapping[str, str]) -> None:
    """Add files, and the packages around them; a planted room replaces a module."""
    for name, content in files.items():
        path = checkout / name
        path.parent.with_suffix(".py").unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(content, encoding="utf-8")


def copy_tree(to: Path) -> Path:
    """Copy what the rules are about; rooms that have no code yet stand there empty."""
    shutil.copy(ROOT / "pyproject.toml", to)
    package = to / "publisher"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    for room in ROOMS:
        if not (package / f"{room}.py").exists():
            (package / room).mkdir(exist_ok=True)
            (package / room / "__init__.py").touch()
    return to


@pytest.fixture(scope="module")
def broken_already(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Rules that the tree itself breaks: reported once, by the test below."""
    return broken_rules(copy_tree(tmp_path_factory.mktemp("checkout")))


def test_the_tree_keeps_every_rule() -> None:
    assert broken_rules(ROOT) == set()


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "files"), PLANTED)
def test_a_planted_violation_breaks_exactly_its_rule(
    rule: str, files: dict[str, str], tmp_path: Path, broken_already: set[str]
) -> None:
    checkout = copy_tree(tmp_path)
    plant(checkout, files)

    broken = broken_rules(checkout)

    assert broken == broken_already | {rule}


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, _ in PLANTED} == set(NAMES.values())


def test_every_library_we_depend_on_is_foreign_to_the_model() -> None:
    """A new dependency must be added to the pure-ground contract as well."""
    listed = next(c for c in CONTRACTS if c["id"] == "pure-ground")["forbidden_modules"]
    doors = [
        library
        for contract in CONTRACTS
        if contract["id"].startswith("door-")
        for library in contract["forbidden_modules"]
        if library not in sys.stdlib_module_names
    ]

    assert set(doors) <= set(listed)
