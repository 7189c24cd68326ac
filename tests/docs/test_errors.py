"""The page of errors shows the tree as it is in the code."""

import ast
from collections.abc import Iterator
from functools import cache

from tests.architecture.tree import module_files, parsed
from tests.docs.pages import REFERENCE, codes_in, rows_under

ROOT_OF_THE_TREE = "PublisherError"


def test_the_page_shows_the_whole_tree() -> None:
    told = [
        (codes_in(row[0])[0], "".join(codes_in(row[1])))
        for row in rows_under(REFERENCE / "errors.md", "The tree")
    ]

    root = (ROOT_OF_THE_TREE, "")
    assert sorted(told) == sorted([root, *below(ROOT_OF_THE_TREE)])


def below(above: str) -> Iterator[tuple[str, str]]:
    """Yield (error, the one it is a kind of) for every error below one."""
    for name, bases in classes():
        if above in bases:
            yield name, above
            yield from below(name)


@cache
def classes() -> list[tuple[str, list[str]]]:
    """Return every class of ours, with what it is a kind of."""
    return [
        (node.name, names_of(node.bases))
        for path in module_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef)
    ]


def names_of(bases: list[ast.expr]) -> list[str]:
    return [base.id for base in bases if isinstance(base, ast.Name)]
