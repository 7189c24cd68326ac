"""The page of errors shows the tree as it is in the code."""

from collections.abc import Iterator

from publisher.errors import PublisherError
from tests.docs.pages import REFERENCE, codes_in, rows_under


def test_the_page_shows_the_whole_tree() -> None:
    told = [
        (codes_in(row[0])[0], "".join(codes_in(row[1])))
        for row in rows_under(REFERENCE / "errors.md", "The tree")
    ]

    assert sorted(told) == sorted(tree_below(PublisherError, ""))


def tree_below(error: type[Exception], above: str) -> Iterator[tuple[str, str]]:
    yield error.__name__, above
    for kind in error.__subclasses__():
        if kind.__module__ == error.__module__:
            yield from tree_below(kind, error.__name__)
