"""The model decides and does nothing: plain values in, plain values out.

No clock, randomness, logging, files or network, and nothing but the standard library.
"""

import ast
import sys

from tests.architecture.tree import (
    PACKAGE,
    imported_names,
    label,
    module_files,
    parsed,
)

MODEL_FILES = sorted((PACKAGE / "model").rglob("*.py"))

MODULES_THAT_ACT = {
    "asyncio",
    "concurrent",
    "glob",
    "http",
    "io",
    "locale",
    "logging",
    "multiprocessing",
    "os",
    "random",
    "secrets",
    "select",
    "selectors",
    "shutil",
    "signal",
    "smtplib",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
}
# What acts although its module may be imported.
NAMES_THAT_ACT = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "pathlib.Path",
    "uuid.uuid1",
    "uuid.uuid4",
    "uuid.uuid6",
    "uuid.uuid7",
}
CALLS_THAT_ACT = {"open", "print", "input", "breakpoint"}
ATTRIBUTES_THAT_ACT = {"now", "today", "utcnow", "uuid1", "uuid4", "uuid6", "uuid7"}
MAY_BE_IMPORTED_OF_US = ("publisher.model", "publisher.errors")


def acts(name: str) -> bool:
    return name in NAMES_THAT_ACT or any(
        name == module or name.startswith(f"{module}.") for module in MODULES_THAT_ACT
    )


def is_at_home(name: str) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names or name.startswith(
        MAY_BE_IMPORTED_OF_US
    )


def test_there_is_a_model() -> None:
    assert MODEL_FILES


def test_the_model_imports_the_standard_library_and_itself_only() -> None:
    strangers = [
        f"{label(path)}:{line}: {name}"
        for path in MODEL_FILES
        for name, line in imported_names(path)
        if not is_at_home(name)
    ]

    assert not strangers, "\n".join(strangers)


def test_the_model_imports_nothing_that_acts() -> None:
    actors = [
        f"{label(path)}:{line}: {name}"
        for path in MODEL_FILES
        for name, line in imported_names(path)
        if acts(name)
    ]

    assert not actors, "\n".join(actors)


def test_the_model_calls_nothing_that_acts() -> None:
    calls = [
        f"{label(path)}:{node.lineno}: {ast.unparse(node.func)}()"
        for path in MODEL_FILES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and is_a_deed(node.func)
    ]

    assert not calls, "\n".join(calls)


def is_a_deed(function: ast.expr) -> bool:
    match function:
        case ast.Name(id=name):
            return name in CALLS_THAT_ACT
        case ast.Attribute(attr=name):
            return name in ATTRIBUTES_THAT_ACT
        case _:
            return False


def test_only_rendering_cleans_html_with_lxml() -> None:
    """import-linter sees lxml as one library; this door is for a part of it."""
    cleaners = [
        f"{label(path)}:{line}: {name}"
        for path in module_files()
        if "rendering" not in path.parts
        for name, line in imported_names(path)
        if name == "lxml.html" or name.startswith(("lxml.html.", "lxml_html_clean"))
    ]

    assert not cleaners, "\n".join(cleaners)
