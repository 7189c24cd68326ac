"""A file is read in one sitting, and its name says what it does."""

import ast

from tests.architecture.tree import PACKAGE, label, module_files, parsed

MOST_LINES_IN_A_FILE = 300
MOST_LINES_IN_A_FUNCTION = 50
NAMES_THAT_SAY_NOTHING = {
    "base",
    "common",
    "core",
    "helper",
    "helpers",
    "manager",
    "misc",
    "models",
    "types",
    "util",
    "utils",
}

# Written once by Alembic, never edited again and not read in one sitting.
REVISIONS = PACKAGE / "store" / "migrations" / "versions"
FILES = [path for path in module_files() if path.parent != REVISIONS]


def test_a_file_has_at_most_300_lines() -> None:
    lengths = {
        path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES
    }

    too_long = [
        f"{label(path)} has {lines} lines: split it"
        for path, lines in lengths.items()
        if lines > MOST_LINES_IN_A_FILE
    ]

    assert not too_long, "\n".join(too_long)


def test_a_function_has_at_most_50_lines() -> None:
    functions = (
        (path, node)
        for path in FILES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )

    too_long = [
        f"{label(path)}:{function.lineno}: {function.name} has {length} lines"
        for path, function in functions
        if (length := (function.end_lineno or 0) - function.lineno + 1)
        > MOST_LINES_IN_A_FUNCTION
    ]

    assert not too_long, "\n".join(too_long)


def test_no_module_has_a_name_that_says_nothing() -> None:
    nameless = [
        label(path)
        for path in module_files()
        if {path.stem, path.parent.name} & NAMES_THAT_SAY_NOTHING
    ]

    assert not nameless, f"name these after what they do: {nameless}"
